/** What names are bound to, and what objects are told apart by: temporary namesakes, refused tables, other oids. */
import assert from "node:assert/strict";
import { z } from "zod";
import { retryRefused } from "../../src/schema/mod.ts";
import { openServers } from "../postgres/mod.ts";
import { nothing, sanitized, SchemaPair } from "./schema_pair.ts";

async function valueOf(pair: SchemaPair, sql: string): Promise<string | null> {
  return (await pair.target.row(z.object({ value: z.string().nullable() }), sql)).value;
}

const same = { missing: [], extra: [] };

/** One of each kind that is known by an oid, with gaps among the columns' numbers. */
const everything = `
  create type mood as enum ('a', 'b'); create domain positive as integer check (value > 0);
  create type pair as (x integer, y text); create collation c from "C"; create sequence counter;
  create function twice(integer) returns integer language sql immutable as 'select $1 * 2';
  create aggregate total (integer) (sfunc = int4pl, stype = integer);
  create table a (id serial primary key, gone text, m mood default 'a', p positive, v text collate c,
    n integer default nextval('counter'), constraint a_n check (twice(n) <> 3), unique (v));
  alter table a drop column gone;
  create table b (id integer primary key, a integer references a, pair pair);
  create index on a (twice(p)); create statistics s on m, p from a;
  create view v as select id, total(p) over () as total from a where m = 'a'; create materialized view w as select id from v;
  comment on table a is 'commented'; comment on function twice(integer) is 'too'`;

Deno.test("what names are bound to", sanitized, async (test) => {
  await using servers = await openServers({ source: 18, target: 18 });

  await test.step("temporary namesakes of the sessions that read and write change nothing", async () => {
    await using pair = await SchemaPair.open({
      servers,
      applySchema: "test",
      setup: `create sequence sq; create domain d as integer;
        create table t (id bigint primary key default nextval('sq'), d d, v text);
        create view v as select id from t; create index on t (v)`,
    });
    const before = await pair.read();
    const namesakes = `create temp sequence sq; create temp table t (x integer);
      create temp view v as select 1 as x; create domain pg_temp.d as text`;
    await pair.source.run(namesakes);
    await pair.target.run(namesakes);
    assert.deepEqual(await pair.read(), before);

    assert.deepEqual((await pair.replicate()).refused, []);

    assert.deepEqual(await pair.compare(), same);
    await pair.target.run("insert into test.t (d, v) values (1, 'x')");
    assert.equal(await valueOf(pair, "select last_value::text as value from test.sq"), "1");
    assert.equal(await valueOf(pair, "select id::text as value from test.v"), "1");
    await pair.change("alter sequence sq rename to sq2; alter table t alter d type bigint");
    assert.deepEqual((await pair.replicate()).refused, []);
    assert.deepEqual(await pair.compare(), same);
  });

  await test.step("a view is not bound to a namesake in public while its table is refused", async () => {
    await using pair = await SchemaPair.open({
      servers,
      applySchema: "test",
      setup: "create table other (id integer primary key)",
    });
    await pair.replicate();
    await pair.changeTarget(
      "create table public.zt (id integer); insert into public.zt values (666); grant select on public.zt to public",
    );
    await pair.target.run("create domain test.zt as integer");
    await pair.change(
      `create table zt (id integer primary key); create view v as select id from zt;
       create function f() returns bigint language sql as 'select count(*) from zt'; create materialized view m as select id from v`,
    );
    const { refused } = await pair.replicate();
    const names = refused.map(({ object }) => object);
    assert.ok(names.includes("table test.zt") && names.includes("view test.v"), names.join());

    await pair.target.run("drop domain test.zt");
    const retried = await pair.target.transaction(
      "read committed",
      () => retryRefused(pair.target, { source: "source", target: "target" }),
    );

    assert.deepEqual(retried?.refused, []);
    assert.deepEqual((await pair.replicate()).refused, []);
    assert.deepEqual(await pair.compare(), same);
    await pair.target.run("insert into test.zt values (1); refresh materialized view test.m");
    assert.equal(
      await valueOf(pair, "select v.id || ' ' || m.id as value from test.v, test.m"),
      "1 1",
    );
  });

  await test.step("a function that sets its search_path to public looks into the schema's new name", async () => {
    await using pair = await SchemaPair.open({
      servers,
      applySchema: "test",
      setup:
        `create table t (id integer primary key); create function f() returns bigint language plpgsql
        set search_path to 'public' as 'begin return (select count(*) from t); end'`,
    });
    await pair.changeTarget("create table public.t (id integer)");
    assert.deepEqual((await pair.replicate()).refused, []);
    await pair.target.run("insert into test.t values (1), (2)");
    assert.equal(await valueOf(pair, "select test.f()::text as value"), "2");
  });

  await test.step("texts that are no fixed point are applied once, and adopted", async () => {
    await using pair = await SchemaPair.open({
      servers,
      setup:
        `create table t (id integer primary key, c varchar check (c in ('a', 'b')), d varchar(9));
        create view v as select id from t where c in ('x', 'y'); create index on t (id) where d in ('a', 'b')`,
    });
    assert.deepEqual((await pair.replicate()).refused, []);
    assert.deepEqual(await pair.replicate(), nothing);
    const oids = `select string_agg(oid::text, ',' order by oid) as value from (
      select oid from pg_constraint where conrelid = 'public.t'::regclass and contype in ('c', 'p')
      union all select indexrelid from pg_index where indrelid = 'public.t'::regclass
      union all select 'public.v'::regclass) o`;
    const before = await valueOf(pair, oids);
    await pair.target.run("delete from teleport.applied_schema");
    assert.deepEqual((await pair.replicate()).refused, []);
    assert.equal(await valueOf(pair, oids), before);
    assert.deepEqual(await pair.replicate(), nothing);
  });

  for (const applySchema of [undefined, "test"]) {
    const how = applySchema === undefined ? "under its own name" : "renamed";
    await test.step(`an operator class of an extension in public is found, ${how}`, async () => {
      await using pair = await SchemaPair.open({
        servers,
        ...(applySchema === undefined ? {} : { applySchema }),
        extensions: ["pg_trgm", "citext"],
        setup: `create table t (id integer primary key, v text, c citext, d text);
          create index on t using gin (v gin_trgm_ops); create index on t (c citext_pattern_ops);
          create function near(text) returns real language sql immutable as 'select public.similarity($1, ''x'')';
          create index on t (near(v)); create view w as select id from t where v % 'x' and c = 'X'`,
      });
      assert.deepEqual((await pair.replicate()).refused, []);
      assert.deepEqual(await pair.replicate(), nothing);
      await pair.change(
        "create index on t using gist (v gist_trgm_ops); alter table t drop column d",
      );
      assert.deepEqual((await pair.replicate()).refused, []);
      assert.deepEqual(await pair.replicate(), nothing);
      const classes = `select string_agg(o.opcname, ' ' order by o.opcname) as value from pg_index i
        join pg_opclass o on o.oid = any (i.indclass) where i.indrelid = '${
        applySchema ?? "public"
      }.t'::regclass`;
      assert.equal(
        await valueOf(pair, classes),
        "citext_pattern_ops float4_ops gin_trgm_ops gist_trgm_ops int4_ops",
      );
    });
  }

  await test.step("a domain's default follows what it names when that is renamed", async () => {
    await using pair = await SchemaPair.open({
      servers,
      applySchema: "test",
      setup:
        `create sequence s; create type e as enum ('a', 'b'); create function f() returns text language sql as 'select ''f''::text';
        create domain d as bigint default nextval('s'); create domain de as e default 'b'; create domain df as text default f()`,
    });
    await pair.replicate();
    await pair.change(
      `alter sequence s rename to s2; alter type e rename to e2; alter function f() rename to f2;
       alter domain d rename to d2; create table t (id integer primary key, d d2, de de, df df)`,
    );
    assert.deepEqual((await pair.replicate()).refused, []);
    assert.deepEqual(await pair.compare(), same);
    await pair.target.run("insert into test.t values (1)");
    assert.equal(await valueOf(pair, "select d || de::text || df as value from test.t"), "1bf");
  });

  await test.step("a restored source, whose oids and column numbers are others, finds all it has there", async () => {
    await using pair = await SchemaPair.open({ servers, isSuperuser: true, setup: everything });
    await pair.replicate();
    await pair.buildForeignKeys();
    await pair.target.run("insert into public.a (m, p, v) values ('b', 7, 'kept')");
    const oid = await valueOf(pair, "select 'public.a'::regclass::oid::text as value");
    // What pg_dump makes of it: the same without the gaps.
    await pair.changeSource("drop schema public cascade; create schema public");
    await pair.changeSource(
      `${everything.replace("gone text, ", "").replace("alter table a drop column gone;", "")};
       grant usage on schema public to public; grant select on all tables in schema public to public;
       grant select on all sequences in schema public to public`,
    );
    pair.turnTo("the restored source", { expression: ["public.*"] });

    assert.deepEqual((await pair.replicate()).refused, []);

    assert.deepEqual((await pair.buildForeignKeys()).refused, []);
    assert.deepEqual(await pair.compare(), same);
    assert.deepEqual(await pair.replicate(), nothing);
    assert.equal(await valueOf(pair, "select 'public.a'::regclass::oid::text as value"), oid);
    assert.equal(await valueOf(pair, "select v as value from public.a"), "kept");
    await pair.change("alter table a rename column v to w; drop view v cascade");
    assert.deepEqual((await pair.replicate()).refused, []);
    assert.deepEqual(await pair.compare(), same);
  });

  await test.step("keys, functions and collations of other oids, as after pg_upgrade, stay what they are", async () => {
    await using pair = await SchemaPair.open({ servers, isSuperuser: true, setup: everything });
    await pair.replicate();
    await pair.buildForeignKeys();
    const oids = `select string_agg(oid::text, ',' order by oid) as value from (
      select oid from pg_constraint where connamespace = 'public'::regnamespace
      union all select indexrelid from pg_index where indrelid = 'public.a'::regclass) o`;
    const before = await valueOf(pair, oids);
    await pair.changeSource(
      `begin; alter table b drop constraint b_a_fkey; alter table a drop constraint a_n, drop constraint a_pkey, drop constraint a_v_key;
       alter table a add primary key (id); alter table a add unique (v); alter table a add constraint a_n check (twice(n) <> 3);
       alter table b add foreign key (a) references a; commit`,
    );

    assert.deepEqual(await pair.replicate(), nothing);

    assert.deepEqual((await pair.buildForeignKeys()).refused, []);
    assert.equal(await valueOf(pair, oids), before);
    assert.deepEqual(await pair.compare(), same);
  });

  await test.step("a new label is usable as a default, in a check and in a predicate at once", async () => {
    await using pair = await SchemaPair.open({
      servers,
      setup: "create type e as enum ('a'); create table t (id integer primary key, e e)",
    });
    await pair.replicate();
    await pair.change(
      "alter type e add value 'b'",
      `alter table t alter e set default 'b', add check (e <> 'b' or id > 0); create index on t (id) where e = 'b';
       create view v as select id from t where e = 'b'; create domain d as e default 'b' check (value >= 'b');
       alter table t add column g boolean generated always as (e = 'b') stored;
       create type f as enum ('x', 'y'); alter table t add column f f default 'y' check (f <> 'x')`,
    );
    assert.deepEqual((await pair.replicate()).refused, []);
    assert.deepEqual(await pair.compare(), same);
    await pair.target.run("insert into public.t (id) values (1)");
    assert.equal(await valueOf(pair, "select e::text || f || g as value from public.t"), "bytrue");
  });
});
