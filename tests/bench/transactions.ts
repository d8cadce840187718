/** TPC-B transactions as fast as a few clients make them: by pgbench where it is installed, else our own. */
import { connect, type Session } from "../postgres/mod.ts";
import type { Pair } from "../pair/mod.ts";

const clients = 2;

export interface TransactionsOptions {
  seconds: number;
  scale: number;
  /** Path of pgbench, from `findPgbench`. */
  pgbench: string | undefined;
}

/** Transactions per second of the application's role on the source. */
export function runTransactions(pair: Pair, options: TransactionsOptions): Promise<number> {
  return options.pgbench === undefined
    ? runOwn(pair, options)
    : runPgbench(pair, { ...options, pgbench: options.pgbench });
}

/** The newest pgbench of this machine, any version will do. */
export async function findPgbench(): Promise<string | undefined> {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const debian = "/usr/lib/postgresql";
  const majors = await Array.fromAsync(Deno.readDir(debian)).catch(() => []);
  const installed = majors.map(({ name }) => `${debian}/${name}/bin`).sort().reverse();
  for (const folder of [...installed, ...folders]) {
    const path = `${folder}/pgbench`;
    const isThere = await Deno.stat(path).then(({ isFile }) => isFile, () => false);
    if (isThere) return path;
  }
  return undefined;
}

async function runPgbench(
  { source, owner }: Pair,
  { seconds, scale, pgbench }: TransactionsOptions & { pgbench: string },
): Promise<number> {
  const script = new URL("./sql/transaction.pgbench", import.meta.url).pathname;
  const { success, stdout, stderr } = await new Deno.Command(pgbench, {
    args: [
      ...["--no-vacuum", "--protocol=prepared", `--client=${clients}`, `--jobs=${clients}`],
      ...[`--time=${seconds}`, `--define=scale=${scale}`, `--file=${script}`],
      ...["-h", source.server.host, "-p", String(source.server.port), "-U", owner.name],
      source.name,
    ],
    env: { PGPASSWORD: owner.password },
  }).output();
  const output = new TextDecoder().decode(stdout);
  const rate = /^tps = ([\d.]+)/m.exec(output)?.[1];
  if (success && rate !== undefined) return Number(rate);
  throw new Error(`pgbench failed:\n${output}${new TextDecoder().decode(stderr)}`);
}

async function runOwn(
  { source, owner }: Pair,
  { seconds, scale }: TransactionsOptions,
): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const sessions: Session[] = [];
  for (let client = 0; client < clients; client++) {
    sessions.push(stack.use(await connect(source.urlAs(owner))));
  }
  const startedAt = performance.now();
  const until = startedAt + seconds * 1000;
  const counts = await Promise.all(sessions.map((session) => writeUntil(session, until, scale)));
  const total = counts.reduce((sum, count) => sum + count, 0);
  return total / ((performance.now() - startedAt) / 1000);
}

async function writeUntil(session: Session, until: number, scale: number): Promise<number> {
  const run = (name: string, text: string, values: number[]) =>
    session.query({ name, text, values });
  const upTo = (most: number) => 1 + Math.floor(Math.random() * most);
  let count = 0;
  for (; performance.now() < until; count++) {
    const [aid, tid, bid] = [upTo(100_000 * scale), upTo(10 * scale), upTo(scale)];
    const delta = upTo(10_001) - 5001;
    await session.query("begin");
    await run("a", "update accounts set balance = balance + $2 where aid = $1", [aid, delta]);
    await run("b", "select balance from accounts where aid = $1", [aid]);
    await run("c", "update tellers set balance = balance + $2 where tid = $1", [tid, delta]);
    await run("d", "update branches set balance = balance + $2 where bid = $1", [bid, delta]);
    await run(
      "e",
      `insert into history (tid, bid, aid, delta, written_at)
       values ($1, $2, $3, $4, current_timestamp)`,
      [tid, bid, aid, delta],
    );
    await session.query("end");
  }
  return count;
}
