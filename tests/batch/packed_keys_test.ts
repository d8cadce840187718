/** A statement of many rows writes few events, and every key of it arrives, whatever it is made of. */
import assert from "node:assert/strict";
import { countEvents, findLimit } from "../../src/batch/mod.ts";
import type { Position } from "../../src/model/mod.ts";
import { hasStatementLevel, openBench, openConnection, Servers } from "../capture/bench.ts";
import { openOn, readKeys } from "./reading.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const majors = (Deno.env.get("TELEPORT_TEST_MAJORS") ?? "10,14,18").split(",").map(Number);

async function openSource(major: number, sql: string) {
  await using stack = new AsyncDisposableStack();
  const bench = stack.use(await openBench({ server: await servers.get(major), sql }));
  const reader = stack.use(await openConnection(bench.database, bench.guest));
  const kept = stack.move();
  return { bench, reader, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

type Source = Awaited<ReturnType<typeof openSource>>;

async function eventCount({ bench }: Source): Promise<number> {
  const { rows } = await bench.admin.query("select count(*)::int as n from teleport.event");
  return rows[0].n;
}

/** The keys of every batch from `from` on, cut by `maxEvents`. */
async function batches(source: Source, from: string, maxEvents: number) {
  const found: { present: string[]; deleted: string[] }[] = [];
  for (let isExact = false, position = from; !isExact;) {
    const limit = await findLimit(source.bench.teleport, position as Position, maxEvents);
    const batch = await openOn(source, { from: position, limit });
    const { keys } = await readKeys(source.reader, batch);
    found.push({ present: [], deleted: [], ...keys.get("t") });
    ({ isExact, to: position } = batch);
  }
  return found;
}

/** Texts that an array's text, COPY, or a sort by another collation would make something else of. */
const oddKeys = [
  "'NULL'",
  "'null'",
  "''",
  "' '",
  "'{}'",
  "'{a,b}'",
  "'a,b'",
  `'"'`,
  `'""'`,
  "''''",
  "E'\\\\'",
  "E'\\\\N'",
  "E'\\\\.'",
  "E'tab\\there'",
  "E'line\\nbreak'",
  "E'\\r'",
  "'Ünï'",
  "'a '",
  "'a'",
  "'A'",
  "'%s'",
  "'$1'",
];

for (const major of majors) {
  Deno.test(`A statement of 250,000 rows writes few events, and each of its keys arrives (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major, "create table t (id int primary key, v int)");
    const { bench } = source;
    const rows = 250_000;
    const start = await bench.position();
    const few = (count: number) => hasStatementLevel(major) ? count < rows / 50 : count >= rows;
    await bench.app.query(`insert into t select n, 0 from generate_series(1, ${rows}) n`);
    assert.ok(few(await eventCount(source)), `${await eventCount(source)} events`);
    const inserted = await bench.position();
    await bench.app.query(`update t set id = id + 1000, v = 1 where id > ${rows - 1000}`);
    await bench.app.query("delete from t where id % 3 = 0");
    assert.ok(few(await eventCount(source)), `${await eventCount(source)} events`);
    const whole = await batches(source, start, 10_000_000);
    const { rows: [now] } = await bench.admin.query(
      "select array(select id::text from t order by t.id) as ids",
    );
    assert.equal(whole.length, 1);
    // Not deepEqual, whose report of a difference would take minutes.
    assert.ok(
      whole[0]?.present.join() === now.ids.join(),
      `${whole[0]?.present.length} keys, ${now.ids.length} rows`,
    );
    assert.equal(whole[0]?.deleted.length, rows + 1000 - now.ids.length);
    const later = (await batches(source, inserted, 10_000_000))[0];
    const touched = new Set([...later?.present ?? [], ...later?.deleted ?? []]);
    for (let id = 1; id <= rows; id++) {
      const isTouched = id % 3 === 0 || id > rows - 1000;
      if (isTouched !== touched.has(String(id))) assert.fail(`key ${id}: ${isTouched}`);
    }
  });

  Deno.test(`A backlog is cut by its keys, however few events they are in (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major, "create table t (id int primary key, v int)");
    const { bench } = source;
    const start = await bench.position();
    for (let n = 0; n < 6; n++) {
      await bench.app.query(
        `insert into t select ${n} * 500 + i, 0 from generate_series(1, 500) i`,
      );
    }
    const counts = (await batches(source, start, 1000)).map(({ present }) => present.length);
    assert.deepEqual(counts, [1000, 1000, 1000]);
    assert.equal(await countEvents(bench.teleport, start as Position, 1_000_000), 3000);
    assert.equal(await countEvents(bench.teleport, start as Position, 1200), 1200);
  });

  Deno.test(`Statements of few rows miss no key, whichever number of them there is (PostgreSQL ${major})`, async () => {
    await using source = await openSource(
      major,
      "create table t (id int primary key deferrable, v int); insert into t select n, 0 from generate_series(1, 500) n",
    );
    const { bench } = source;
    for (const count of [1, 2, 3, 7, 8, 9, 10, 150, 300]) {
      await bench.expectCaptured(["t"], `update t set v = v + 1 where id <= ${count}`);
      await bench.expectCaptured(["t"], `update t set id = 1000 + id where id <= ${count}`);
      await bench.expectCaptured(["t"], `delete from t where id > 1000`);
      await bench.expectCaptured(
        ["t"],
        `insert into t select n, 0 from generate_series(1, ${count}) n`,
      );
    }
    // The set of keys stays as it is.
    await bench.expectCaptured(["t"], "update t set id = 301 - id, v = 7 where id <= 300");
  });

  Deno.test(`A row that is lost on its way to another partition has its event (PostgreSQL ${major})`, async () => {
    if (major < 13) return;
    await using source = await openSource(
      major,
      `create table t (id int primary key, v int) partition by range (id);
       create table low partition of t for values from (0) to (1000);
       create table high partition of t for values from (1000) to (2000);
       create function refuse() returns trigger language plpgsql as $$
       begin return case when new.v = 0 then null else new end; end $$;
       create trigger refuse before insert on high for each row execute procedure refuse();
       insert into t select n, (n = 1)::int from generate_series(1, 40) n`,
    );
    const { bench } = source;
    await bench.expectCaptured(["t"], "update t set id = id + 1000 where id in (39, 40)");
    await bench.expectCaptured(["t"], "update t set id = id + 1000 where id = 38");
    await bench.expectCaptured(["t"], "update t set id = id + 1000 where id <= 2");
    await bench.expectCaptured(["t"], "update t set id = id + 1000 where id < 1000");
  });

  Deno.test(`Odd texts and long ones stay what they are among many (PostgreSQL ${major})`, async () => {
    await using source = await openSource(major, "create table t (id text primary key, v int)");
    const { bench } = source;
    const odd = oddKeys.map((key) => `(${key})`).join(", ");
    const insert = `insert into t select k, 0 from (values ${odd}) o (k)
      union all select repeat(chr(64 + n), 150000) || n, 0 from generate_series(1, 20) n
      union all select 'k' || n, 0 from generate_series(1, 400) n`;
    await bench.expectCaptured(["t"], insert);
    await bench.expectCaptured(["t"], "update t set v = 1");
    const events = await bench.expectCaptured(["t"], "update t set id = id || '!'");
    assert.equal(new Set(events.map(({ key }) => key?.[0])).size, 2 * (oddKeys.length + 420));
    const { rows: [size] } = await bench.admin.query(
      `select max(length(array_to_string(key, ''))) as most from teleport.event where array_length(key, 1) > 3`,
    );
    assert.ok(size.most === null || size.most <= 300_100, `${size.most} characters in one event`);
    const position = await bench.position();
    await bench.app.query("delete from t");
    const [batch] = await batches(source, position, 10_000_000);
    assert.equal(batch?.deleted.length, oddKeys.length + 420);
  });
}
