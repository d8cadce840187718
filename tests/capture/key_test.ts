/** Keys: which one is chosen, and that its text comes out the same whatever the writer's session is set to. */
import assert from "node:assert/strict";
import { majors, openBench, Servers } from "./bench.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const hostileSettings = [
  "set datestyle = 'German, DMY'",
  "set extra_float_digits = -3",
  "set bytea_output = 'escape'",
  "set timezone = 'Asia/Kolkata'",
  "set intervalstyle = 'sql_standard'",
  "set standard_conforming_strings = off",
  "set quote_all_identifiers = on",
  "set search_path = hostile, pg_catalog, public",
  "set lock_timeout = '1ms'",
];

const keyTypes: readonly { type: string; value: string; other: string; since?: number }[] = [
  { type: "float8", value: "0.1::float8 + 0.2", other: "pi()" },
  { type: "float4", value: "1.1", other: "'NaN'" },
  { type: "numeric", value: "1.10", other: "'NaN'" },
  { type: "timestamp", value: "'2024-03-04 05:06:07.123456'", other: "'infinity'" },
  { type: "timestamptz", value: "'2024-03-04 05:06:07.123456+02'", other: "'0044-03-15 12:00 BC'" },
  { type: "date", value: "'2024-03-04'", other: "'-infinity'" },
  { type: "timetz", value: "'05:06:07+02'", other: "'24:00:00-05'" },
  { type: "interval", value: "'1 mon -2 days 03:04:05.6'", other: "'-1 year'" },
  { type: "bytea", value: "decode('0001ff5c', 'hex')", other: "''" },
  { type: "boolean", value: "true", other: "false" },
  { type: "char(5)", value: "'a b'", other: "''" },
  { type: `"char"`, value: "'x'", other: "''" },
  { type: "uuid", value: "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", other: "md5('x')::uuid" },
  { type: "inet", value: "'10.0.0.1/8'", other: "'::1'" },
  { type: "money", value: "'$1,234.56'", other: "'-$1'" },
  { type: "tstzrange", value: "'[2024-01-01,2024-02-01)'", other: "'empty'" },
  { type: "float8[]", value: "array[0.1::float8 + 0.2, null]", other: "'{}'" },
  { type: "moment", value: "'2024-03-04 05:06:07'", other: "'2025-03-04 05:06:07'" },
  {
    type: "pair",
    value: "row(0.1::float8 + 0.2, '2024-03-04')::pair",
    other: "row(null, null)::pair",
  },
  { type: "pair[]", value: "array[row(1.5, null)::pair]", other: "'{}'" },
  { type: "mood", value: "'so so'", other: `'"odd"'` },
  { type: "jsonb", value: `'{"a": 1.0}'`, other: "'null'" },
  { type: "text", value: "E'tab\\there, \\\\ and ''quote''\\nline'", other: "''" },
  { type: "datemultirange", value: "'{[2024-01-01,2024-02-01)}'", other: "'{}'", since: 14 },
];

for (const major of majors) {
  Deno.test(`Key text does not depend on the writer's settings (PostgreSQL ${major})`, async (t) => {
    const types = keyTypes.filter(({ since }) => major >= (since ?? 0));
    const tables = types.map(({ type }, n) =>
      `create table k${n} (id ${type} primary key, v text)`
    );
    await using bench = await openBench({
      server: await servers.get(major),
      sql: `create domain moment as timestamptz; create type pair as (f float8, d date);
        create type mood as enum ('so so', '"odd"');
        create schema hostile;
        create function hostile.format(text, anyelement) returns text language sql as $$ select 'wrong' $$;
        create function hostile.txid_current() returns bigint language sql as $$ select 1::bigint $$;
        create table hostile.pg_attribute (id int primary key); ${tables.join("; ")}`,
    });
    await bench.app.query(hostileSettings.join(";"));
    await bench.app.query(
      "create temp table event_0 (x int); create temp table teleport_new (x int)",
    );
    for (const [n, { type, value, other }] of types.entries()) {
      await t.step(type, async () => {
        await bench.expectCaptured(
          [`k${n}`],
          `insert into public.k${n} values (${value}), (${other})`,
        );
        await bench.expectCaptured([`k${n}`], `update public.k${n} set v = 'y'`);
        // Read back as the batcher does: by a cast of the text to the key's type.
        const { key: [column] } = await bench.unit(`k${n}`);
        assert.ok(column);
        const { rows } = await bench.admin.query(
          `set search_path = pg_catalog; set datestyle = 'ISO, YMD';
          set timezone = 'UTC'; set intervalstyle = 'postgres'`,
        ).then(() =>
          bench.admin.query(
            `select count(*)::int as found from public.k${n} t join (
               select distinct e.key[1]::${column.type} as id from teleport.event e
               where e.relation = 'public.k${n}'::regclass) e on e.id ${column.equality} t.id`,
          )
        );
        assert.equal(rows[0].found, 2);
        await bench.admin.query("reset search_path");
        await bench.expectCaptured([`k${n}`], `delete from public.k${n}`);
      });
    }
  });

  Deno.test(`The key is the primary key, else the narrowest safe unique index (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql: `
        create table pk (a int unique not null, b int, primary key (b));
        create table deferred_pk (a int primary key deferrable initially deferred);
        create table narrow (a int not null, b int not null, c int not null, unique (a, b), unique (c));
        create table by_name (a int not null, b int not null);
        create unique index z_first on by_name (b); create unique index a_second on by_name (a);
        create table nullable (a int unique);
        create table part (a int not null); create unique index on part (a) where a > 0;
        create table expressed (a text not null); create unique index on expressed (lower(a));
        create table deferrable_only (a int not null unique deferrable);
        create table hashed (a int not null, exclude using hash (a with =));
        create view seen as select 1 as a; create temp table passing (a int primary key);
        create unlogged table unlogged (a int primary key);
        create table collated (a text collate "C" primary key);
        create table plain (a varchar(10) primary key);`,
    });
    const report = await bench.install();
    const keys = Object.fromEntries(
      report.relations.map((unit) => [unit.name, unit.key.map((column) => column.name).join()]),
    );
    assert.deepEqual(keys, {
      pk: "b",
      deferred_pk: "a",
      narrow: "c",
      by_name: "a",
      nullable: "",
      part: "",
      expressed: "",
      deferrable_only: "",
      hashed: "",
      unlogged: "a",
      collated: "a",
      plain: "a",
    });
    assert.deepEqual(
      report.refused.map((each) => each.name),
      ["deferrable_only", "expressed", "hashed", "nullable", "part"],
    );
    assert.deepEqual((await bench.unit("collated")).key, [
      {
        name: "a",
        type: "text",
        equality: "operator(pg_catalog.=)",
        collation: { schema: "pg_catalog", name: "C" },
      },
    ]);
    assert.deepEqual((await bench.unit("plain")).key, [
      { name: "a", type: "character varying(10)", equality: "operator(pg_catalog.=)" },
    ]);
    await bench.expectCaptured(["deferred_pk"], "insert into deferred_pk values (1), (2)");
    await bench.expectCaptured(["unlogged"], "insert into unlogged values (1), (2)");
  });

  Deno.test(`A type with a cast to text of its own keeps its own output (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql: `create type wrapped as (n int);
        create function odd(wrapped) returns text language sql immutable as $$ select 'my:' || $1.n $$;
        create cast (wrapped as text) with function odd(wrapped) as implicit;
        create table t (id wrapped primary key)`,
    });
    const events = await bench.eventsOf("insert into t values (row(7)::wrapped)");
    assert.deepEqual(events.map((event) => event.key), [["(7)"]]);
  });

  Deno.test(`Odd names are captured like others (PostgreSQL ${major})`, async () => {
    const long = "x".repeat(63);
    await using bench = await openBench({
      server: await servers.get(major),
      sql: `create schema "S p";
        create table "S p"."a b" ("x""y" int, "Ünï" text, "per%cent" int, "back\\slash" int, "qu'ote" text,
          primary key ("x""y", "Ünï", "per%cent", "back\\slash", "qu'ote"));
        create table "${long}" ("${long}" int primary key, "found" int);
        create table "select" ("new" int, "old" int, "tg_op" text, "key" int, "teleport_slot" int,
          primary key ("new", "old", "tg_op", "key", "teleport_slot"));
        create table "%s" ("%I" int primary key);
        create table "found" ("found" int primary key, "id" int)`,
    });
    await bench.expectCaptured(["a b"], `insert into "S p"."a b" values (1, 'é', 3, 4, 'x''y')`);
    await bench.expectCaptured(["a b"], `update "S p"."a b" set "per%cent" = 9`);
    for (
      const [table, values] of [[long, "1"], ["select", "1, 2, 'x', 4, 5"], ["%s", "1"], [
        "found",
        "1",
      ]]
    ) {
      assert.ok(table);
      await bench.expectCaptured([table], `insert into "${table}" values (${values})`);
      await bench.expectCaptured([table], `delete from "${table}"`);
    }
    await bench.app.query("set standard_conforming_strings = off");
    const other = await bench.session();
    await other.query("set standard_conforming_strings = off");
    await bench.expectCaptured(["a b"], () => other.query(`delete from "S p"."a b"`));
  });

  Deno.test(`The origin of a transaction is written down (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql: "create table t (id int primary key)",
    });
    const events = await bench.eventsOf(`insert into t values (1);
      begin; set local teleport.origin = 'peer'; insert into t values (2); truncate t; commit;
      insert into t values (3)`);
    assert.deepEqual(
      events.map((event) => `${event.kind} ${event.key?.[0] ?? ""} ${event.origin ?? ""}`),
      ["row 1 ", "row 2 peer", "truncate  peer", "row 3 "],
    );
  });
}

Deno.test("Keys that only the column's own collation calls equal are two keys", async () => {
  await using bench = await openBench({
    server: await servers.get(18),
    sql:
      `create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      create table t (id text collate nocase not null, v text);
      create unique index on t (id collate "C");
      insert into t values ('a', 'x'), ('A', 'x'), ('b', 'x')`,
  });
  const [column] = (await bench.unit("t")).key;
  assert.deepEqual(column?.collation, { schema: "pg_catalog", name: "C" });
  await bench.expectCaptured(["t"], "update t set v = 'y'");
  await bench.expectCaptured(
    ["t"],
    "update t set id = upper(id) || '!' where id collate \"C\" in ('a', 'b')",
  );
});
