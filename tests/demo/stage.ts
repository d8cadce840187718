/**
 * What the demo plays on: a server for the source and one for the target, an empty database and the
 * roles on each. No role of teleport is a superuser or owns a thing.
 */
import {
  createDatabase,
  createRole,
  type PostgresServer,
  type Role,
  runSql,
  startServer,
  type TestDatabase,
} from "../postgres/mod.ts";

/** One side: where an instance of teleport connects to, and as whom. */
export interface Side {
  database: TestDatabase;
  teleport: Role;
}

export interface Stage extends AsyncDisposable {
  source: Side;
  target: Side;
  /** The application: owns the source's tables and writes to them. */
  shop: Role;
}

const databaseName = "shop";
const teleportName = "teleport";

/** Starts both servers at once; the first run of a major downloads it. */
export async function openStage(majors: { source: number; target: number }): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const starts = await Promise.allSettled([
    startServer({ major: majors.source, settings: { max_connections: "60" } }),
    startServer({ major: majors.target, settings: { max_connections: "60" } }),
  ]);
  for (const start of starts) if (start.status === "fulfilled") stack.use(start.value);
  const [source, target] = starts;
  if (source.status === "rejected") throw source.reason;
  if (target.status === "rejected") throw target.reason;
  const shop = await createRole(source.value, { name: "shop" });
  const sides = {
    source: await openSide(source.value, shop),
    target: await openSide(target.value),
  };
  const servers = stack.move();
  return { ...sides, shop, [Symbol.asyncDispose]: () => servers.disposeAsync() };
}

async function openSide(server: PostgresServer, owner?: Role): Promise<Side> {
  const teleport = await createRole(server, { name: teleportName });
  const database = await createDatabase(server, { name: databaseName, ...(owner && { owner }) });
  const superuserUrl = database.urlAs(server.superuser);
  await runSql(superuserUrl, `grant create on database ${databaseName} to ${teleportName}`);
  if (owner !== undefined) {
    await runSql(superuserUrl, `grant all on schema public to ${owner.name}`);
  }
  return { database, teleport };
}
