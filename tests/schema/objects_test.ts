/** Objects of their own under refusals, losses and loads: what {before, after} pairs do not show. */
import assert from "node:assert/strict";
import { z } from "zod";
import { forgetContents, refreshViews, retryRefused } from "../../src/schema/mod.ts";
import { openServers } from "../postgres/mod.ts";
import { nothing, sanitized, SchemaPair } from "./schema_pair.ts";
const place = { source: "source", target: "target" };
const table = "create table a (id integer primary key, v text)";

async function valueOf(pair: SchemaPair, sql: string): Promise<string | null> {
  return (await pair.target.row(z.object({ value: z.string().nullable() }), sql)).value;
}

function refresh(pair: SchemaPair) {
  return pair.target.transaction("read committed", () => refreshViews(pair.target, place));
}

Deno.test("objects of their own", sanitized, async (test) => {
  await using servers = await openServers({ source: 18, target: 18 });

  await test.step("a rebuild that the target refuses leaves everything as it was", async () => {
    await using pair = await SchemaPair.open({
      servers,
      setup: `${table}; create view one as select id from a; create view two as select id from one;
        create function f(x integer) returns integer language sql as 'select 1'`,
    });
    await pair.replicate();
    await pair.target.run("create view public.local as select id from public.two");
    await pair.change(
      "drop view two; drop view one; create view one as select v as id from a; create view two as select id from one",
      "create or replace function f(x integer) returns integer language sql as 'select 2'",
    );

    const report = await pair.replicate();

    assert.deepEqual(report.refused.map(({ object }) => object).sort(), [
      ...["view public.one", "view public.one", "view public.two", "view public.two"],
    ]);
    assert.equal(await valueOf(pair, "select public.f(1)::text as value"), "2");
    await pair.target.run("select id + 1 from public.local");

    await pair.target.run("drop view public.local");
    const retried = await pair.target.transaction(
      "read committed",
      () => retryRefused(pair.target, place),
    );
    assert.deepEqual(retried?.refused, []);
    assert.deepEqual(await pair.compare(), { missing: [], extra: [] });
    assert.deepEqual(await pair.replicate(), nothing);
  });

  await test.step("a materialized view whose rebuild is refused is not taken for rebuilt by a refresh", async () => {
    await using pair = await SchemaPair.open({
      servers,
      setup: `${table}; create materialized view m as select id from a`,
    });
    await pair.replicate();
    await pair.target.run("create view public.local as select id from public.m");
    await pair.change(
      "drop materialized view m",
      "create materialized view m as select v as id from a",
    );

    const report = await pair.replicate();
    assert.ok(report.refused.length > 0);
    assert.deepEqual((await refresh(pair)).refreshed, 0);

    await pair.target.run("drop view public.local");
    assert.deepEqual((await pair.replicate()).refused, []);
    assert.deepEqual(await pair.compare(), { missing: [], extra: [] });
    assert.deepEqual(await pair.replicate(), nothing);
  });

  await test.step("what was renamed before its change was refused has its new name", async () => {
    await using pair = await SchemaPair.open({
      servers,
      setup: `${table}; create view one as select id, v from a`,
    });
    await pair.replicate();
    await pair.target.run("create domain public.b as integer");
    await pair.change(
      `create table b (id integer primary key, x text); alter view one rename to uno;
       create or replace view uno as select id, v from a where v in (select x from b)`,
    );
    const report = await pair.replicate();
    assert.deepEqual(report.refused.map(({ object }) => object).sort(), [
      ...["constraint public.b.b_pkey", "table public.b", "view public.uno"],
    ]);
    await pair.change("alter view uno rename to eins");
    await pair.target.run("drop domain public.b");

    assert.deepEqual((await pair.replicate()).refused, []);
    assert.deepEqual(await pair.compare(), { missing: [], extra: [] });
  });

  await test.step("an extension that the target may not make holds up what needs it alone", async () => {
    await using pair = await SchemaPair.open({
      servers,
      applySchema: "test",
      setup: table,
    });
    await pair.changeSource("create extension cube; create extension earthdistance");
    await pair.change(
      `create table places (id integer primary key, place earth); create view near as select place from places;
       create table other (id integer primary key)`,
    );

    const report = await pair.replicate();

    assert.deepEqual(report.refused.map(({ object }) => object), [
      ...["extension public.earthdistance", "table test.places"],
      ...["constraint test.places.places_pkey", "view test.near"],
    ]);
    await pair.target.run("select from test.other, test.a");
    await pair.changeTarget("create extension earthdistance schema public");
    const retried = await pair.target.transaction(
      "read committed",
      () => retryRefused(pair.target, place),
    );
    assert.deepEqual(retried?.refused, []);
    await pair.target.run("select from test.near");
  });

  await test.step("objects over an extension's types are not made again and again", async () => {
    await using pair = await SchemaPair.open({
      servers,
      applySchema: "test",
      isSuperuser: true,
      setup: table,
    });
    await pair.changeSource("create schema ext; create extension hstore schema ext");
    await pair.change(
      `create function f(ext.hstore) returns ext.hstore language sql immutable as 'select $1';
       create function g(ext.hstore, ext.hstore) returns boolean language sql immutable as 'select true';
       create aggregate joined (ext.hstore) (sfunc = ext.hs_concat, stype = ext.hstore);
       create operator === (procedure = g, leftarg = ext.hstore, rightarg = ext.hstore);
       create type c as (x ext.hstore); create function h(ext.hstore) returns c language sql as 'select row($1)::c';
       create cast (ext.hstore as c) with function h(ext.hstore); create view one as select joined(f(null)) as j, null::ext.hstore === null as k`,
    );
    assert.deepEqual((await pair.replicate()).refused, []);
    assert.deepEqual(await pair.replicate(), nothing);
    await pair.change("create table b (id integer primary key)");
    const { created, changed, refused } = await pair.replicate();
    assert.deepEqual({ created, changed, refused }, { created: 2, changed: 0, refused: [] });
    await pair.target.run("delete from teleport.applied_schema; drop view test.one");
    assert.deepEqual((await pair.replicate()).refused, []);
  });

  await test.step("views, functions and collations that the target lost are made again", async () => {
    await using pair = await SchemaPair.open({
      servers,
      setup: `${table}; create view one as select id from a; create collation c from "C";
        create function f() returns integer language sql as 'select 1'; create aggregate n (*) (sfunc = int8inc, stype = bigint, initcond = '0')`,
    });
    await pair.replicate();
    await pair.target.run(
      "drop view public.one; drop function public.f(); drop collation public.c; drop aggregate public.n (*)",
    );
    await pair.change("create view two as select id from one");

    const report = await pair.replicate();

    assert.deepEqual({ created: report.created, refused: report.refused }, {
      created: 5,
      refused: [],
    });
    assert.deepEqual(await pair.compare(), { missing: [], extra: [] });
  });

  await test.step("what the target has of the name is adopted or replaced", async () => {
    await using pair = await SchemaPair.open({
      servers,
      setup: `${table}; create view one as select id from a; create view two as select id, v from a;
        create materialized view m as select id from a; create index m_id on m (id);
        create collation c (provider = icu, locale = 'de'); create collation d (provider = icu, locale = 'de')`,
    });
    await pair.target.run(
      `create table public.a (id integer primary key, v text); create view public.one as select id from public.a;
       create view public.two as select v, id from public.a; create materialized view public.m as select 1 as x;
       create collation public.c (provider = icu, locale = 'de'); create collation public.d (provider = icu, locale = 'en')`,
    );

    assert.deepEqual((await pair.replicate()).refused, []);
    assert.deepEqual(await pair.compare(), { missing: [], extra: [] });
    assert.deepEqual(await pair.replicate(), nothing);
  });

  await test.step("a materialized view holds what the last refresh saw", async () => {
    await using pair = await SchemaPair.open({
      servers,
      setup: `${table}; create materialized view m as select count(*) as n from a;
        create materialized view twice as select n * 2 as n from m`,
    });
    await pair.replicate();
    const select = "select n::text as value from public.twice";
    assert.equal(await valueOf(pair, select), "0");
    await pair.target.run("insert into public.a values (1), (2)");
    assert.deepEqual(await pair.replicate(), nothing);
    assert.equal(await valueOf(pair, select), "0");

    await pair.change("refresh materialized view m");
    await pair.change("refresh materialized view twice");
    assert.equal((await pair.replicate()).changed, 2);
    assert.equal(await valueOf(pair, select), "4");

    await pair.change("create unique index on m (n)");
    await pair.replicate();
    await pair.target.run("insert into public.a values (3)");
    await pair.change("refresh materialized view concurrently m");
    assert.equal((await pair.replicate()).changed, 1);
    assert.equal(await valueOf(pair, "select n::text as value from public.m"), "3");
  });

  await test.step("a database with targets of its own does not follow refreshes", async () => {
    await using pair = await SchemaPair.open({
      servers,
      setup: `${table}; create materialized view m as select count(*) as n from a`,
    });
    await pair.replicate();
    await pair.target.run("insert into public.a values (1)");
    await pair.change("refresh materialized view m");
    pair.followsSource = false;

    assert.deepEqual(await pair.replicate(), nothing);

    const select = "select n::text as value from public.m";
    assert.equal(await valueOf(pair, select), "0");
    pair.followsSource = true;
    assert.deepEqual(await pair.replicate(), nothing);
    await pair.target.run("delete from teleport.applied_schema");
    await pair.replicate();
    assert.equal(await valueOf(pair, select), "1");
  });

  await test.step("a materialized view waits for the load of what it reads", async () => {
    await using pair = await SchemaPair.open({
      servers,
      setup:
        `${table}; create view one as select * from a; create materialized view m as select count(*) as n from one`,
    });
    await pair.replicate();
    const name = { schema: "public", name: "a" };
    const select = "select n::text as value from public.m";
    await pair.target.run(
      `insert into teleport.applied_load (source, target, schema_name, table_name, relation, load, origin, mode)
       values ('source', 'target', 'public', 'a', 'public.a'::regclass, 1, '', 'bare')`,
    );
    await forgetContents(pair.target, place, name);
    assert.equal((await refresh(pair)).waiting, 1);
    await pair.target.run("insert into public.a values (1), (2)");
    assert.equal(await valueOf(pair, select), "0");

    await pair.target.run("update teleport.applied_load set is_built = true");
    assert.deepEqual(await refresh(pair), {
      refreshed: 1,
      waiting: 0,
      refused: [],
    });
    assert.equal(await valueOf(pair, select), "2");
    assert.deepEqual(await pair.replicate(), nothing);
  });

  await test.step("a refresh that fails is recorded, and the batch goes on", async () => {
    await using pair = await SchemaPair.open({
      servers,
      setup: `${table}; create function f() returns integer language plpgsql as
        'begin return (select 1 / (select count(*)::integer - 1 from public.a)); end';
        create materialized view m as select f() as x; create materialized view n as select 1 as x`,
    });
    await pair.target.run("create table public.a (id integer primary key, v text)");
    await pair.target.run("insert into public.a values (1)");

    const report = await pair.replicate();

    assert.deepEqual(report.refused.map(({ object, statement }) => `${statement} ${object}`), [
      "refresh materialized view public.m",
    ]);
    await pair.target.run("select x from public.n");
    await pair.target.run("delete from public.a");
    assert.deepEqual((await refresh(pair)).refused, []);
    assert.deepEqual(await pair.compare(), { missing: [], extra: [] });
  });
});
