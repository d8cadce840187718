import { match, strictEqual } from "node:assert/strict";
import {
  freePort,
  openPair,
  type Pair,
  runTeleport,
  targetName,
  TeleportProcess,
  toWritten,
  writeConfig,
  type WrittenConfig,
} from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

const setup = "create table item (id int primary key); insert into item values (1)";

function sourceFile(pair: Pair, changes: WrittenConfig = {}): Promise<string> {
  const { hostname, port } = pair.targetConfig.server;
  const targets = {
    [targetName]: { target_expression: "public.*", endpoint: { hostname, port } },
  };
  return writeConfig({ ...toWritten(pair.sourceConfig, targets), ...changes });
}

Deno.test("each thing that keeps an instance from starting has one clear message and an exit code", async (t) => {
  await using pair = await openPair({ setup });
  const { database } = pair.sourceConfig;

  await t.step("an unreachable database: 4", async () => {
    const file = await sourceFile(pair, { database: { ...database, port: freePort() } });
    const { code, stderr } = await runTeleport(["-config", file]);
    strictEqual(code, 4, stderr);
    match(
      stderr,
      /^127\.0\.0\.1:\d+\/\S+: .*(refused|ECONNREFUSED).*\nhint: Check that the server/,
    );
  });

  await t.step("a wrong password: 4, and the password is not shown", async () => {
    const file = await sourceFile(pair, { database: { ...database, password: "wr0ng-secret" } });
    const { code, stderr } = await runTeleport(["-config", file]);
    strictEqual(code, 4, stderr);
    match(stderr, /password authentication failed/);
    match(stderr, /hint: Check database\.username, database\.password/);
    strictEqual(stderr.includes("wr0ng-secret"), false);
  });

  await t.step("a database that does not exist: 4", async () => {
    const file = await sourceFile(pair, { database: { ...database, database: "no_such_db" } });
    const { code, stderr } = await runTeleport(["-config", file]);
    strictEqual(code, 4, stderr);
    match(stderr, /database "no_such_db" does not exist/);
  });

  await t.step("a port in use: 1", async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const file = await sourceFile(pair, { server: { hostname: "127.0.0.1", port } });
    const { code, stderr } = await runTeleport(["-config", file]);
    strictEqual(code, 1, stderr);
    match(
      stderr,
      new RegExp(`^Cannot listen on 127\\.0\\.0\\.1:${port}: .*\\nhint: Choose another`),
    );
  });

  await t.step("an unreachable peer ends an initial load: 5", async () => {
    const file = await sourceFile(pair);
    const load = ["-config", file, "-mode", "initial-load", "-load-target", targetName];
    const { code, stderr } = await runTeleport(load);
    strictEqual(code, 5, stderr);
    match(stderr, /No answer from the instance at 127\.0\.0\.1:\d+/);
    match(stderr, /hint: Start the target's instance/);
  });

  await t.step(
    "an unreachable peer does not end an instance: it says so once and goes on",
    async () => {
      const file = await sourceFile(pair);
      await using source = new TeleportProcess(["-config", file]);
      await source.logged("No answer from the instance");
      await using target = new TeleportProcess([
        "-config",
        await writeConfig(toWritten(pair.targetConfig, {})),
      ]);
      await source.logged("Streaming works again");
      strictEqual(source.stderr.split("No answer from the instance").length, 2, source.stderr);
      source.kill("SIGTERM");
      target.kill("SIGTERM");
      strictEqual((await source.finished()).code, 0);
      strictEqual((await target.finished()).code, 0);
    },
  );

  await t.step("state of a newer version: 6, and nothing is changed", async () => {
    const superuser = pair.source.server.url(pair.source.name);
    const future =
      "insert into teleport.migration (version, name) values (9999, 'from the future')";
    await runSql(superuser, future);
    const { code, stderr } = await runTeleport(["-config", await sourceFile(pair)]);
    strictEqual(code, 6, stderr);
    match(stderr, /9999/);
    match(stderr, /hint: /);
  });
});
