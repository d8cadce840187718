/** What another version of teleport stored of a source's schema is not interpreted: what is there is adopted again. */
import assert from "node:assert/strict";
import { loadAppliedSnapshot, retryRefused } from "../../src/schema/mod.ts";
import { requestLoad } from "../../src/state/mod.ts";
import { readStoredPosition } from "../../src/apply/stored_position.ts";
import { openPair, targetName, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";
import { nothing, sanitized, SchemaPair } from "./schema_pair.ts";

const setup = `create type mood as enum ('good', 'bad');
  create table a (id serial primary key, v text not null default 'x', m mood);
  create index on a (v);
  create table b (id integer primary key, a_id integer references a);
  create table c (id integer primary key);
  create table gone (id integer primary key);
  create view s as select v from a;
  create function f(x integer) returns integer language sql immutable as 'select x'`;

const others: [what: string, update: string][] = [
  ["of a later format", "set definition = regexp_replace(definition, '^1 ', '1000 ')"],
  ["without a format", "set definition = regexp_replace(definition, '^1 ', '')"],
  [
    "of which one object has another shape",
    `set definition = replace(definition, '"isUnlogged"', '"unlogged"') where object like 'table:%'`,
  ],
  [
    "with a kind that is not known",
    `set definition = replace(definition, '"kind":"view"', '"kind":"novel"') where object like 'view:%'`,
  ],
];

for (const [what, update] of others) {
  Deno.test(
    `a stored schema ${what} is adopted again, and nothing is dropped`,
    sanitized,
    async () => {
      await using pair = await SchemaPair.open({ setup, applySchema: "test" });
      assert.deepEqual((await pair.replicate()).refused, []);
      assert.deepEqual((await pair.buildForeignKeys()).refused, []);
      assert.ok(await pair.target.run(`update teleport.applied_schema ${update}`) > 0);
      const place = { source: "source", target: "target" };
      assert.equal(await loadAppliedSnapshot(pair.target, "source", "target"), undefined);
      assert.equal(await retryRefused(pair.target, place), undefined);
      await pair.change(`drop table gone; alter table b add v text; alter table c rename to d;
      alter index c_pkey rename to d_pkey`);

      const report = await pair.replicate();

      assert.deepEqual(report.refused, []);
      assert.deepEqual(report.unsupported.map(({ object }) => object), ["schema"]);
      // What came without its rows and values is loaded again.
      assert.deepEqual(report.lostTables, [
        { schema: "test", name: "b" },
        { schema: "test", name: "d" },
      ]);
      assert.equal(report.movesTables, true);
      const { missing, extra } = await pair.compare();
      assert.deepEqual(missing, []);
      const names = extra.map((line) => JSON.parse(line)).filter(({ kind }) => kind === "table")
        .map(({ name }) => name);
      assert.deepEqual(names, ["c", "gone"]);
      assert.deepEqual(await pair.replicate(), nothing);
    },
  );
}

Deno.test("a target whose state another version stored gets the schema and loads again", async () => {
  await using pair = await openPair({
    setup: `create table a (id integer primary key, v text unique);
      insert into a select n, n from generate_series(1, 100) n`,
  });
  await pair.start();
  await pair.caughtUp();
  await pair.targetInstance?.stop();
  const onTarget = (sql: string) => runSql(pair.target.server.url(pair.target.name), sql);
  await onTarget(
    "update teleport.applied_schema set definition = regexp_replace(definition, '^1 ', '1000 ')",
  );
  {
    await using connection = await pair.open("target");
    const [{ source } = { source: "" }] = await onTarget("select source from teleport.applied");
    const place = { source: String(source), target: targetName, epoch: "" };
    assert.equal((await readStoredPosition(connection, place)).schemaHash, null);
  }

  await pair.startTarget();

  const [row] = await pair.write("select 'a'::regclass::oid::int as oid");
  await using source = await pair.open("source");
  await requestLoad(source, targetName, [Number(row?.oid)], { existing: "replace" });
  await waitFor(async () => {
    const { source, target } = await pair.digests([{ schema: "public", name: "a" }]);
    const others = await onTarget(
      "select 1 from teleport.applied_schema where definition !~ '^1 {' limit 1",
    );
    return source.a === target.a && others.length === 0;
  }, { what: "the load", explain: () => pair.lines.slice(-30) });
});
