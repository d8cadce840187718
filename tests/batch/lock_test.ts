/**
 * Locks come before the snapshot: what is not MVCC-safe (TRUNCATE, rewrites, partitions that come and
 * go) can not make rows look deleted to a batch.
 */
import assert from "node:assert/strict";
import { z } from "zod";
import { listCaptured } from "../../src/capture/mod.ts";
import { GiveWay } from "../../src/daemon/give_way.ts";
import { TeleportError } from "../../src/model/mod.ts";
import type { Connection } from "../../src/postgres/mod.ts";
import { type Bench, openBench, openConnection, Servers } from "../capture/bench.ts";
import { waitFor } from "../pair/wait.ts";
import { majors, openOn, readKeys, somebodyWaits } from "./reading.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

interface Ddl {
  name: string;
  sql: string;
  /** What a reader of a hundred rows counts whose snapshot is older and who had no lock. */
  countsWithoutLock: number;
  setup?: string;
  since?: number;
  /** Waits inside of itself, and cannot be in a transaction. */
  isConcurrent?: boolean;
}

const plain = `create table t (id int primary key, v int);
  insert into t select i, i from generate_series(1, 100) i`;
const tree = `create table t (id int primary key, v int) partition by range (id);
  create table t1 partition of t for values from (1) to (50);
  create table t2 partition of t for values from (50) to (1000);
  insert into t select i, i from generate_series(1, 100) i`;

const cases: readonly Ddl[] = [
  {
    name: "TRUNCATE and INSERT",
    sql: "truncate t; insert into t select i, i from generate_series(1, 100) i",
    countsWithoutLock: 0,
  },
  { name: "ALTER TYPE", sql: "alter table t alter v type bigint", countsWithoutLock: 0 },
  {
    name: "ADD COLUMN with a volatile default",
    sql: "alter table t add w float default random()",
    countsWithoutLock: 0,
  },
  {
    name: "SET LOGGED",
    setup: plain.replace("create table", "create unlogged table"),
    sql: "alter table t set logged",
    countsWithoutLock: 0,
  },
  { name: "TRUNCATE of a leaf", setup: tree, sql: "truncate t1", countsWithoutLock: 51, since: 11 },
  {
    name: "DETACH of a leaf",
    setup: tree,
    sql: "alter table t detach partition t1",
    countsWithoutLock: 51,
    since: 11,
  },
  {
    name: "DETACH CONCURRENTLY of a leaf",
    setup: tree,
    sql: "alter table t detach partition t1 concurrently",
    countsWithoutLock: 51,
    since: 14,
    isConcurrent: true,
  },
  { name: "VACUUM FULL", sql: "vacuum full t", countsWithoutLock: 100, isConcurrent: true },
  { name: "CLUSTER", sql: "cluster t using t_pkey", countsWithoutLock: 100 },
];

interface Source extends AsyncDisposable {
  bench: Bench;
  /** A further session of teleport, which reads batches. */
  reader: Connection;
  /** A position that the events of all hundred rows lie after. */
  from: string;
}

async function openSource(major: number, sql = plain): Promise<Source> {
  await using stack = new AsyncDisposableStack();
  const bench = stack.use(await openBench({ server: await servers.get(major), sql }));
  const reader = stack.use(await openConnection(bench.database, bench.guest));
  const from = await bench.position();
  await bench.app.query("update t set v = v");
  const kept = stack.move();
  return { bench, reader, from, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

const countOf = async (reader: Connection, table = "t"): Promise<number> =>
  (await reader.row(z.object({ n: z.number() }), `select count(*)::int as n from public.${table}`))
    .n;

const hundred = Array.from({ length: 100 }, (_, index) => String(index + 1));

async function isMisled(
  { bench, reader }: Source,
  { sql, counts }: { sql: string; counts: number },
): Promise<void> {
  await reader.run("begin isolation level repeatable read read only");
  await reader.run("select 1");
  await bench.app.query(sql);
  assert.equal(await countOf(reader, "twin"), counts);
  await reader.run("rollback");
}

async function waits(source: Source, ddl: Ddl): Promise<void> {
  const { bench, reader } = source;
  const batch = await openOn(source, { from: source.from });
  if (!ddl.isConcurrent) await bench.app.query("set lock_timeout = 100");
  const running = bench.app.query(ddl.sql);
  const outcome = ddl.isConcurrent ? running : assert.rejects(running, { code: "55P03" });
  if (ddl.isConcurrent) await somebodyWaits(bench.admin, `${ddl.name} to wait`);
  else await outcome;
  const { keys } = await readKeys(reader, batch);
  await outcome;
  assert.deepEqual(keys.get("t"), { present: hundred, deleted: [] });
  await bench.app.query("reset lock_timeout");
}

async function isAwaited(source: Source, ddl: Ddl): Promise<void> {
  const { bench, reader, from } = source;
  await bench.app.query(`begin; ${ddl.sql}`);
  const opening = openOn(source, { from });
  const outcome = opening.catch((error: unknown) => {
    if (isMoved(error)) return undefined;
    throw error;
  });
  await somebodyWaits(bench.admin, "the batch to wait for the lock");
  await bench.app.query("commit");
  const batch = await outcome;
  // Another set of leaves is looked at again; everything else is read as it is now.
  if (batch === undefined) return assert.match(ddl.name, /^DETACH/);
  const { keys } = await readKeys(reader, batch);
  const { rows } = await bench.admin.query("select t.id::text as key from t order by t.id");
  const present = rows.map(({ key }) => key);
  const deleted = hundred.filter((key) => !present.includes(key));
  assert.deepEqual(keys.get("t"), { present, deleted });
}

const isMoved = (error: unknown) =>
  error instanceof TeleportError && error.code === "catalogs_moved";

for (const major of majors) {
  Deno.test(`LOCK and SET LOCAL take no snapshot, anything else before them does (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major);
    const { bench, reader } = source;
    const befores = [
      ["set local lock_timeout = 900", 101],
      ["select pg_catalog.set_config('lock_timeout', '900', true)", 100],
      ["do $$ begin lock table public.t in access share mode; end $$", 100],
    ] as const;
    for (const [before, count] of befores) {
      await reader.run("begin isolation level repeatable read read only");
      await reader.run(before);
      await reader.run("lock table public.t in access share mode");
      await bench.app.query("insert into t values (101, 0)");
      assert.equal(await countOf(reader), count, before);
      await reader.run("commit");
      await bench.app.query("delete from t where id = 101");
    }
  });

  for (const ddl of cases.filter(({ since }) => major >= (since ?? 0))) {
    Deno.test(`A batch that locks first is not misled by ${ddl.name} (PostgreSQL ${major})`, async (t) => {
      const setup = ddl.setup ?? plain;
      const twin = (sql: string) => sql.replace(/\bt(\d?)\b/g, "twin$1").replace("t_p", "twin_p");
      await using source = await openSource(major, `${setup}; ${twin(setup)}`);
      await t.step("a reader that has a snapshot and no lock is", () =>
        isMisled(source, {
          sql: twin(ddl.sql),
          counts: ddl.countsWithoutLock,
        }));
      await t.step("it waits for an open batch, which reads every row", () => waits(source, ddl));
      if (ddl.isConcurrent) return;
      await t.step("a batch that waits for it reads what it leaves", () => isAwaited(source, ddl));
    });
  }

  Deno.test(`A table that took the name of another while a batch waited is noticed (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major);
    const { bench, from } = source;
    const captured = await listCaptured(bench.teleport);
    await bench.app.query("begin; alter table t rename to t_old; create table t (like t_old)");
    await bench.app.query(`grant select on t to "${bench.guest.name}"`);
    const opening = openOn(source, { from, captured });
    const outcome = assert.rejects(opening, isMoved);
    await somebodyWaits(bench.admin, "the batch to wait for the old table");
    await bench.app.query("commit");
    await outcome;
    // The same, where all of it happened between the look and the lock.
    await assert.rejects(openOn(source, { from, captured }), isMoved);
  });

  Deno.test(`A schema that took the name of another while a batch reads is noticed (PostgreSQL ${major})`, async () => {
    const sql = `create schema s; create table s.first (id int primary key); 
      create table s.t (id int primary key, v int);
      insert into s.t select i, i from generate_series(1, 100) i`;
    await using bench = await openBench({ server: await servers.get(major), sql });
    await using reader = await openConnection(bench.database, bench.guest);
    const from = await bench.position();
    await bench.app.query("insert into s.first values (1); update s.t set v = v");
    const batch = await openOn({ bench, reader }, { from });
    await bench.app.query(`alter schema s rename to s_old; create schema s;
      create table s.first (id int primary key); create table s.t (id int primary key, v int);
      grant usage on schema s to "${bench.guest.name}";
      grant select on all tables in schema s to "${bench.guest.name}"`);
    await assert.rejects(readKeys(reader, batch), isMoved);
    await reader.run("rollback");
  });

  Deno.test(`Behind DDL that waits a batch fails soon, and an open one gives way (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major);
    const { bench, reader, from } = source;
    const holder = await bench.session();
    await holder.query("begin; select from t limit 1");
    const ddl = bench.app.query("alter table t add w int");
    await somebodyWaits(bench.admin, "the DDL to wait");
    const begun = performance.now();
    await assert.rejects(openOn(source, { from }), { sqlstate: "55P03" });
    assert.ok(performance.now() - begun < 5000, "the batch waited longer than its lock_timeout");
    await holder.query("commit");
    await ddl;

    const batch = await openOn(source, { from });
    using watch = await GiveWay.watch(bench.teleport, reader);
    const more = bench.app.query("alter table t add x int");
    const writer = await bench.session();
    await somebodyWaits(bench.admin, "the DDL to wait for the batch");
    const write = writer.query("insert into t (id) values (101)");
    await waitFor(() => watch.signal.aborted, { what: "the batch to be given up" });
    assert.equal(watch.reason?.code, "gave_way");
    await reader.run("rollback");
    await Promise.all([more, write]);
    assert.ok(batch.isExact);
  });
}

for (const major of majors.filter((each) => each >= 11)) {
  Deno.test(`A leaf that was attached after the lock is noticed (PostgreSQL ${major})`, async () => {
    await using source = await openSource(
      major,
      `${tree}; create table other (id int primary key, v int);
       create table t3 (id int primary key, v int); insert into t3 values (2000, 1)`,
    );
    const { bench, from } = source;
    const captured = await listCaptured(bench.teleport);
    const holder = await bench.session();
    await holder.query("begin; lock table other in access exclusive mode");
    // In this order: the tree is locked when the batch waits for the other table.
    const opening = openOn(source, { from, captured, names: ["t", "other"] });
    const outcome = assert.rejects(opening, isMoved);
    await somebodyWaits(bench.admin, "the batch to wait for the other table");
    const { rows } = await bench.admin.query(
      `select 1 from pg_locks where relation = 't'::regclass and mode = 'AccessShareLock' and granted`,
    );
    assert.equal(rows.length, 1, "the tree is locked");
    await bench.app.query("alter table t attach partition t3 for values from (1000) to (3000)");
    await holder.query("commit");
    await outcome;
  });

  Deno.test(`LOCK of a root locks its leaves with rights on the root alone (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major, tree);
    const { bench, reader, from } = source;
    await bench.app.query(`revoke all on t1, t2 from "${bench.guest.name}"`);
    const batch = await openOn(source, { from });
    await bench.app.query("set lock_timeout = 100");
    await assert.rejects(bench.app.query("truncate t1"), { code: "55P03" });
    const { keys } = await readKeys(reader, batch);
    assert.deepEqual(keys.get("t")?.present, hundred);
  });
}
