/** The test servers themselves: versions, restarts, passwords, and that nothing is left behind. */

import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import {
  availableMajors,
  connect,
  createDatabase,
  createRole,
  openServers,
  runSql,
  startServer,
} from "./mod.ts";

const sanitized = { sanitizeOps: true, sanitizeResources: true };
const oldestMajor = availableMajors()[0] ?? 0;

for (const major of [18, oldestMajor]) {
  Deno.test(
    `PostgreSQL ${major} runs and keeps its port and data over a restart`,
    sanitized,
    async () => {
      await using server = await startServer({ major });
      const { port } = server;
      const database = await createDatabase(server);
      assert.equal(await majorOf(database.url), major);
      await runSql(database.url, "select from pg_available_extensions");
      await runSql(database.url, "create table note (id int); insert into note values (7)");

      for (const mode of ["fast", "immediate", "kill"] as const) {
        await server.stop(mode);
        await assert.rejects(connect(database.url), { code: "ECONNREFUSED" });
        if (mode === "immediate") await server.crashStarting();
        await server.start();
        assert.equal(server.port, port);
        assert.deepEqual(await runSql(database.url, "select id from note"), [{ id: 7 }]);
      }
    },
  );
}

Deno.test("Two servers started at once are two servers", sanitized, async () => {
  await using pair = await openServers({ isRestarted: true });
  assert.notEqual(pair.source.port, pair.target.port);
  await createDatabase(pair.source, { name: "only_here" });
  await assert.rejects(connect(pair.target.url("only_here")), { code: "3D000" });
});

Deno.test(
  "A server is as configured: UTF-8, UTC, and settings that the test gives",
  sanitized,
  async () => {
    await using server = await startServer({ settings: { max_connections: "17" } });
    const sql = `select current_setting('server_encoding') as encoding,
    current_setting('timezone') as timezone, current_setting('max_connections') as connections`;
    const expected = { encoding: "UTF8", timezone: "UTC", connections: "17" };
    assert.deepEqual(await runSql(server.url("postgres"), sql), [expected]);
  },
);

Deno.test("A wrong password is refused and the log says so", sanitized, async () => {
  await using server = await startServer();
  const role = await createRole(server);
  const wrong = server.url("postgres", { ...role, password: "wrong" });
  await assert.rejects(connect(wrong), { code: "28P01" });
  assert.match(await server.logTail(), /password authentication failed/);
});

Deno.test("A database belongs to the role that it is made for", sanitized, async () => {
  await using server = await startServer();
  const owner = await createRole(server, { name: 'odd "name"/@', password: "p@ss'/w\\ord:" });
  const database = await createDatabase(server, { owner });
  await runSql(database.url, "create schema own");
  assert.deepEqual(await runSql(database.url, "select current_user as name"), [{
    name: owner.name,
  }]);
});

Deno.test("A server that cannot start says why", sanitized, async () => {
  const settings = { no_such_setting: "on" };
  await assert.rejects(startServer({ settings }), /unrecognized configuration parameter/);
});

Deno.test(
  "A major that does not exist is an error that lists those that do",
  sanitized,
  async () => {
    await assert.rejects(startServer({ major: 9 }), /No PostgreSQL 9 .* 15, 16, 17, 18/);
  },
);

Deno.test("Dispose leaves no process and no folder", sanitized, async () => {
  const server = await startServer();
  const { pid, dataDirectory } = server;
  await server[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  assert.deepEqual(await leftOf({ pid, dataDirectory }), []);
});

for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
  Deno.test(
    `A test process ended by ${signal} leaves no process and no folder`,
    sanitized,
    async () => {
      const { child, server } = await startAbandoned();
      assert.deepEqual(await leftOf(server), ["process", "folder"]);
      child.kill(signal);
      await child.status;
      const deadline = performance.now() + 10_000;
      while ((await leftOf(server)).length > 0) {
        const left = await leftOf(server);
        assert.ok(performance.now() < deadline, `Left 10 s after ${signal}: ${left.join(", ")}`);
        await delay(50);
      }
    },
  );
}

Deno.test(
  "Servers that somebody else runs are used, emptied and never stopped",
  sanitized,
  async () => {
    await using real = await startServer();
    const databases = "select datname from pg_database where not datistemplate order by 1";
    const url = real.url("postgres");
    {
      // Not by the environment: test files that run in parallel share it.
      await using pair = await openServers({
        ...{ sourceUrl: url, targetUrl: url },
        sourceWishes: { max_prepared_transactions: "3" },
      });
      const owner = await createRole(pair.source);
      const database = await createDatabase(pair.source, { owner });
      await createDatabase(pair.target);
      await using _idle = await connect(database.url);
      assert.equal((await runSql(url, databases)).length, 3);
      assert.deepEqual([pair.source.port, pair.source.major], [real.port, real.major]);
      await assert.rejects(pair.source.stop("fast"), /Cannot stop .* not ours/);
      await assert.rejects(pair.source.start(), /Cannot start .* not ours/);
      await assert.rejects(pair.source.crashStarting(), /Cannot crash .* not ours/);
    }
    assert.deepEqual(await runSql(url, databases), [{ datname: "postgres" }]);
    const roles = "select 1 from pg_roles where rolname like 'teleport%'";
    assert.deepEqual(await runSql(url, roles), []);
  },
);

const abandoned = z.object({ pid: z.number(), dataDirectory: z.string() });
type Abandoned = z.infer<typeof abandoned>;

/** A process of its own that started a server, and what it says of it. */
async function startAbandoned(): Promise<{ child: Deno.ChildProcess; server: Abandoned }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("./abandoned_server.ts", import.meta.url).href],
    stdout: "piped",
    stdin: "null",
  }).spawn();
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("\n")) break;
  }
  return { child, server: abandoned.parse(JSON.parse(text)) };
}

/** What is still there of a server; a zombie that a container's first process never reaps is gone. */
async function leftOf({ pid, dataDirectory }: Abandoned): Promise<string[]> {
  const ps = await new Deno.Command("ps", { args: ["-o", "stat=", "-p", String(pid)] }).output();
  const state = new TextDecoder().decode(ps.stdout).trim();
  const isAlive = state !== "" && !state.startsWith("Z");
  const isThere = await exists(dataDirectory.replace(/\/data$/, ""));
  return [...(isAlive ? ["process"] : []), ...(isThere ? ["folder"] : [])];
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function majorOf(url: string): Promise<number> {
  const [row] = await runSql<{ version: string }>(url, "select version()");
  return Number(/PostgreSQL (\d+)/.exec(row?.version ?? "")?.[1]);
}
