/** A position tells exactly what a target has not had, whatever is in progress, and costs two probes. */
import assert from "node:assert/strict";
import { summarizeEvents, type Window } from "../../src/batch/mod.ts";
import { windowEvents } from "../../src/batch/window_predicate.ts";
import { vacuumSlots } from "../../src/capture/mod.ts";
import selectIsFree from "../../src/capture/queries/slot_is_free.sql" with { type: "text" };
import type { Position } from "../../src/model/mod.ts";
import { type Bench, openBench, openConnection, Servers } from "../capture/bench.ts";
import { majors, openOn, readKeys } from "./reading.ts";

// Nothing may depend on statistics that autovacuum gathers some time later.
const servers = new Servers({ autovacuum: "off" });
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const table = "create table t (id int primary key, v int)";

async function openSource(major: number) {
  await using stack = new AsyncDisposableStack();
  const bench = stack.use(await openBench({ server: await servers.get(major), sql: table }));
  const reader = stack.use(await openConnection(bench.database, bench.guest));
  const kept = stack.move();
  return { bench, reader, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

type Source = Awaited<ReturnType<typeof openSource>>;

/** Keys of the window after a position, and the position that it leads to. */
async function windowAfter(source: Source, from: string): Promise<{ keys: string[]; to: string }> {
  const batch = await openOn(source, { from });
  const { keys } = await readKeys(source.reader, batch);
  return { keys: keys.get("t")?.present ?? [], to: batch.to };
}

const runningIn = (position: string): number =>
  (position.split(":")[2] ?? "").split(",").filter((txid) => txid !== "").length;

interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  Plans?: PlanNode[];
}

/** How the plan of a statement gets at the events of slot 0: index probes, or the whole of it. */
async function planOf(
  bench: Bench,
  sql: string,
): Promise<{ probes: number; isReadWhole: boolean }> {
  await bench.admin.query("set max_parallel_workers_per_gather = 0");
  const { rows: [row] } = await bench.admin.query(`explain (format json, costs off) ${sql}`);
  const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
  const nodes = nodesOf(row["QUERY PLAN"][0].Plan);
  return {
    probes: nodes.filter((node) => node["Index Name"]?.startsWith("event_0_")).length,
    isReadWhole: nodes.some((node) =>
      node["Node Type"].includes("Seq Scan") && node["Relation Name"] === "event_0"
    ),
  };
}

for (const major of majors) {
  Deno.test(`Five thousand transactions in progress cost two index probes (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major);
    const { bench } = source;
    await bench.admin.query(
      `insert into teleport.event_0 (txid, kind, relation, generation, key)
       select 1000000 + i, 'row', 1, 1, array[repeat('k', 100) || i] from generate_series(1, 300000) i`,
    );
    const running = Array.from({ length: 5000 }, (_, index) => 1_000_001 + index * 50);
    const from = `1000001:1299991:${running.join(",")}` as Position;
    const window: Window = { from, limit: undefined };
    const sql = `select e.relation, count(*)::int as n
      from (${windowEvents("e.relation", window, "e.kind = 'row'")}) e group by 1`;
    const { rows } = await bench.admin.query(sql);
    assert.deepEqual(rows, [{ relation: 1, n: 5010 }]);
    assert.deepEqual(await planOf(bench, sql), { probes: 2, isReadWhole: false });
    const [summary] = await summarizeEvents(bench.teleport, window);
    assert.equal(summary?.kind, "row");
  });

  Deno.test(`Nobody has to analyze a slot before its events are found by index (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major);
    const { bench } = source;
    await bench.admin.query(
      `insert into teleport.event_0 (txid, kind, relation, generation, key)
       select 1000000 + i, 'row', 1, 1, array[i::text] from generate_series(1, 100000) i`,
    );
    const looks = [["1099990:1099991:", "true"], ["1:1:", "e.kind <> 'row'"]] as const;
    for (const [from, condition] of looks) {
      const window = { from: from as Position, limit: undefined };
      const plan = await planOf(bench, windowEvents("1", window, condition));
      assert.deepEqual(plan, { probes: 1, isReadWhole: false }, condition);
    }
  });

  Deno.test(`Freeing a slot is quick however old a position's xmin is (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major);
    const { bench } = source;
    await bench.admin.query(
      `insert into teleport.event_0 (txid, kind, relation, generation, key)
       select 1000000 + i, 'row', 1, 1, array[i::text] from generate_series(1, 200000) i;
       insert into teleport.target (name, position, is_exact) values ('a', '1000000:1200001:1000000', true)`,
    );
    const plan = await planOf(bench, selectIsFree);
    assert.deepEqual(plan, { probes: 2, isReadWhole: false });
    for (
      const [position, freed] of [
        ["1000000:1199999:", 0],
        ["1000000:1200001:1000001", 0],
        ["999999:1200001:999999,1100000", 0],
        ["999999:1200001:999999,1000000", 1],
      ] as const
    ) {
      await bench.admin.query("update teleport.target set position = $1", [position]);
      assert.equal((await vacuumSlots(bench.teleport)).freed, freed, position);
    }
  });

  Deno.test(`Subtransactions add nothing to a position and lose nothing (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major);
    const { bench } = source;
    const writer = await bench.session();
    await writer.query("begin");
    const expected: string[] = [];
    for (let n = 0; n < 100; n++) {
      await writer.query(`savepoint a; insert into t values (${n})`);
      if (n % 10 === 3) await writer.query("rollback to a");
      else expected.push(String(n));
      if (n % 10 === 5) await writer.query("release a");
    }
    const before = await windowAfter(source, await bench.position());
    assert.equal(runningIn(before.to), 1, before.to);
    await writer.query("commit");
    assert.deepEqual((await windowAfter(source, before.to)).keys, expected);
  });

  Deno.test(`A prepared transaction is seen when it is committed, by whoever (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major);
    const { bench } = source;
    const start = await bench.position();
    await bench.app.query("begin; insert into t values (1); prepare transaction 'one'");
    await bench.app.query("insert into t values (2)");
    const while1 = await windowAfter(source, start);
    assert.deepEqual(while1.keys, ["2"]);
    assert.equal(runningIn(while1.to), 1);
    await bench.app.query("insert into t values (3)");
    const while2 = await windowAfter(source, while1.to);
    assert.deepEqual(while2.keys, ["3"]);
    const other = await bench.session();
    await other.query("commit prepared 'one'");
    assert.deepEqual((await windowAfter(source, while2.to)).keys, ["1"]);
  });

  Deno.test(`What commits in another order than it began is found once (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major);
    const { bench } = source;
    const sessions = await Promise.all(Array.from({ length: 6 }, () => bench.session()));
    let from = await bench.position();
    const found: string[] = [];
    for (const [n, session] of sessions.entries()) {
      await session.query(`begin; insert into t values (${n})`);
    }
    for (const n of [3, 0, 5, 1, 4, 2]) {
      await sessions[n]?.query("commit");
      const { keys, to } = await windowAfter(source, from);
      assert.deepEqual(keys, [String(n)]);
      found.push(...keys);
      from = to;
    }
    assert.equal(found.length, 6);
    assert.deepEqual((await windowAfter(source, from)).keys, []);
  });
}
