/**
 * A real PgBouncer in front of a test server: Debian's, which `.ci/run` installs. It refuses to run as
 * root, as PostgreSQL does, and ends with this process as the servers do (keeper.ts).
 */
import { setTimeout as delay } from "node:timers/promises";
import { handOver, makeOwnedDirectory, runAs } from "./account.ts";
import { baseEnvironment } from "./command.ts";
import { Keeper } from "./keeper.ts";
import { pickPort } from "./port.ts";
import { readTail } from "./postmaster.ts";
import type { PostgresServer, Role } from "./server.ts";

const host = "127.0.0.1";
const places = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"];
const startTimeoutMs = 30_000;

export interface BouncerOptions {
  program: string;
  server: PostgresServer;
  mode: "session" | "transaction" | "statement";
  /** Who may connect. */
  roles: readonly Role[];
  /** More of the section [pgbouncer]. */
  settings?: Readonly<Record<string, string>>;
}

export interface Bouncer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  url(database: string, role: Role): string;
}

/** The installed program. Undefined where there is none. @throws Error in CI, which has to have it. */
export async function findBouncer(): Promise<string | undefined> {
  for (const place of places) {
    if (await Deno.stat(place).then(() => true, () => false)) return place;
  }
  if (!Deno.env.get("CI")) return undefined;
  throw new Error(`PgBouncer is in none of ${places.join(", ")}; .ci/run installs it`);
}

export async function startBouncer(options: BouncerOptions): Promise<Bouncer> {
  const folder = await makeOwnedDirectory("teleport-pgbouncer-");
  const port = pickPort(host);
  // As the keeper wants it: what is named there is ended with us.
  await Deno.mkdir(`${folder}/data`);
  await handOver(`${folder}/data`);
  await Deno.writeTextFile(`${folder}/users`, usersOf(options.roles));
  await Deno.writeTextFile(`${folder}/pgbouncer.ini`, configurationOf(folder, port, options));
  const keeper = new Keeper(folder);
  await keeper.note("running");
  const child = new Deno.Command(options.program, {
    ...runAs,
    args: ["-q", `${folder}/pgbouncer.ini`],
    cwd: "/",
    clearEnv: true,
    env: baseEnvironment(),
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const stop = async () => {
    try {
      child.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
    await child.status;
    await keeper.note("stopped");
    await keeper[Symbol.asyncDispose]();
  };
  try {
    await ready(child, { folder, port });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host,
    port,
    url: (database, { name, password }) =>
      `postgres://${encodeURIComponent(name)}:${encodeURIComponent(password)}@${host}:${port}/` +
      encodeURIComponent(database),
    [Symbol.asyncDispose]: stop,
  };
}

/** Passwords as they are: with a hash alone it could not log in to the server by SCRAM. */
function usersOf(roles: readonly Role[]): string {
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return roles.map(({ name, password }) => `${quote(name)} ${quote(password)}\n`).join("");
}

function configurationOf(folder: string, port: number, options: BouncerOptions): string {
  const { server, mode, settings } = options;
  const lines = Object.entries({
    listen_addr: host,
    listen_port: String(port),
    unix_socket_dir: "",
    auth_type: "scram-sha-256",
    auth_file: `${folder}/users`,
    pool_mode: mode,
    pidfile: `${folder}/data/postmaster.pid`,
    logfile: `${folder}/log`,
    ...settings,
  }).map(([name, value]) => `${name} = ${value}`);
  return `[databases]\n* = host=${server.host} port=${server.port}\n[pgbouncer]\n${
    lines.join("\n")
  }\n`;
}

async function ready(
  child: Deno.ChildProcess,
  { folder, port }: { folder: string; port: number },
): Promise<void> {
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  const deadline = performance.now() + startTimeoutMs;
  while (!await listens(port)) {
    if (hasEnded || performance.now() > deadline) {
      throw new Error(`PgBouncer did not start:\n${await readTail(`${folder}/log`, 20)}`);
    }
    await delay(20);
  }
}

async function listens(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: host, port })).close();
    return true;
  } catch {
    return false;
  }
}
