/**
 * A position may have thousands of transactions in progress. Which of them matter is looked up once for a
 * batch; whatever they wrote is in the window when they have ended, and not before.
 */
import assert from "node:assert/strict";
import { z } from "zod";
import { findLimit, type OpenBatch } from "../../src/batch/mod.ts";
import { parsePosition, type Position } from "../../src/model/mod.ts";
import { readBacklog, registerTarget } from "../../src/state/mod.ts";
import { openBench, openConnection, Servers } from "../capture/bench.ts";
import { Random, say } from "../pair/mod.ts";
import type { Session } from "../postgres/mod.ts";
import { majors, openOn, readKeys, target } from "./reading.ts";

const seed = Number(Deno.env.get("TELEPORT_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32));
const keyRow = z.object({ key: z.string() });

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

async function openSource(major: number) {
  await using stack = new AsyncDisposableStack();
  const sql = "create table t (id int primary key, v int)";
  const bench = stack.use(await openBench({ server: await servers.get(major), sql }));
  const reader = stack.use(await openConnection(bench.database, bench.guest));
  await registerTarget(bench.teleport, target);
  const kept = stack.move();
  return { bench, reader, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

type Source = Awaited<ReturnType<typeof openSource>>;

/** What a look at the queue finds, as the streamer does it. */
async function look({ bench }: Source, from: Position, maxKeys: number) {
  await bench.admin.query("update teleport.target set position = $1", [from]);
  const backlog = await readBacklog(bench.teleport, target, maxKeys);
  assert.ok(backlog !== undefined);
  const { lookFrom, windowFrom, short } = backlog;
  const limit = short ? undefined : await findLimit(bench.teleport, lookFrom, maxKeys);
  return { from, windowFrom, lookFrom, limit };
}

type Look = Awaited<ReturnType<typeof look>>;

/** The batch's keys; by PostgreSQL's own idea of what a position has seen they are all that there are. */
async function send(source: Source, found: Look): Promise<{ batch: OpenBatch; keys: string[] }> {
  const batch = await openOn(source, found);
  const expected = await keysBySnapshot(source, found);
  const { keys } = await readKeys(source.reader, batch);
  const { present = [], deleted = [] } = keys.get("t") ?? {};
  const sent = [...present, ...deleted].sort((a, b) => Number(a) - Number(b));
  assert.deepEqual(sent, expected, `from ${found.from} to ${batch.to}`);
  return { batch, keys: sent };
}

/** Asked in the batch's own transaction, so of the same snapshot. */
async function keysBySnapshot(source: Source, { from, limit }: Look): Promise<string[]> {
  const rows = await source.reader.rows(
    keyRow,
    `select distinct pg_catalog.unnest(e.key) as key from teleport.event e
     where not pg_catalog.txid_visible_in_snapshot(e.txid, $1::text::txid_snapshot)
       and ($2::text is null or e.txid < $2::text::bigint)`,
    [from, limit === undefined ? null : String(limit)],
  );
  return rows.map(({ key }) => key).sort((a, b) => Number(a) - Number(b));
}

const runningIn = (position: Position): number => parsePosition(position).xip.length;

/** Writes more events than a look reads of a slot. */
const manyRows = (first: number) =>
  `do $$ begin for n in 1..250 loop insert into t values (${first} + n); end loop; end $$`;

/** Uses so many transaction ids, which end without an event. */
async function useTxids(source: Source, count: number): Promise<string[]> {
  const { rows: [{ before }] } = await source.bench.admin.query(
    "select txid_snapshot_xmax(txid_current_snapshot()) as before",
  );
  await source.bench.app.query(
    `create temporary table if not exists used (n int);
     do $$ begin for n in 1..${count} loop
       begin insert into used values (n); exception when others then raise; end;
     end loop; end $$`,
  );
  const { rows } = await source.bench.admin.query(
    `select n::text as txid from generate_series($1::bigint, txid_snapshot_xmax(txid_current_snapshot()) - 1) n
     where not exists (select 1 from teleport.event e where e.txid = n)`,
    [before],
  );
  return rows.map(({ txid }) => txid);
}

for (const major of majors) {
  for (const isLong of [false, true]) {
    const size = isLong ? "a long window" : "a short window";
    Deno.test(`Of 5,000 open transactions those with events are in ${size} (PostgreSQL ${major})`, async () => {
      await using source = await openSource(major);
      const { bench } = source;
      const sessions: Session[] = [];
      for (let n = 0; n < 7; n++) sessions.push(await bench.session());
      const [first, second, aborted, idle, late, prepared, open] = sessions;
      assert.ok(first && second && aborted && idle && late && prepared && open);
      await first.query("begin; insert into t values (1)");
      await second.query("begin; select txid_current(); savepoint a");
      await aborted.query("begin; insert into t values (3)");
      await idle.query("begin; select txid_current()");
      await late.query("begin; insert into t values (5); savepoint a; insert into t values (6)");
      await prepared.query("begin; insert into t values (7)");
      await open.query("begin; insert into t values (8)");
      const sessionOf = new Map<bigint, Session>();
      for (const session of sessions) {
        const { rows: [row] } = await session.query("select txid_current()::text as txid");
        sessionOf.set(BigInt(row.txid), session);
      }
      const used = await useTxids(source, 5000);
      assert.ok(used.length >= 5000);
      const now = parsePosition(await bench.position() as Position);
      const txids = [...now.xip.map(String), ...used].sort((a, b) => Number(a) - Number(b));
      const from = `${now.xmin}:${now.xmax}:${[...new Set(txids)].join(",")}` as Position;
      // The rest of what they write is in other slots, of one of them more than a look reads.
      await bench.admin.query("select setval('teleport.slot', 1)");
      await first.query(isLong ? manyRows(1000) : "insert into t values (20)");
      await second.query("insert into t values (2)");
      await bench.admin.query("select setval('teleport.slot', 2)");
      await bench.app.query("insert into t values (9)");
      await Promise.all([first, second, idle].map((session) => session.query("commit")));
      await aborted.query("rollback");

      const found = await look(source, from, 10_000);
      // Others may be of the server's own.
      const namedIn = (position: Position) =>
        parsePosition(position).xip.map((txid) => sessionOf.get(txid)).filter((name) => name);
      assert.deepEqual(namedIn(found.lookFrom), [first, second]);
      assert.deepEqual(namedIn(found.windowFrom), [first, second, late, prepared, open]);
      assert.ok(runningIn(found.windowFrom) < 50, found.windowFrom);
      await late.query("commit");
      await prepared.query("prepare transaction 'p'");
      await prepared.query("commit prepared 'p'");
      const { batch, keys } = await send(source, found);
      const some = ["1", "2", "5", "6", "7", "9"];
      if (isLong) assert.equal(keys.length, some.length + 250);
      else assert.deepEqual(keys, [...some, "20"]);

      await open.query("commit");
      const next = await look(source, batch.to, 10_000);
      assert.deepEqual((await send(source, next)).keys, ["8"]);
    });
  }

  Deno.test(`What was open at a table's own position is in its window once it has ended (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major);
    const { bench } = source;
    const [first, second] = [await bench.session(), await bench.session()];
    await first.query("begin; insert into t values (1)");
    await second.query("begin; insert into t values (2)");
    await bench.app.query("insert into t values (3)");
    const own = await bench.position() as Position;
    assert.ok(runningIn(own) >= 2, own);
    await first.query("commit");
    const from = await bench.position();
    const keysFrom = async (start: string) => {
      const batch = await openOn(source, { from: start, own });
      return { to: batch.to, keys: (await readKeys(source.reader, batch)).keys.get("t")?.present };
    };
    const { keys, to } = await keysFrom(from);
    assert.deepEqual(keys, ["1"]);
    await second.query("commit");
    assert.deepEqual((await keysFrom(to)).keys, ["1", "2"]);
  });

  Deno.test(`No look loses what an open transaction writes, whatever ends when (PostgreSQL ${major})`, async () => {
    say(`TELEPORT_TEST_SEED=${seed}`);
    await using source = await openSource(major);
    const writers = await Writers.open(source, new Random(seed).fork(major));
    let from = await source.bench.position() as Position;
    const sent = new Set<string>();
    const sendTo = async (found: Look) => {
      const { batch, keys } = await send(source, found);
      for (const key of keys) sent.add(key);
      from = batch.to;
    };
    let batches = 0;
    let keptOpen = 0;
    for (let round = 0; round < 40; round++) {
      await writers.act(6);
      const found = await look(source, from, writers.random.pick([5, 50, 10_000]));
      keptOpen += runningIn(found.windowFrom);
      if (runningIn(from) > 0) batches += 1;
      // Some end between the look and the batch; some looks lead to none.
      await writers.act(writers.random.int(0, 4));
      if (writers.random.chance(0.7)) await sendTo(found);
    }
    await writers.end();
    await sendTo(await look(source, from, 1_000_000));
    const { rows } = await source.bench.admin.query("select id::text from t");
    const lost = rows.map(({ id }) => id).filter((id) => !sent.has(id));
    assert.deepEqual(lost, [], `rows that no batch had, seed ${seed}`);
    assert.ok(batches > 10 && keptOpen > 10, "the test had nothing open");
  });
}

/** Sessions that write, and end when chance has it. */
class Writers {
  readonly random: Random;
  readonly #source: Source;
  readonly #sessions: { session: Session; isOpen: boolean }[];
  #id = 0;

  private constructor(source: Source, random: Random, sessions: readonly Session[]) {
    this.#source = source;
    this.random = random;
    this.#sessions = sessions.map((session) => ({ session, isOpen: false }));
  }

  static async open(source: Source, random: Random): Promise<Writers> {
    const sessions: Session[] = [];
    for (let n = 0; n < 8; n++) sessions.push(await source.bench.session());
    return new Writers(source, random, sessions);
  }

  async act(times: number): Promise<void> {
    for (let n = 0; n < times; n++) await this.#act();
  }

  async end(): Promise<void> {
    for (const { session, isOpen } of this.#sessions) if (isOpen) await session.query("commit");
  }

  async #act(): Promise<void> {
    const { random } = this;
    if (random.chance(0.1)) {
      await this.#source.bench.admin.query("select setval('teleport.slot', $1)", [
        random.int(0, 2),
      ]);
    }
    const writer = random.pick(this.#sessions);
    if (!writer.isOpen) {
      await writer.session.query("begin");
      await writer.session.query(random.chance(0.3) ? "select txid_current()" : this.#write());
      writer.isOpen = true;
    } else if (random.chance(0.5)) await writer.session.query(this.#write());
    else {
      await writer.session.query(random.chance(0.8) ? "commit" : "rollback");
      writer.isOpen = false;
    }
  }

  #write(): string {
    const id = this.#id += 1000;
    return this.random.pickWeighted([
      { weight: 6, sql: `insert into t values (${id})` },
      { weight: 2, sql: `savepoint a; insert into t values (${id}); release a` },
      { weight: 2, sql: `savepoint a; insert into t values (${id}); rollback to a` },
      { weight: 1, sql: manyRows(id) },
    ]).sql;
  }
}
