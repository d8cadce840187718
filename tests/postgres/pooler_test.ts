/** Connection pools in front of PostgreSQL, by a real PgBouncer: by session they do, by transaction not. */
import assert from "node:assert/strict";
import { TeleportError } from "../../src/model/mod.ts";
import { Connection } from "../../src/postgres/mod.ts";
import { freePort, openPair, say, TeleportProcess, waitFor, writeConfig } from "../pair/mod.ts";
import {
  type Bouncer,
  type BouncerOptions,
  connect,
  createDatabase,
  createRole,
  databaseConfig,
  databaseSection,
  findBouncer,
  type Role,
  runSql,
  startBouncer,
  startServer,
} from "./mod.ts";

const program = await findBouncer();
if (program === undefined) {
  say(
    "Tests of connection pools are not run: PgBouncer is not installed (apt-get install pgbouncer)",
  );
}
const hint = "Connect to PostgreSQL itself, or to a pool in session mode.";

interface Pool {
  name: string;
  mode: BouncerOptions["mode"];
  settings?: Record<string, string>;
  /** Backends that the pool has when teleport comes. */
  backends: number;
}

const refused: Pool[] = [
  { name: "a pool by transaction", mode: "transaction", backends: 0 },
  { name: "a pool by transaction, last in first out", mode: "transaction", backends: 4 },
  {
    name: "a pool by transaction, in turn",
    mode: "transaction",
    backends: 4,
    settings: { server_round_robin: "1" },
  },
  {
    name: "a pool by transaction of one backend",
    mode: "transaction",
    backends: 1,
    settings: { default_pool_size: "1" },
  },
  { name: "a pool by statement", mode: "statement", backends: 0 },
];

Deno.test("A pool that does not keep sessions is refused and left as it was", async (test) => {
  if (program === undefined) return;
  await using server = await startServer();
  const role = await createRole(server);
  const database = await createDatabase(server, { owner: role });
  for (const { name, mode, settings = {}, backends } of refused) {
    await test.step(name, async () => {
      await using pool = await startBouncer({ program, server, mode, roles: [role], settings });
      const url = pool.url(database.name, role);
      await fill(url, backends);
      await assert.rejects(openThrough(pool, database.name, role), isRefusal);
      const path = await runSql(url, "show search_path");
      assert.deepEqual(path, [{ search_path: '"$user", public' }]);
    });
  }
  await test.step("a pool by transaction whose clients do not rest", async () => {
    await using pool = await startBouncer({ program, server, mode: "transaction", roles: [role] });
    await using _clients = keepBusy(pool.url(database.name, role), 6);
    for (let attempt = 0; attempt < 30; attempt++) {
      await assert.rejects(openThrough(pool, database.name, role), isRefusal);
    }
  });
  for (const side of ["source", "target"] as const) {
    await test.step(`teleport ends with 4 as a ${side}, and has installed nothing`, async () => {
      await using pool = await startBouncer({
        program,
        server,
        mode: "transaction",
        roles: [role],
      });
      const path = await writeConfig({
        database: { ...databaseSection(pool, database.name, role), name: "the-database" },
        server: { hostname: "127.0.0.1", port: freePort() },
        ...(side === "target" ? {} : {
          targets: {
            there: {
              target_expression: "public.*",
              endpoint: { hostname: "127.0.0.1", port: freePort() },
            },
          },
        }),
      });
      await using process = new TeleportProcess(["--config", path]);
      await waitFor(() => !process.isRunning, {
        what: "teleport to end",
        deadlineMs: 30_000,
        explain: () => process.stderr,
      });
      const { code, stdout, stderr } = await process.finished();
      await Deno.remove(path);
      assert.deepEqual({ code, stdout }, { code: 4, stdout: "" });
      assert.match(stderr, /is a connection pool in transaction or statement mode: /);
      assert.ok(stderr.includes(`hint: ${hint}\n`), stderr);
      const schemas = "select nspname from pg_namespace where nspname = 'teleport'";
      assert.deepEqual(await runSql(database.url, schemas), []);
    });
  }
});

Deno.test("Rows travel between two databases behind pools by session", async () => {
  if (program === undefined) return;
  await using pair = await openPair({
    setup: "create table item (id int primary key, note text)",
    isRestarted: true,
  });
  await using stack = new AsyncDisposableStack();
  for (const side of ["source", "target"] as const) {
    const { database } = pair[`${side}Config`];
    const pool = stack.use(
      await startBouncer({
        program,
        server: pair[side].server,
        mode: "session",
        roles: [{ name: database.username, password: database.password }],
      }),
    );
    database.port = pool.port;
  }
  await pair.start();
  await pair.caughtUp();
  await pair.write("insert into item select i, 'note ' || i from generate_series(1, 1000) i");
  await pair.write("update item set note = note || '!' where id % 3 = 0");
  await pair.caughtUp();
  const { source, target } = await pair.digests([{ schema: "public", name: "item" }]);
  assert.match(source.item ?? "", /^1000:/);
  assert.deepEqual(target, source);
  // Before the pools that they use.
  await pair.sourceInstance?.stop();
  await pair.targetInstance?.stop();
});

Deno.test("A direct connection needs no second one to tell", async () => {
  await using server = await startServer();
  const role = await createRole(server, { attributes: "connection limit 1" });
  const database = await createDatabase(server, { owner: role });
  await using connection = await openThrough(server, database.name, role);
  assert.ok(connection.version >= 100000);
});

function isRefusal(error: unknown): boolean {
  assert.ok(error instanceof TeleportError);
  const { code, exitCode, hint: said } = error;
  assert.deepEqual(
    { code, exitCode, said },
    { code: "database_pooler", exitCode: 4, said: hint },
    error.message,
  );
  return true;
}

function openThrough(
  place: Bouncer | { host: string; port: number },
  database: string,
  role: Role,
): Promise<Connection> {
  return Connection.open(databaseConfig(place, database, role), "test");
}

/** Makes the pool open so many backends, and leaves them idle. */
async function fill(url: string, backends: number): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const clients = await Promise.all(Array.from({ length: backends }, () => connect(url)));
  for (const client of clients) {
    stack.use(client);
    await client.query("begin");
    await client.query("select 1");
  }
  for (const client of clients) await client.query("commit");
}

/** Clients that run short transactions one after another until disposed. */
function keepBusy(url: string, count: number): AsyncDisposable {
  let isOver = false;
  const work = async () => {
    await using client = await connect(url);
    while (!isOver) {
      await client.query("begin");
      await client.query("select pg_sleep(random() * 0.003)");
      await client.query("commit");
    }
  };
  const clients = Array.from({ length: count }, work);
  return {
    async [Symbol.asyncDispose]() {
      isOver = true;
      await Promise.all(clients);
    },
  };
}
