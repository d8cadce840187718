/** The order of the vacuum's steps, and what may hold it up, case by case. */
import assert from "node:assert/strict";
import { createSlotMemory, vacuumSlots } from "../../src/capture/mod.ts";
import { createLog } from "../../src/daemon/log.ts";
import { QueueAlarm } from "../../src/daemon/queue_alarm.ts";
import { somebodyWaits } from "../batch/reading.ts";
import { type Bench, openBench, Servers } from "./bench.ts";

const majors = (Deno.env.get("TELEPORT_TEST_MAJORS") ?? "10,14,18").split(",").map(Number);
const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

async function openQueue(major: number): Promise<Bench> {
  return await openBench({
    server: await servers.get(major),
    sql: `create table t (id int primary key, v int default 0);
      insert into t select generate_series(1, 100)`,
  });
}

async function confirm(bench: Bench, position?: string): Promise<string> {
  const confirmed = position ?? await bench.position();
  await bench.admin.query("delete from teleport.target where name = 'a'");
  await bench.admin.query(
    "insert into teleport.target (name, position, is_exact) values ('a', $1, true)",
    [confirmed],
  );
  return confirmed;
}

const keysAfter = async (bench: Bench, position: string): Promise<string[]> =>
  (await bench.eventsAfter(position)).map(({ key }) => key?.[0] ?? "").sort();

const currentSlot = async (bench: Bench): Promise<number> =>
  (await bench.admin.query("select (last_value % 3)::int as slot from teleport.slot")).rows[0].slot;

for (const major of majors) {
  Deno.test(`An event that is committed while the vacuum waits for its locks stays (PostgreSQL ${major})`, async () => {
    await using bench = await openQueue(major);
    await bench.app.query("update t set v = 1 where id = 1");
    const position = await confirm(bench);
    // Everything is confirmed now. A check before the lock would find so, and free what comes next.
    await bench.admin.query("begin; lock table teleport.target in share row exclusive mode");
    const vacuum = vacuumSlots(bench.teleport, { lockTimeoutMs: 60_000 });
    await somebodyWaits(bench.admin, "the vacuum to wait for the positions");
    await bench.app.query("update t set v = 1 where id = 2");
    await bench.admin.query("commit");
    assert.equal((await vacuum).freed, 0);
    assert.deepEqual(await keysAfter(bench, position), ["2"]);
  });

  Deno.test(`Check, then lock, then TRUNCATE loses the key that comes between (PostgreSQL ${major})`, async () => {
    await using bench = await openQueue(major);
    const position = await confirm(bench);
    const unseen = `select count(*)::int as n from teleport.event_0
      where not txid_visible_in_snapshot(txid, $1)`;
    const lock = "lock table teleport.event_0 in access exclusive mode nowait";
    // The two orders that the rule excludes: they do lose, so the order is what matters.
    const wrongOrders = ["read committed", "repeatable read"];
    for (const [index, isolation] of wrongOrders.entries()) {
      await bench.admin.query(`begin isolation level ${isolation}`);
      const isSnapshotFirst = isolation === "repeatable read";
      const before = await bench.admin.query(unseen, [position]);
      await bench.app.query(`update t set v = 1 where id = ${index + 10}`);
      await bench.admin.query(lock);
      const after = isSnapshotFirst ? await bench.admin.query(unseen, [position]) : before;
      assert.equal(after.rows[0].n, 0, "it looks free");
      await bench.admin.query("truncate teleport.event_0; commit");
      assert.deepEqual(await keysAfter(bench, position), []);
    }
    await bench.admin.query("begin isolation level read committed");
    await bench.app.query("update t set v = 1 where id = 12");
    await bench.admin.query(lock);
    assert.equal((await bench.admin.query(unseen, [position])).rows[0].n, 1);
    await bench.admin.query("rollback");
  });

  Deno.test(`A prepared transaction pins its slot, and the alarm says what to look for (PostgreSQL ${major})`, async () => {
    await using bench = await openQueue(major);
    const position = await confirm(bench);
    await bench.app.query("begin; update t set v = 1 where id = 1; prepare transaction 'p'");
    const memory = createSlotMemory();
    const lines: string[] = [];
    const log = createLog({ level: "info", format: "text", write: (line) => lines.push(line) });
    const alarm = new QueueAlarm(log);
    let clock = 0;
    const run = async () => {
      const report = await vacuumSlots(bench.teleport, { memory, now: () => clock });
      alarm.check(report);
      return report;
    };
    await run();
    clock += 60_000;
    const pinned = await run();
    assert.deepEqual([pinned.freed, pinned.slots[0]?.pinned?.reason], [0, "locked"]);
    assert.equal(pinned.movedTo, 1, "writers use another slot meanwhile");
    assert.deepEqual(lines, []);
    clock += 5 * 60_000 + 1;
    await run();
    assert.match(lines.join(""), /queue cannot be freed.*prepared transaction/);
    await bench.app.query("commit prepared 'p'");
    assert.deepEqual(await keysAfter(bench, position), ["1"]);
    await run();
    assert.deepEqual(await keysAfter(bench, position), ["1"], "not confirmed yet");
    await confirm(bench);
    assert.equal((await run()).freed, 1);
    await run();
    assert.match(lines.at(-1) ?? "", /freed again/);
  });

  Deno.test(`Batches that always read hold up the vacuum until one ends, with an alarm (PostgreSQL ${major})`, async () => {
    await using bench = await openQueue(major);
    await bench.app.query("update t set v = 1 where id = 1");
    await confirm(bench);
    const memory = createSlotMemory();
    const lines: string[] = [];
    const log = createLog({ level: "info", format: "text", write: (line) => lines.push(line) });
    const alarm = new QueueAlarm(log);
    let clock = 60_000;
    const run = async () => {
      const report = await vacuumSlots(bench.teleport, {
        memory,
        minBytes: 0,
        now: () => clock,
      });
      alarm.check(report);
      return report;
    };
    const readers = [await bench.superuserSession(), await bench.superuserSession()];
    await readers[0]?.query("begin; select count(*) from teleport.event");
    for (let turn = 1; turn <= 8; turn++) {
      await readers[turn % 2]?.query("begin; select count(*) from teleport.event");
      await readers[(turn + 1) % 2]?.query("commit");
      clock += 60_000;
      const report = await run();
      assert.deepEqual([report.freed, report.slots[0]?.pinned?.reason], [0, "locked"]);
    }
    assert.match(lines.join(""), /queue cannot be freed/);
    for (const reader of readers) await reader.query("commit");
    await bench.app.query("update t set v = 2 where id = 2");
    await confirm(bench);
    assert.ok((await run()).freed > 0);
  });

  Deno.test(`A slot sequence that jumps, and a writer with a stale slot, lose nothing (PostgreSQL ${major})`, async () => {
    await using bench = await openQueue(major);
    const position = await confirm(bench);
    const keys: string[] = [];
    for (const [index, jump] of [7, 32, 64, 2].entries()) {
      await bench.admin.query(`select setval('teleport.slot', ${jump})`);
      await bench.app.query(`update t set v = 1 where id = ${index + 1}`);
      keys.push(String(index + 1));
      await vacuumSlots(bench.teleport);
      await bench.admin.query("select nextval('teleport.slot')");
      // As a writer that read the slot before it moved on.
      await bench.admin.query(
        `insert into teleport.event_${(jump + 1) % 3} (kind, relation, generation, key)
         values ('row', 1, 1, array['${index + 50}'])`,
      );
      keys.push(String(index + 50));
    }
    assert.deepEqual(await keysAfter(bench, position), keys.sort());
    await confirm(bench);
    const report = await vacuumSlots(bench.teleport);
    assert.ok(report.freed > 0 && report.slots.some((slot) => slot.isFreed && slot.isCurrent));
    assert.deepEqual(await keysAfter(bench, position), []);
    await bench.expectCaptured(["t"], "update t set v = 9");
  });

  Deno.test(`Writers are moved on to an empty slot only, never into a pinned one (PostgreSQL ${major})`, async () => {
    await using bench = await openQueue(major);
    await confirm(bench);
    const long = await bench.session();
    await long.query("begin; update t set v = 1 where id = 1");
    const visited: number[] = [];
    for (let round = 0; round < 6; round++) {
      await bench.app.query("update t set v = 2 where id = 2");
      await vacuumSlots(bench.teleport);
      await confirm(bench);
      visited.push(await currentSlot(bench));
    }
    assert.ok(!visited.includes(0), `slots ${visited}: 0 is pinned`);
    assert.ok(new Set(visited).size === 2, `slots ${visited}`);
    await long.query("commit");
  });

  Deno.test(`Little events do not bloat pg_class, however often the vacuum looks (PostgreSQL ${major})`, async () => {
    await using bench = await openQueue(major);
    const pin = await bench.superuserSession();
    await pin.query("begin isolation level repeatable read; select 1");
    const memory = createSlotMemory();
    let clock = 0;
    const look = async () => {
      const { rows } = await bench.admin.query(
        `select pg_relation_size('pg_class')::int as size, truncations::int from teleport.instance`,
      );
      return rows[0];
    };
    const before = await look();
    for (let round = 0; round < 150; round++) {
      await bench.app.query("update t set v = v + 1 where id = 1");
      await vacuumSlots(bench.teleport, { memory, now: () => clock });
      clock += 100;
    }
    assert.deepEqual(await look(), before);
    clock += 60_000;
    await vacuumSlots(bench.teleport, { memory, now: () => clock });
    assert.equal((await look()).truncations, before.truncations + 1);
  });

  Deno.test(`A reader that has not looked at a slot before it is freed misses nothing (PostgreSQL ${major})`, async () => {
    await using bench = await openQueue(major);
    await bench.app.query("update t set v = 1 where id = 1");
    const position = await confirm(bench);
    await bench.admin.query("select setval('teleport.slot', 1)");
    await bench.app.query("update t set v = 1 where id = 2");
    const reader = await bench.superuserSession();
    await reader.query("begin isolation level repeatable read; select txid_current_snapshot()");
    const report = await vacuumSlots(bench.teleport);
    assert.deepEqual(report.slots.map((slot) => slot.isFreed), [true, false, false]);
    const { rows } = await reader.query("select key[1] as key from teleport.event");
    assert.deepEqual(rows.map(({ key }) => key), ["2"], "TRUNCATE is not MVCC-safe");
    assert.deepEqual(await keysAfter(bench, position), ["2"]);
  });
}
