/** What a target_expression brings along, and what is left out by name. */
import assert from "node:assert/strict";
import type { SchemaObject, SchemaSnapshot } from "../../src/schema/mod.ts";
import { sanitized, SchemaPair, type SchemaPairOptions } from "./schema_pair.ts";

async function readNames(options: SchemaPairOptions): Promise<string[]> {
  await using pair = await SchemaPair.open(options);
  return named(await pair.read());
}

function named({ objects }: SchemaSnapshot): string[] {
  const kinds = [
    "table",
    "enum",
    "domain",
    "composite",
    "sequence",
    "function",
    "extension",
    "schema",
  ];
  return objects.filter(({ kind }) => kinds.includes(kind))
    .map((object) => `${object.kind} ${"name" in object ? object.name : ""}`).sort();
}

function leftOut({ objects }: SchemaSnapshot): string[] {
  return objects.filter((object): object is Extract<SchemaObject, { kind: "leftOut" }> =>
    object.kind === "leftOut"
  ).map(({ what, name, reason }) => `${what} ${name}: ${reason}`).sort();
}

Deno.test(
  "a table brings the types, sequences and functions that it needs, and nothing else",
  sanitized,
  async () => {
    const names = await readNames({
      expression: ["public.a"],
      setup: `
      create schema types; create type types.e as enum ('x'); create type types.unused as enum ('x');
      create domain d as types.e; create type c as (d d); create sequence s; create sequence t;
      create function deep() returns integer language sql as 'select 1';
      create function f(c) returns integer language plpgsql immutable as 'begin return deep(); end';
      create function unused() returns integer language sql as 'select 1';
      create table a (id integer primary key default nextval('s'), c c check (f(c) > 0));
      create table b (id serial primary key);`,
    });
    assert.deepEqual(names, [
      ...["composite c", "domain d", "enum e", "function deep", "function f"],
      ...["schema public", "schema types", "sequence s", "table a"],
    ]);
  },
);

Deno.test(
  "exclusions keep tables and their sequences out, and foreign keys to them are named",
  sanitized,
  async () => {
    await using pair = await SchemaPair.open({
      expression: ["public.*", "!public.b*"],
      setup: `create table b (id serial primary key);
      create table a (id integer primary key, b integer references b);`,
    });
    const snapshot = await pair.read();
    assert.deepEqual(named(snapshot), ["schema public", "table a"]);
    assert.deepEqual(leftOut(snapshot), [
      "foreign key public.a.a_b_fkey: it needs public.b, which is not replicated",
    ]);
  },
);

Deno.test("a tree of partitions comes as a whole", sanitized, async () => {
  const names = await readNames({
    expression: ["public.r"],
    setup: `create table r (id integer primary key) partition by range (id);
      create schema parts; create table parts.r1 partition of r for values from (1) to (2)
        partition by list (id);
      create table parts.r11 partition of parts.r1 default;`,
  });
  assert.deepEqual(names, ["schema parts", "schema public", "table r", "table r1", "table r11"]);
});

Deno.test("what is not replicated is named, with what needs it", sanitized, async () => {
  await using pair = await SchemaPair.open({
    setup: `create foreign data wrapper fdw;
      create server far foreign data wrapper fdw;
      create foreign table f (x integer) server far;
      create view v as select * from f;
      create function of_view() returns setof v language sql as 'select * from v';
      create table with_view (id integer primary key, v v);
      create function changed() returns trigger language plpgsql as 'begin return new; end';
      create table t (id integer primary key);
      create trigger t_changed after insert on t for each row execute procedure changed();
      create rule t_rule as on delete to t do instead nothing;
      alter table t enable row level security;
      create policy t_policy on t using (true);
      create conversion conv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
      create table keyless (id integer unique);
      create table child (id integer primary key, k integer references keyless (id));`,
    isSuperuser: true,
  });
  assert.deepEqual(
    leftOut(await pair.read()),
    [
      "conversion public.conv: this kind is not replicated",
      "foreign key public.child.child_k_fkey: the rows of public.keyless do not travel: it has no key",
      "foreign server far: this kind is not replicated",
      "foreign table public.f: its rows are another server's",
      "foreign-data wrapper fdw: this kind is not replicated",
      "function public.of_view: it needs view public.v, which is not replicated",
      "policy public.t.t_policy: roles are a server's own",
      "rule public.t.t_rule: rules have acted on the source already",
      "table public.with_view: it needs view public.v, which is not replicated",
      "trigger public.t.t_changed: triggers have acted on the source already",
      "view public.v: it needs foreign table public.f, which is not replicated",
    ].toSorted(),
  );
  assert.deepEqual((await pair.replicate()).refused, []);
});

Deno.test(
  "a text in which the schema's name is an alias too is named, not renamed",
  sanitized,
  async () => {
    await using pair = await SchemaPair.open({
      applySchema: "test",
      setup: `create table id (id integer primary key); create table t (id integer primary key);
      create view v as select public.id from t public, id other;
      create function f() returns integer language sql as 'select public.id from public.t public'`,
    });
    const reason = "the schema's name is an alias or a variable in it: give that another name";
    assert.deepEqual(leftOut(await pair.read()), [
      `function public.f: ${reason}`,
      `view public.v: ${reason}`,
    ]);
  },
);

Deno.test("two reads of the same catalogs are the same snapshot", sanitized, async () => {
  await using pair = await SchemaPair.open({
    setup:
      "create table a (id serial primary key, v text); create table b (id integer references a)",
  });
  assert.deepEqual(await pair.read(), await pair.read());
});
