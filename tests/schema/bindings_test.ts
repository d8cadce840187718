/** With an apply_schema bare names must not find what is not replicated, while the right object is missing. */
import assert from "node:assert/strict";
import { z } from "zod";
import { nothing, sanitized, SchemaPair } from "./schema_pair.ts";

const setup = `create table t (id integer primary key, v integer);
  create view plain as select id from t;
  create view picked as select pick(id) as id, 'a'::citext as name from t;
  create table with_default (id integer primary key, v integer default pick(1), w citext[]);
  create table with_check (id integer primary key, check (pick(id) > 0));
  create table with_index (id integer primary key); create index on with_index (pick(id));
  create index fine on t (v);`;
/** The source's function is a member of an extension that the target has without it. */
const pick = `create function public.pick(integer) returns integer language sql immutable
    as $$ select $1 $$`;
const asMember = "alter extension citext add function public.pick(integer)";

for (const major of [18, 10]) {
  Deno.test(
    `what would be bound to a namesake outside waits, everything else comes, on PostgreSQL ${major}`,
    sanitized,
    async () => {
      await using pair = await SchemaPair.open({
        ...{ source: major, target: major, applySchema: "test", extensions: ["citext"] },
        setup: "",
      });
      await pair.changeSource(`${pick}; ${asMember}`);
      await pair.change(setup);
      await pair.changeTarget(`create extension if not exists citext; ${pick}`);

      const report = await pair.replicate();

      const reason =
        "a name means function public.pick(integer) here, which is not replicated: waits for what it means on the source";
      assert.deepEqual(report.refused.map(({ object, error }) => `${object}: ${error}`).sort(), [
        `constraint test.with_check.with_check_id_check: ${reason}`,
        `default test.with_default.v: ${reason}`,
        `index test.with_index_pick_idx: ${reason}`,
        `view test.picked: ${reason}`,
      ]);
      assert.deepEqual(await boundToPick(pair), []);
      await pair.target.run("select id, v from test.plain join test.t using (id)");

      await pair.changeTarget(asMember);

      assert.deepEqual((await pair.replicate()).refused, []);
      assert.deepEqual(
        await boundToPick(pair),
        [
          "with_check",
          "with_default",
          "picked",
          "with_index_pick_idx",
        ].sort(),
      );
      assert.deepEqual(await pair.replicate(), nothing);
    },
  );
}

Deno.test("what waits for a refused table is not bound to its namesake", sanitized, async () => {
  await using pair = await SchemaPair.open({
    applySchema: "test",
    extensions: ["citext"],
    setup: `create table zt (id integer primary key, name citext);
      create view v as select id from zt;
      create function f() returns setof zt language sql as 'select * from zt';`,
  });
  await pair.changeTarget(`create extension citext; create table public.zt (id integer);
    create schema test; create type test.zt as enum ()`);
  await pair.changeTarget("grant all on schema test to public");

  const report = await pair.replicate();

  const refused = new Map(report.refused.map(({ object, error }) => [object, error]));
  assert.match(refused.get("table test.zt") ?? "", /type "zt" already exists/);
  assert.equal(refused.get("view test.v"), "waits for table test.zt");
  assert.equal(refused.get("function test.f"), "waits for table test.zt");

  await pair.changeTarget("drop type test.zt");

  assert.deepEqual((await pair.replicate()).refused, []);
  assert.deepEqual(await pair.replicate(), nothing);
});

/** Relations of the target outside of public that depend on the function. */
async function boundToPick(pair: SchemaPair): Promise<string[]> {
  const rows = await pair.target.rows(
    z.object({ name: z.string() }),
    `select distinct coalesce(c.relname, o.relname, k.conrelid::regclass::text, a.adrelid::regclass::text) as name
     from pg_depend d
     left join pg_class c on d.classid = 'pg_class'::regclass and c.oid = d.objid
     left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
     left join pg_class o on o.oid = r.ev_class
     left join pg_constraint k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid
     left join pg_attrdef a on d.classid = 'pg_attrdef'::regclass and a.oid = d.objid
     where d.refclassid = 'pg_proc'::regclass and d.refobjid = 'public.pick(integer)'::regprocedure`,
  );
  return rows.map(({ name }) => name.replace("test.", "")).sort();
}
