/** The vacuum frees what every position has seen, and never anything else. */
import { say } from "../pair/say.ts";
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { createSlotMemory, vacuumSlots } from "../../src/capture/mod.ts";
import { checkEpoch } from "../../src/state/mod.ts";
import { type Bench, majors, openBench, openConnection, Servers } from "./bench.ts";

const servers = new Servers({ max_connections: "50" });
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

async function openQueue(major: number): Promise<Bench> {
  return await openBench({
    server: await servers.get(major),
    sql:
      "create table t (id int primary key, v int default 0); insert into t select generate_series(1, 100)",
  });
}

async function setPosition(bench: Bench, name: string, position?: string): Promise<void> {
  await bench.admin.query(
    `with moved as (update teleport.target set position = coalesce($2, txid_current_snapshot()::text)
       where name = $1 returning 1)
     insert into teleport.target (name, position, is_exact)
     select $1, coalesce($2, txid_current_snapshot()::text), true where not exists (select from moved)`,
    [name, position ?? null],
  );
}

const queued = async (bench: Bench): Promise<number> =>
  (await bench.admin.query("select count(*)::int as n from teleport.event")).rows[0].n;

for (const major of majors) {
  Deno.test(`Events are freed when every target and held table has seen them (PostgreSQL ${major})`, async () => {
    await using bench = await openQueue(major);
    await setPosition(bench, "fast");
    await setPosition(bench, "slow");
    await bench.app.query("update t set v = 1");
    await setPosition(bench, "fast");
    const pinned = await vacuumSlots(bench.teleport);
    assert.equal(pinned.freed, 0);
    assert.equal(pinned.slots[0]?.pinned?.reason, "unconfirmed");
    assert.equal(pinned.movedTo, 1);
    const before = await bench.position();
    await setPosition(bench, "slow");
    await bench.admin.query(
      `insert into teleport.table_state (target, relation, schema_name, table_name, state, position)
       values ('slow', 1, 's', 't', 'held', '1:1:')`,
    );
    assert.equal((await vacuumSlots(bench.teleport)).freed, 0);
    await bench.admin.query("update teleport.table_state set position = $1", [before]);
    const report = await vacuumSlots(bench.teleport);
    assert.equal(report.freed, 1);
    assert.equal(await queued(bench), 0);
    const { rows: [{ truncations }] } = await bench.admin.query(
      "select truncations::int from teleport.instance",
    );
    assert.equal(truncations, 1);
    await bench.expectCaptured(["t"], "update t set v = 2");
  });

  Deno.test(`Without a target nothing is kept, and small young slots are left alone (PostgreSQL ${major})`, async () => {
    await using bench = await openQueue(major);
    await bench.app.query("update t set v = 1");
    const memory = createSlotMemory();
    let clock = 0;
    const run = () => vacuumSlots(bench.teleport, { memory, now: () => clock });
    assert.equal((await run()).freed, 0);
    clock += 59_999;
    assert.equal((await run()).freed, 0);
    assert.ok(await queued(bench) > 0);
    clock += 1;
    assert.equal((await run()).freed, 1);
    assert.equal(await queued(bench), 0);
    clock += 120_000;
    assert.equal((await run()).freed, 0, "an empty slot is never truncated");
    await bench.app.query("update t set v = 2");
    assert.equal(
      (await vacuumSlots(bench.teleport, { memory, minBytes: 1, now: () => clock })).freed,
      1,
    );
  });

  Deno.test(`An open writer pins its slot, writers move on, and all slots pinned is reported (PostgreSQL ${major})`, async () => {
    await using bench = await openQueue(major);
    const memory = createSlotMemory();
    let clock = 0;
    const run = () =>
      vacuumSlots(bench.teleport, { memory, minBytes: 0, maxAgeMs: 0, now: () => clock });
    for (const [slot, next] of [[0, 1], [1, 2], [2, undefined]] as const) {
      const writer = await bench.session();
      await writer.query(`begin; update t set v = 1 where id = ${slot + 1}`);
      clock += 1000;
      const report = await run();
      assert.equal(report.movedTo, next);
      assert.equal(report.slots[slot]?.pinned?.reason, "locked");
      assert.equal(report.isStuck, next === undefined);
    }
    clock += 5000;
    const report = await run();
    assert.deepEqual(report.slots.map((each) => each.pinned?.sinceMs), [7000, 6000, 5000]);
  });

  Deno.test(`The vacuum gives way to who is adding a position (PostgreSQL ${major})`, async () => {
    await using bench = await openQueue(major);
    await bench.app.query("update t set v = 1");
    await bench.admin.query(`begin; lock table teleport.target in share row exclusive mode;
      insert into teleport.target (name, position, is_exact) values ('new', '1:1:', false)`);
    const busy = await vacuumSlots(bench.teleport, { lockTimeoutMs: 50 });
    assert.equal(busy.freed, 0);
    await bench.admin.query("commit");
    assert.equal((await vacuumSlots(bench.teleport)).freed, 0);
    const keys = (await bench.eventsAfter("1:1:")).map(({ key }) => key?.[0]);
    assert.equal(new Set(keys).size, 100);
  });

  Deno.test(`No key is lost to a vacuum every 10 ms under six writers (PostgreSQL ${major})`, async () => {
    const seed = Number(Deno.env.get("TELEPORT_TEST_SEED") ?? Math.floor(Math.random() * 1e9));
    const durationMs = Number(Deno.env.get("TELEPORT_TEST_MS") ?? 4000);
    await using bench = await openQueue(major);
    const random = randomOf(seed);
    await setPosition(bench, "a", "1:1:");
    await setPosition(bench, "b", "1:1:");
    const end = performance.now() + durationMs;
    const committed = new Set<number>();
    let freed = 0;
    let nextKey = 1000;
    let haveWritersEnded = false;
    /** On a busy machine it takes longer until enough happened. */
    const isEnough = () => committed.size > 50 && freed > 2;
    const isOver = () =>
      performance.now() > end && (isEnough() || performance.now() > end + 30_000);

    const write = async () => {
      const session = await bench.session();
      while (!isOver()) {
        const keys = Array.from({ length: 1 + Math.floor(random() * 3) }, () => nextKey++);
        await session.query(
          random() < 0.3 ? "begin isolation level repeatable read; select 1" : "begin",
        );
        await session.query(`insert into t (id) values ${keys.map((key) => `(${key})`).join(",")}`);
        if (random() < 0.3) {
          const undone = nextKey++;
          await session.query(`savepoint a; insert into t (id) values (${undone}); rollback to a`);
          keys.push(nextKey++);
          await session.query(`savepoint b; insert into t (id) values (${keys.at(-1)}); release b`);
        }
        if (random() < 0.05) await delay(random() * 1000);
        if (random() < 0.2) {
          await session.query("rollback");
        } else {
          await session.query("commit");
          for (const key of keys) committed.add(key);
        }
      }
    };
    const seen = new Map<string, Set<number>>();
    const read = async (target: string) => {
      const keys = new Set<number>();
      seen.set(target, keys);
      await using connection = await openConnection(bench.database, bench.server.superuser);
      const session = await bench.superuserSession();
      let position = "1:1:";
      for (let isLast = false;;) {
        await session.query("begin isolation level repeatable read read only");
        const { rows: [{ now }] } = await session.query(
          "select txid_current_snapshot()::text as now",
        );
        if (random() < 0.3) await delay(random() * 50);
        const { rows } = await session.query(
          `select key[1]::int as key from teleport.event where not txid_visible_in_snapshot(txid, $1::txid_snapshot)`,
          [position],
        );
        await session.query("commit");
        for (const row of rows) keys.add(row.key);
        position = now;
        await connection.run("update teleport.target set position = $2 where name = $1", [
          target,
          now,
        ]);
        if (isLast) return;
        isLast = haveWritersEnded;
        await delay(random() * 20);
      }
    };
    const vacuum = async () => {
      while (!isOver()) {
        freed += (await vacuumSlots(bench.teleport, { lockTimeoutMs: 20 })).freed;
        await delay(10);
      }
    };
    const writers = Array.from({ length: 6 }, write);
    Promise.allSettled(writers).then(() => haveWritersEnded = true);
    await Promise.all([...writers, read("a"), read("b"), vacuum()]);
    for (const [target, keys] of seen) {
      const lost = [...committed].filter((key) => !keys.has(key));
      assert.deepEqual(
        lost,
        [],
        `lost by ${target}, seed ${seed}, ${committed.size} keys, ${freed} truncations`,
      );
    }
    assert.ok(
      isEnough(),
      `too little happened: ${committed.size} keys, ${freed} truncations`,
    );
    say(`seed ${seed}: ${committed.size} keys, ${freed} truncations`);
  });

  Deno.test(`A new epoch frees the queue and captures on (PostgreSQL ${major})`, async () => {
    await using bench = await openQueue(major);
    const { generation } = await bench.unit("t");
    await setPosition(bench, "a");
    await bench.app.query("update t set v = 1");
    await bench.admin.query("update teleport.instance set last_txid = 1000000000000");
    const epoch = await checkEpoch(bench.teleport);
    assert.ok(epoch.replaced);
    assert.equal(await queued(bench), 0);
    await bench.install();
    const unit = await bench.unit("t");
    assert.equal(unit.generation, generation + 1);
    const events = await bench.expectCaptured(["t"], "update t set v = 2");
    assert.ok(events.every((event) => event.generation === unit.generation));
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
