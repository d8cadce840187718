/** What an older target cannot take is named, and the rest is there. */
import assert from "node:assert/strict";
import { openServers } from "../postgres/mod.ts";
import { nothing, sanitized, SchemaPair } from "./schema_pair.ts";

const setup = `
  create table a (
    id integer primary key, v text compression pglz, w integer, x integer, y integer,
    double integer generated always as (w * 2) stored,
    shout integer generated always as (w * 3) virtual not null,
    constraint one check (w > 0) not enforced
  ) with (vacuum_truncate = false, fillfactor = 60);
  alter table a add constraint two not null w not valid;
  alter table a add constraint three not null x;
  comment on constraint one on a is 'of none';
  comment on constraint three on a is 'of none either';
  comment on constraint a_pkey on a is 'of one';
  create index i on a (v) with (deduplicate_items = off, fillfactor = 50);
  create index j on a ((w + 1));
  alter index j alter column 1 set statistics 9;
  create statistics s on v, w from a;
  create statistics t (mcv) on w, x from a;
  create statistics u on (w + 1) from a;
  alter statistics s set statistics 9;
  create table b (id integer primary key, a integer constraint four references a not enforced);
`;

const leftOut: Record<number, string[]> = {
  10: [
    "column test.a.double: columns are generated from PostgreSQL 12 on: it stays empty",
    "column test.a.shout: columns are generated from PostgreSQL 12 on: it stays empty",
    "column test.a.v: columns have a compression from PostgreSQL 14 on",
    "comment test.a.one: constraints can be NOT ENFORCED from PostgreSQL 18 on",
    "comment test.a.three: NOT NULL is a constraint with a name from PostgreSQL 18 on",
    "constraint test.a.one: constraints can be NOT ENFORCED from PostgreSQL 18 on",
    "constraint test.a.two: NOT NULL can be NOT VALID from PostgreSQL 18 on",
    "foreignKey test.b.four: constraints can be NOT ENFORCED from PostgreSQL 18 on",
    "index test.i: the target has no storage parameter deduplicate_items",
    "index test.j: the target has no statistics targets of an index's columns",
    "statistics test.s: statistics have most common values from PostgreSQL 12 on",
    "statistics test.s: statistics objects have a target from PostgreSQL 13 on",
    "statistics test.t: statistics have most common values from PostgreSQL 12 on",
    "statistics test.u: expressions have statistics from PostgreSQL 14 on",
    "table test.a: the target has no storage parameter vacuum_truncate",
  ],
  14: [
    "comment test.a.one: constraints can be NOT ENFORCED from PostgreSQL 18 on",
    "comment test.a.three: NOT NULL is a constraint with a name from PostgreSQL 18 on",
    "constraint test.a.one: constraints can be NOT ENFORCED from PostgreSQL 18 on",
    "constraint test.a.two: NOT NULL can be NOT VALID from PostgreSQL 18 on",
    "foreignKey test.b.four: constraints can be NOT ENFORCED from PostgreSQL 18 on",
  ],
};

for (const major of [14, 10]) {
  Deno.test(`what PostgreSQL ${major} cannot take of 18 is named`, sanitized, async () => {
    await using servers = await openServers({ source: 18, target: major });
    await using pair = await SchemaPair.open({ servers, setup, applySchema: "test" });

    const { refused, unsupported } = await pair.replicate();

    assert.deepEqual(refused, []);
    const named = unsupported.map(({ object, reason }) => `${object}: ${reason}`);
    assert.deepEqual(named.sort(), leftOut[major]);
    assert.deepEqual((await pair.buildForeignKeys()).refused, []);
    const there = (await pair.targetNames()).join(" ");
    assert.equal(there, "a a_pkey b b_pkey i j" + (major === 10 ? " s" : " s t u"));
    assert.deepEqual(await pair.replicate(), nothing);

    await pair.change(
      "alter table a alter v set compression default",
      "alter table a set (fillfactor = 70)",
      "alter table a drop constraint one",
      "alter table a validate constraint two",
      "alter index i reset (deduplicate_items)",
      "alter table b alter constraint four enforced",
    );
    const second = await pair.replicate();
    assert.deepEqual({ ...second, changed: 0, created: 0 }, nothing);
    const built = { created: 1, waiting: [], refused: [], unvalidated: [] };
    assert.deepEqual(await pair.buildForeignKeys(), built);
    assert.deepEqual(await pair.replicate(), nothing);
  });
}
