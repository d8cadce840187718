import { deepStrictEqual, ok } from "node:assert/strict";
import { z } from "zod";
import { VerifiedRelations } from "../../src/batch/mod.ts";
import { launch } from "../../src/daemon/flight.ts";
import type { PreparedBatch } from "../../src/daemon/prepared_batch.ts";
import { TargetLink } from "../../src/daemon/target_link.ts";
import { parseExpression } from "../../src/model/mod.ts";
import { listen } from "../../src/peer/http_listener.ts";
import { openOn, target } from "../batch/reading.ts";
import { openBench, openConnection, Servers } from "../capture/bench.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

Deno.test("a batch that was given up has left its session, whatever statement it was at", async () => {
  await using bench = await openBench({
    server: await servers.get(18),
    sql: "create table t (id int primary key)",
  });
  await using reader = await openConnection(bench.database, bench.guest);
  const server = await listen({ hostname: "127.0.0.1", port: 0 }, async ({ body }) => {
    while (!(await body.next()).done);
    return { status: 500, body: "{}" };
  });
  const from = await bench.position();
  await bench.app.query("insert into t select i from generate_series(1, 10) i");
  // Two origins: which keys are of which is asked before any row travels.
  for (const slot of [0, 1, 2]) {
    await bench.admin.query(`update teleport.event_${slot} set origin = 'far' where key[1] = '1'`);
  }
  const pid = await reader.backendPid();
  const batch = await openOn({ bench, reader }, { from });
  const prepared: PreparedBatch = {
    batch,
    request: {
      target,
      from: batch.to,
      limit: undefined,
      participants: [],
      lockRoots: new Set(),
      verified: new VerifiedRelations(),
      recordSent: () => Promise.resolve(),
    },
    schema: undefined,
    captureVersion: 0,
    columns: undefined,
    sequences: [],
    upstreams: [],
    tracked: [],
    firstTables: [],
    openedAt: 0,
  };
  const parsed = parseExpression(["public.*"]);
  ok(parsed.ok);
  const link = new TargetLink(target, {
    target_expression: parsed.expression,
    endpoint: server,
  }, { idleTimeoutMs: 60_000, heartbeatMs: 10_000 });
  Deno.kill(pid, "SIGSTOP");
  let isSettled = false;
  try {
    const flight = launch(prepared, {
      link,
      control: bench.teleport,
      reader,
      signal: new AbortController().signal,
      frames: {
        source: "source",
        from: batch.to,
        restarts: false,
        upstreams: [],
        emptyTables: [],
        peerEpoch: "target",
        schema: undefined,
        sequences: [],
      },
    });
    const settled = flight.outcome.then((outcome) => {
      isSettled = true;
      return outcome;
    });
    // Round trips enough for the first frame to be gone and the server process to be asked.
    for (let trip = 0; trip < 20; trip++) await bench.admin.query("select pg_sleep(0.01)");
    flight.abandon();
    for (let trip = 0; trip < 20; trip++) await bench.admin.query("select pg_sleep(0.01)");
    ok(!isSettled, "the flight is not over while its statement runs");
    Deno.kill(pid, "SIGCONT");
    deepStrictEqual((await settled).status, "rejected");
  } finally {
    Deno.kill(pid, "SIGCONT");
  }
  const { state } = await bench.teleport.row(
    z.object({ state: z.string() }),
    "select state from pg_catalog.pg_stat_activity where pid = $1",
    [pid],
  );
  deepStrictEqual(state, "idle");
  await server.stop(1000);
});
