/** A long backlog is cut into whole transactions, and nothing is lost where a cut would lose it. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { findLimit } from "../../src/batch/mod.ts";
import { windowEvents } from "../../src/batch/window_predicate.ts";
import { parsePosition, type Position, TeleportError } from "../../src/model/mod.ts";
import { openBench, openConnection, Servers } from "../capture/bench.ts";
import { say } from "../pair/say.ts";
import { majors, openOn, readKeys } from "./reading.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

async function openSource(major: number) {
  await using stack = new AsyncDisposableStack();
  const bench = stack.use(
    await openBench({
      server: await servers.get(major),
      sql: "create table t (id int primary key, v int)",
    }),
  );
  const reader = stack.use(await openConnection(bench.database, bench.guest));
  const kept = stack.move();
  return { bench, reader, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

type Source = Awaited<ReturnType<typeof openSource>>;

async function step(source: Source, from: string, maxEvents: number) {
  const limit = await findLimit(source.bench.teleport, from as Position, maxEvents);
  const batch = await openOn(source, { from, limit });
  const { keys, truncated } = await readKeys(source.reader, batch);
  const { present = [], deleted = [] } = keys.get("t") ?? {};
  return { ...batch, present, deleted, truncated };
}

for (const major of majors) {
  Deno.test(`A cut keeps what is in progress for later (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major);
    const { bench } = source;
    const start = await bench.position();
    const long = await bench.session();
    await long.query("begin; insert into t values (1)");
    for (let id = 2; id <= 6; id++) await bench.app.query(`insert into t values (${id})`);
    const first = await step(source, start, 2);
    assert.deepEqual([first.isExact, first.present], [false, ["2", "3"]]);
    const { xip, xmax, xmin } = parsePosition(first.to);
    assert.equal(xip.length, 1, "the long transaction stays unseen");
    assert.ok(xmin === xip[0] && xmin < xmax, first.to);
    await long.query("commit");
    const second = await step(source, first.to, 2);
    assert.deepEqual([second.isExact, second.present], [false, ["1", "4", "5"]]);
    const third = await step(source, second.to, 2);
    assert.deepEqual([third.isExact, third.present], [true, ["6"]]);
    assert.deepEqual((await step(source, third.to, 2)).present, []);
  });

  Deno.test(`Only whole transactions are cut, however big (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major);
    const { bench } = source;
    const start = await bench.position();
    await bench.app.query("insert into t values (1)");
    await bench.app.query("insert into t select i from generate_series(2, 1001) i");
    await bench.app.query("insert into t values (1002)");
    let from = start;
    const counts: number[] = [];
    for (let isExact = false; !isExact;) {
      const batch = await step(source, from, 10);
      counts.push(batch.present.length);
      ({ isExact, to: from } = batch);
    }
    assert.deepEqual(counts, [1, 1000, 1]);
  });

  Deno.test(`A window with a TRUNCATE is not cut, since older transactions may have written after it (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major);
    const { bench } = source;
    const start = await bench.position();
    const early = await bench.session();
    await early.query("begin; select txid_current()");
    await bench.app.query("insert into t values (1)");
    await bench.app.query("truncate t");
    await early.query("insert into t values (2); commit");
    for (let id = 3; id <= 9; id++) await bench.app.query(`insert into t values (${id})`);
    assert.equal(await findLimit(bench.teleport, start as Position, 2), undefined);
    const whole = await step(source, start, 2);
    assert.ok(whole.isExact);
    assert.deepEqual(whole.truncated, ["t"]);
    assert.deepEqual(whole.present, ["2", "3", "4", "5", "6", "7", "8", "9"]);
  });

  Deno.test(`A TRUNCATE between the look and the snapshot forbids the cut (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major);
    const { bench } = source;
    const start = await bench.position();
    for (let id = 1; id <= 9; id++) await bench.app.query(`insert into t values (${id})`);
    const limit = await findLimit(bench.teleport, start as Position, 2);
    assert.ok(limit !== undefined);
    await bench.app.query("truncate t");
    await assert.rejects(
      openOn(source, { from: start, limit }),
      (error) => error instanceof TeleportError && error.code === "restart_window",
    );
  });

  Deno.test(`Cut windows under six writers hold every transaction once and whole (PostgreSQL ${major})`, async () => {
    const seed = Number(Deno.env.get("TELEPORT_TEST_SEED") ?? Math.floor(Math.random() * 1e9));
    const durationMs = Number(Deno.env.get("TELEPORT_TEST_MS") ?? 1500);
    await using source = await openSource(major);
    const { bench, reader } = source;
    const random = randomOf(seed);
    let from = await bench.position();
    const start = from;
    const end = performance.now() + durationMs;
    let nextKey = 1;
    let cuts = 0;
    /** On a busy machine it takes longer until enough was cut. */
    const isOver = () => performance.now() > end && (cuts > 3 || performance.now() > end + 30_000);
    const write = async () => {
      const session = await bench.session();
      while (!isOver()) {
        const keys = Array.from({ length: 1 + Math.floor(random() * 6) }, () => nextKey++);
        await session.query("begin");
        await session.query(`insert into t (id) values ${keys.map((key) => `(${key})`).join(",")}`);
        if (random() < 0.15) await delay(random() * 400);
        await session.query(random() < 0.2 ? "rollback" : "commit");
      }
    };
    const writing = Promise.all(Array.from({ length: 6 }, write));
    const seen = new Map<string, number>();
    for (let isLast = false;;) {
      const limit = await findLimit(bench.teleport, from as Position, 20);
      const batch = await openOn(source, { from, limit });
      const window = { from: from as Position, limit };
      const rows = await bench.admin.query(
        `select e.txid, count(*)::int as n from (${windowEvents("e.txid", window)}) e
         where txid_visible_in_snapshot(e.txid, $1) group by 1`,
        [batch.to],
      );
      const { keys } = await readKeys(reader, batch);
      const events = rows.rows.reduce((sum, { n }) => sum + n, 0);
      assert.equal(keys.get("t")?.present.length ?? 0, events, `seed ${seed}`);
      for (const { txid, n } of rows.rows) {
        assert.ok(!seen.has(txid), `transaction ${txid} came twice, seed ${seed}`);
        seen.set(txid, n);
      }
      cuts += batch.isExact ? 0 : 1;
      from = batch.to;
      if (isLast && batch.isExact) break;
      isLast ||= isOver() && await writing.then(() => true);
    }
    const all = await bench.admin.query(
      `select e.txid, count(*)::int as n from teleport.event e
       where not txid_visible_in_snapshot(e.txid, $1) group by 1`,
      [start],
    );
    assert.deepEqual(seen, new Map(all.rows.map(({ txid, n }) => [txid, n])), `seed ${seed}`);
    assert.ok(cuts > 3, `too little was cut: ${cuts}, seed ${seed}`);
    say(`seed ${seed}: ${seen.size} transactions, ${cuts} cuts`);
  });
}

/** Small and repeatable: mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
