/** Which positions a source may go on from, and what adding or rewinding one waits for. */
import assert from "node:assert/strict";
import { vacuumSlots } from "../../src/capture/mod.ts";
import { originPosition, type Position } from "../../src/model/mod.ts";
import {
  addTables,
  beginLoad,
  confirmPosition,
  flushCommits,
  forgetOlderPositions,
  isResumable,
  listTables,
  readBacklog,
  readTarget,
  recordSent,
  registerTarget,
  requestLoad,
  resumeTarget,
  type TableProgress,
} from "../../src/state/mod.ts";
import { majors, somebodyWaits } from "../batch/reading.ts";
import { type Bench, openBench, openConnection, Servers } from "../capture/bench.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const target = "t";

async function openSource(major: number): Promise<Bench> {
  const bench = await openBench({
    server: await servers.get(major),
    sql: "create table t (id int primary key, v int)",
  });
  await registerTarget(bench.teleport, target);
  return bench;
}

/** One more row, and the position after it, sent to the target and confirmed where said. */
async function advance(bench: Bench, confirms: boolean): Promise<Position> {
  await bench.app.query("insert into t select coalesce(max(id), 0) + 1 from t");
  const position = await bench.position() as Position;
  await recordSent(bench.teleport, { target, position, isExact: true });
  if (confirms) await confirm(bench, position);
  return position;
}

async function confirm(bench: Bench, position: Position): Promise<void> {
  const from = (await readTarget(bench.teleport, target))?.position;
  assert.ok(from);
  await confirmPosition(bench.teleport, { target, from, position, isExact: true, peerEpoch: "e" });
}

const mayResume = (bench: Bench, position: Position): Promise<boolean> =>
  isResumable(bench.teleport, target, position);

async function addTable(bench: Bench): Promise<number> {
  const { root: relation, schema, name } = await bench.unit("t");
  await addTables(bench.teleport, target, [{ relation, schema, name, state: "streaming" }]);
  return relation;
}

async function progressOf(bench: Bench): Promise<TableProgress> {
  const [progress] = await listTables(bench.teleport, target);
  assert.ok(progress);
  return progress;
}

for (const major of majors) {
  Deno.test(`A position is resumed from if it was sent and nothing after it is freed (PostgreSQL ${major})`, async () => {
    await using bench = await openSource(major);
    const old = await advance(bench, true);
    const confirmed = await advance(bench, true);
    const sent = await advance(bench, false);
    assert.deepEqual(
      [
        await mayResume(bench, old),
        await mayResume(bench, confirmed),
        await mayResume(bench, sent),
      ],
      [true, true, true],
    );
    assert.equal(await mayResume(bench, await bench.position() as Position), false, "never sent");
    await confirm(bench, sent);
    await bench.app.query("update t set v = 1");
    assert.equal((await vacuumSlots(bench.teleport)).freed, 0, "an event is not confirmed");
    const last = await advance(bench, true);
    const lost = await advance(bench, false);
    await confirm(bench, lost);
    assert.ok((await vacuumSlots(bench.teleport)).freed > 0);
    assert.deepEqual(
      await Promise.all([old, confirmed, sent, last].map((each) => mayResume(bench, each))),
      [false, false, false, false],
    );
    assert.equal(await mayResume(bench, lost), true);
    const next = await advance(bench, false);
    assert.equal(await mayResume(bench, next), true, "a lost answer");
  });

  Deno.test(`An older position is not resumed from once a table has joined or left the batches (PostgreSQL ${major})`, async () => {
    await using bench = await openSource(major);
    const relation = await addTable(bench);
    const old = await advance(bench, true);
    const confirmed = await advance(bench, true);
    assert.equal(await mayResume(bench, old), true);
    await requestLoad(bench.teleport, target, [relation], { existing: "replace" });
    assert.equal(await mayResume(bench, old), true, "it will be loaded as a whole");
    await beginLoad(bench.teleport, { target, progress: await progressOf(bench), name: "load" });
    assert.equal(await mayResume(bench, old), false, "chunks may have been stored since");
    assert.equal(await mayResume(bench, confirmed), true);
    await bench.teleport.run(
      "update teleport.table_state set state = 'streaming', position = null",
    );
    await forgetOlderPositions(bench.teleport, target);
    assert.equal(await mayResume(bench, old), false, "the table was loaded since");
    assert.equal(await mayResume(bench, confirmed), true);
  });

  Deno.test(`Rewinding a target's position waits for the vacuum, and looks again after it (PostgreSQL ${major})`, async () => {
    await using bench = await openSource(major);
    const old = await advance(bench, true);
    await advance(bench, true);
    // The vacuum, between its lock on the positions and its commit.
    await bench.admin.query(`begin; lock table teleport.target in share row exclusive mode;
      truncate teleport.event_0; update teleport.instance set truncations = truncations + 1`);
    const resuming = resumeTarget(bench.teleport, {
      target,
      position: old,
      isExact: true,
      peerEpoch: "e",
    });
    await somebodyWaits(bench.admin, "the rewinding to wait");
    await bench.admin.query("commit");
    assert.equal(await resuming, false);
  });

  Deno.test(`A load's position is taken when the vacuum is locked out, not before (PostgreSQL ${major})`, async () => {
    await using bench = await openSource(major);
    const relation = await addTable(bench);
    await requestLoad(bench.teleport, target, [relation], { existing: "replace" });
    const progress = await progressOf(bench);
    await bench.admin.query("begin; lock table teleport.target in share row exclusive mode");
    const beginning = beginLoad(bench.teleport, { target, progress, name: "load" });
    await somebodyWaits(bench.admin, "the load to wait");
    // Confirmed and freed while the load waits: a position from before would miss it.
    await bench.app.query("insert into t values (1)");
    await bench.admin.query("truncate teleport.event_0; commit");
    const { position, load } = await beginning;
    assert.deepEqual(await bench.eventsAfter(position), []);
    const { rows: [{ isSeen }] } = await bench.admin.query(
      `select txid_visible_in_snapshot(xmin::text::bigint, $1) as "isSeen" from t where id = 1`,
      [position],
    );
    assert.match(load, /^\d+:load$/);
    assert.ok(isSeen, `${position} has not seen the row whose event is gone`);
  });

  Deno.test(`A confirmation of before a target registered anew is refused (PostgreSQL ${major})`, async () => {
    await using bench = await openSource(major);
    const from = await advance(bench, true);
    const position = await advance(bench, false);
    await registerTarget(bench.teleport, target);
    await assert.rejects(
      confirmPosition(bench.teleport, { target, from, position, isExact: true, peerEpoch: "e" }),
      { code: "restart_window" },
    );
    assert.equal((await readTarget(bench.teleport, target))?.position, originPosition);
  });

  Deno.test(`A target that registers keeps every event from then on (PostgreSQL ${major})`, async () => {
    await using bench = await openSource(major);
    await using other = await openConnection(bench.database, bench.guest);
    await bench.teleport.run("delete from teleport.target");
    const writer = await bench.session();
    await writer.query("begin; insert into t values (1)");
    await registerTarget(other, target);
    await bench.app.query("insert into t values (2)");
    await writer.query("commit");
    assert.equal((await vacuumSlots(bench.teleport)).freed, 0);
    const keys = (await bench.eventsAfter("1:1:")).map(({ key }) => key?.[0]).sort();
    assert.deepEqual(keys, ["1", "2"]);
  });

  Deno.test(`Before anything is sent every commit that the snapshot saw is flushed (PostgreSQL ${major})`, async () => {
    await using bench = await openSource(major);
    const [insertAt, flushedTo] = major >= 10
      ? ["pg_current_wal_insert_lsn()", "pg_current_wal_flush_lsn()"]
      : ["pg_current_xlog_insert_location()", "pg_current_xlog_flush_location()"];
    const position = await bench.position() as Position;
    await bench.admin.query(
      `alter database "${bench.database.name}" set synchronous_commit = off`,
    );
    await using teleport = await openConnection(bench.database, bench.guest);
    const flushes = [
      () => recordSent(teleport, { target, position, isExact: true }),
      () => flushCommits(teleport),
    ];
    await bench.app.query("set synchronous_commit = off");
    for (const flush of flushes) {
      await bench.app.query("insert into t select coalesce(max(id), 0) + 1 from t");
      const { rows: [{ at }] } = await bench.admin.query(`select ${insertAt}::text as at`);
      await flush();
      const { rows: [{ isFlushed }] } = await bench.admin.query(
        `select ${flushedTo} >= $1::pg_lsn as "isFlushed"`,
        [at],
      );
      assert.ok(isFlushed, "an asynchronous commit could be lost by a crash");
    }
  });
}

for (const major of majors) {
  Deno.test(`A transaction that began before others changed two tables' states is seen (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql: "create table a (id int primary key); create table b (id int primary key)",
    });
    await registerTarget(bench.teleport, target);
    const write = (name: string) =>
      bench.teleport.run("update teleport.table_state set reason = 'x' where table_name = $1", [
        name,
      ]);
    const read = async () => (await readBacklog(bench.teleport, target, 100))?.tablesMark;
    const states = [];
    for (const name of ["a", "b"]) {
      const { root: relation, schema } = await bench.unit(name);
      states.push({ relation, schema, name, state: "streaming" as const });
    }
    await addTables(bench.teleport, target, states);
    await using early = await openConnection(bench.database, bench.guest);

    // Of three numbers in a row the early one gets the middle: what it writes leaves the sum as it is.
    await write("a");
    await early.run("begin; select pg_catalog.txid_current()");
    await write("b");
    const before = await read();
    await early.run("update teleport.table_state set reason = 'y'; commit");

    assert.notEqual(await read(), before);
    assert.equal(await read(), await read());
  });
}
