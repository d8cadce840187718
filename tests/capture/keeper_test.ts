/** The keeper sees every change of the catalogs, also one that happens while it installs. */
import assert from "node:assert/strict";
import { configSchema } from "../../src/model/mod.ts";
import { CaptureKeeper } from "../../src/daemon/capture_keeper.ts";
import { createLog } from "../../src/daemon/log.ts";
import { waitFor } from "../pair/mod.ts";
import { databaseConfig } from "../postgres/mod.ts";
import { majors, openBench, Servers } from "./bench.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

for (const major of majors) {
  Deno.test(`A trigger that is disabled during an install is found at the next look (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql: "create table t (id int primary key, v text); insert into t values (1, 'x')",
      runsAs: "owner",
    });
    const config = configSchema.parse({
      database: databaseConfig(bench.database.server, bench.database.name, bench.owner),
      server: { hostname: "127.0.0.1", port: 1 },
      targets: { t: { target_expression: "*.*", endpoint: { hostname: "127.0.0.1", port: 1 } } },
    });
    const lines: string[] = [];
    const log = createLog({ level: "info", format: "text", write: (line) => lines.push(line) });
    const keeper = new CaptureKeeper(config, log);
    await keeper.sync(bench.teleport);
    await bench.app.query("create table blocked (id int primary key)");
    const blocker = await bench.session();
    await blocker.query("begin; insert into blocked values (1)");
    const syncing = keeper.sync(bench.teleport);
    await waitFor(async () => {
      const { rows } = await bench.admin.query("select 1 from pg_locks where not granted");
      return rows.length > 0;
    }, { what: "the installer to wait for a lock", explain: () => lines });
    // Long after it has looked at t.
    const position = await bench.position();
    await bench.app.query("alter table t disable trigger user; update t set v = 'unseen'");
    await blocker.query("commit");
    await syncing;
    await keeper.watch(bench.teleport);
    const { relation } = await bench.unit("t");
    const events = await bench.eventsAfter(position, relation);
    assert.deepEqual(events.map((event) => event.kind), ["reload"]);
    await bench.expectCaptured(["t"], "update t set v = 'seen'");
  });
}
