/** The text of keys is the same whatever the writer's session is set to, for 42 types, and can be read back. */
import assert from "node:assert/strict";
import { type Bench, type Event, majors, openBench, Servers } from "./bench.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const profiles: Readonly<Record<string, string>> = {
  "the defaults": "",
  "German dates and few digits":
    "set datestyle = 'German, DMY'; set extra_float_digits = -3; set intervalstyle = 'sql_standard'",
  "SQL dates in New York":
    "set datestyle = 'SQL, MDY'; set timezone = 'America/New_York'; set extra_float_digits = 0",
  "Kolkata, verbose intervals, escaped bytea":
    "set timezone = 'Asia/Kolkata'; set intervalstyle = 'postgres_verbose'; set bytea_output = 'escape'",
  "Postgres dates, quoted names, old strings":
    `set datestyle = 'Postgres, DMY'; set timezone = 'posix/Etc/GMT-13'; set quote_all_identifiers = on;
     set intervalstyle = 'iso_8601'; set standard_conforming_strings = off; set lock_timeout = '1ms'`,
  "shadowed names, and tables and types in pg_temp": `set search_path = hostile, pg_catalog, public;
     create temp table event_0 (x int); create temp table event_1 (x int); create temp table slot (last_value int);
     create temp table teleport_new (x int); create temp table n (x int); create temp table k (is_current int);
     create type pg_temp.text as (x int); create type pg_temp.oid as (x int);
     create function pg_temp.format(text, anyelement) returns text language sql as $$ select 'wrong'::pg_catalog.text $$`,
};

const hostile = `create schema hostile;
  create function hostile.format(text, anyelement) returns text language sql as $$ select 'wrong'::text $$;
  create function hostile.current_setting(text, boolean) returns text language sql as $$ select 'wrong'::text $$;
  create function hostile.txid_current() returns bigint language sql as $$ select 1::bigint $$;
  create function hostile.pg_typeof(anyelement) returns regtype language sql as $$ select 'point'::regtype $$;
  create function hostile.wrong(int, int) returns boolean language sql as $$ select false $$;
  create function hostile.wrong(bigint, bigint) returns bigint language sql as $$ select 7::bigint $$;
  create function hostile.wrong(text, text) returns boolean language sql as $$ select false $$;
  create operator hostile.= (leftarg = int, rightarg = int, procedure = hostile.wrong);
  create operator hostile.= (leftarg = text, rightarg = text, procedure = hostile.wrong);
  create operator hostile.% (leftarg = bigint, rightarg = bigint, procedure = hostile.wrong);
  create table hostile.pg_attribute (id int primary key);
  grant usage on schema hostile to public;`;

const types = `create domain moment as timestamptz; create domain score as float8[];
  create type pair as (f float8, d date); create type mood as enum ('so so', '"odd"');
  create type span as range (subtype = float8);`;

/** Two values each, apart in every session. */
const keyTypes: readonly { type: string; values: [string, string]; since?: number }[] = [
  { type: "smallint", values: ["-1", "32767"] },
  { type: "integer", values: ["0", "-2147483648"] },
  { type: "bigint", values: ["9223372036854775807", "-1"] },
  { type: "oid", values: ["0", "4294967295"] },
  { type: "numeric", values: ["1.10", "'NaN'"] },
  { type: "numeric(40, 10)", values: ["1e-10", "1e29"] },
  { type: "float8", values: ["0.1::float8 + 0.2", "pi()"] },
  { type: "float4", values: ["1.1", "'-Infinity'"] },
  { type: "money", values: ["'$1,234.56'", "'-$1'"] },
  { type: "boolean", values: ["true", "false"] },
  { type: `"char"`, values: ["'x'", "''"] },
  { type: "char(5)", values: ["'a b'", "''"] },
  { type: "varchar(20)", values: ["'a '", "'a'"] },
  { type: "text", values: ["E'tab\\there, \\\\ and ''quote''\\nline'", "''"] },
  { type: "name", values: ["'Ünï'", "''"] },
  { type: "bytea", values: ["decode('0001ff5c27', 'hex')", "''"] },
  { type: "bit(3)", values: ["b'101'", "b'000'"] },
  { type: "bit varying", values: ["b'1'", "b''"] },
  { type: "uuid", values: ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "md5('x')::uuid"] },
  { type: "inet", values: ["'10.0.0.1/8'", "'::1'"] },
  { type: "cidr", values: ["'10.0.0.0/8'", "'::/0'"] },
  { type: "macaddr", values: ["'08:00:2b:01:02:03'", "'ff:ff:ff:ff:ff:ff'"] },
  { type: "date", values: ["make_date(2024, 3, 4)", "'-infinity'"] },
  { type: "time", values: ["'05:06:07.123456'", "'24:00'"] },
  { type: "timetz", values: ["'05:06:07+02'", "'24:00:00-05'"] },
  {
    type: "timestamp",
    values: ["make_timestamp(2024, 3, 4, 5, 6, 7.123456)", "'infinity'"],
  },
  { type: "timestamptz", values: ["to_timestamp(1709525167.123456)", "'infinity'"] },
  { type: "interval", values: ["make_interval(0, 1, 0, -2, 3, 4, 5.6)", "make_interval(-1)"] },
  { type: "tsvector", values: ["'a:1 b:2'", "''"] },
  { type: "jsonb", values: [`'{"a": 1.0}'`, "'null'"] },
  { type: "int4range", values: ["int4range(1, 5)", "'empty'"] },
  { type: "numrange", values: ["numrange(1.0, null)", "numrange(1.00, 2)"] },
  { type: "daterange", values: ["daterange(make_date(2024, 3, 4), null)", "'empty'"] },
  {
    type: "tstzrange",
    values: ["tstzrange(to_timestamp(1709525167.5), to_timestamp(1809525167))", "'empty'"],
  },
  { type: "span", values: ["span(0.1::float8 + 0.2, pi())", "'empty'"] },
  { type: "float8[]", values: ["array[0.1::float8 + 0.2, null]", "'{}'"] },
  { type: "timestamptz[]", values: ["array[to_timestamp(1709525167)]", "'{}'"] },
  { type: "score", values: ["array[0.1::float8 + 0.2]", "'{}'"] },
  { type: "moment", values: ["to_timestamp(1709525167)", "to_timestamp(1)"] },
  {
    type: "pair",
    values: ["row(0.1::float8 + 0.2, make_date(2024, 3, 4))::pair", "row(null, null)::pair"],
  },
  { type: "pair[]", values: ["array[row(1.5, null)::pair]", "'{}'"] },
  { type: "mood", values: ["'so so'", `'"odd"'`] },
  {
    type: "datemultirange",
    values: ["datemultirange(daterange(make_date(2024, 1, 1), make_date(2024, 2, 1)))", "'{}'"],
    since: 14,
  },
];

/** Events as text, each once, for comparison from profile to profile; all are row events. */
function texts(events: readonly Event[]): string[] {
  assert.deepEqual([...new Set(events.map((event) => event.kind))], ["row"]);
  return [...new Set(events.map((event) => `${event.relation} ${event.key?.[0]}`))].sort();
}

/** Reads keys back as the batcher does: a cast of the text to the key's type finds the row. */
async function assertReadable(bench: Bench, tables: readonly string[]): Promise<void> {
  await bench.admin.query(
    `set search_path = pg_catalog; set datestyle = 'ISO, YMD'; set timezone = 'UTC';
     set intervalstyle = 'postgres'; set extra_float_digits = 3; set bytea_output = 'hex'`,
  );
  for (const table of tables) {
    const { relation, key: [column] } = await bench.unit(table);
    assert.ok(column);
    const { rows } = await bench.admin.query(
      `select count(*)::int as found from public.${table} t join (
         select distinct e.key::${column.type} as id from (
           select unnest(e.key) as key from teleport.event e where e.relation = ${relation}) e) e on e.id ${column.equality} t.id`,
    );
    assert.equal(rows[0].found, 2, `${table}, a ${column.type}`);
  }
  await bench.admin.query("reset all");
}

for (const major of majors) {
  Deno.test(`Key text does not depend on the writer's settings and can be read back (PostgreSQL ${major})`, async (t) => {
    const kinds = keyTypes.filter(({ since }) => major >= (since ?? 0));
    const names = kinds.map((_, n) => `k${n}`);
    const each = (make: (kind: (typeof kinds)[number], table: string) => string) =>
      kinds.map((kind, n) => make(kind, `public.k${n}`)).join(";");
    await using bench = await openBench({
      server: await servers.get(major),
      sql: `${types} ${hostile} ${
        each(({ type }, table) => `create table ${table} (id ${type} primary key, v int)`)
      }`,
    });
    assert.ok(kinds.length >= 42);
    const insert = each(({ values }, table) =>
      `insert into ${table} values (${values[0]}), (${values[1]})`
    );
    let expected: string[] | undefined;
    for (const [name, settings] of Object.entries(profiles)) {
      await t.step(name, async () => {
        const writer = await bench.session();
        await writer.query(settings);
        const inserted = texts(await bench.eventsOf(() => writer.query(insert)));
        assert.equal(inserted.length, 2 * kinds.length);
        expected ??= inserted;
        assert.deepEqual(inserted, expected, "insert");
        if (name === "the defaults") await assertReadable(bench, names);
        const update = each((_, table) => `update ${table} set v = 1`);
        assert.deepEqual(texts(await bench.eventsOf(() => writer.query(update))), expected);
        const gone = each((_, table) => `delete from ${table}`);
        assert.deepEqual(texts(await bench.eventsOf(() => writer.query(gone))), expected);
      });
    }
  });
}
