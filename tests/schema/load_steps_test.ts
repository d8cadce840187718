/** A table bare for its load and built again, foreign keys when both ends are there. */
import assert from "node:assert/strict";
import { z } from "zod";
import {
  buildForeignKeys,
  buildIndexes,
  buildPrimaryKey,
  makeBare,
  retryRefused,
} from "../../src/schema/mod.ts";
import { kitchenSink } from "./kitchen_sink.ts";
import { sanitized, SchemaPair } from "./schema_pair.ts";

const countRow = z.object({ count: z.int() });

function countIndexes(pair: SchemaPair): Promise<number> {
  return count(
    pair,
    `select count(*)::int as count from pg_catalog.pg_index i
     join pg_catalog.pg_class c on c.oid = i.indrelid and c.relkind in ('r', 'p')
     where c.relnamespace::regnamespace::text in ('test', 'public')`,
  );
}

async function count(pair: SchemaPair, sql: string): Promise<number> {
  return (await pair.target.row(countRow, sql)).count;
}

for (const major of [18, 10]) {
  Deno.test(
    `every table goes bare and is built again on PostgreSQL ${major}`,
    sanitized,
    async () => {
      await using pair = await SchemaPair.open({
        ...{ source: major, target: major, setup: kitchenSink(major), applySchema: "test" },
      });
      await pair.replicate();
      const snapshot = await pair.applied();
      const tables = snapshot.objects.filter((object) => object.kind === "table");
      const before = await countIndexes(pair);
      const inTransaction = (work: () => Promise<unknown>) =>
        pair.target.transaction("read committed", work);

      for (let time = 1; time <= 2; time++) {
        for (const table of tables) {
          await inTransaction(() => makeBare(pair.target, snapshot, table));
        }
        assert.equal(await countIndexes(pair), 0);
      }
      const units = tables.filter((table) => table.partition === null || table.hasKey);
      for (let time = 1; time <= 2; time++) {
        for (const table of units) {
          await inTransaction(() => buildPrimaryKey(pair.target, snapshot, table));
        }
        for (const table of tables) {
          await inTransaction(() => buildIndexes(pair.target, snapshot, table));
        }
        assert.equal(await countIndexes(pair), before);
      }
      const build = (isReady: () => boolean) =>
        pair.target.transaction(
          "read committed",
          () => buildForeignKeys(pair.target, snapshot, isReady),
        );
      const waiting = await build(() => false);
      assert.equal(waiting.created, 0);
      const built = await build(() => true);
      assert.deepEqual({ waiting: built.waiting, refused: built.refused }, {
        waiting: [],
        refused: [],
      });
      assert.equal(built.created, waiting.waiting.length);
      assert.ok(built.created > 4);
      assert.equal((await build(() => true)).created, 0);
      assert.deepEqual(await pair.compare(), { missing: [], extra: [] });
      assert.equal(
        await count(
          pair,
          `select count(*)::int as count from pg_catalog.pg_constraint
         where contype = 'f' and connamespace::regnamespace::text <> 'teleport'
           and (confdeltype <> 'a' or not condeferrable or not convalidated)`,
        ),
        0,
      );
    },
  );
}

Deno.test(
  "a bare table keeps its columns, NOT NULL and checks, and loses inbound keys",
  sanitized,
  async () => {
    await using pair = await SchemaPair.open({
      setup: `create table a (id integer primary key, v text not null check (v <> ''));
      create table b (id integer primary key, a integer references a);`,
    });
    await pair.replicate();
    const snapshot = await pair.applied();
    const a = { schema: "public", name: "a" };
    const inTransaction = <Result>(work: () => Promise<Result>) =>
      pair.target.transaction("read committed", work);
    await inTransaction(() => buildForeignKeys(pair.target, snapshot, () => true));

    await inTransaction(() => makeBare(pair.target, snapshot, a));

    await pair.target.run("insert into public.a values (1, 'x'), (1, 'y')");
    await assert.rejects(pair.target.run("insert into public.a values (2, '')"), /check/);
    await assert.rejects(pair.target.run("insert into public.a values (null, 'x')"), /null value/);
    await assert.rejects(
      inTransaction(() => buildPrimaryKey(pair.target, snapshot, a)),
      { sqlstate: "23505" },
    );
  },
);

Deno.test(
  "a foreign key that the rows violate is reported, the others are made",
  sanitized,
  async () => {
    await using pair = await SchemaPair.open({
      setup: `create table a (id integer primary key);
      create table b (id integer primary key, a integer references a, c integer references a);`,
    });
    await pair.replicate();
    const snapshot = await pair.applied();
    await pair.target.run("insert into public.b values (1, 7, null)");

    const report = await pair.target.transaction(
      "read committed",
      () => buildForeignKeys(pair.target, snapshot, () => true),
    );

    assert.equal(report.created, 1);
    assert.deepEqual(report.refused.map(({ object }) => object), ["foreign key public.b.b_a_fkey"]);
  },
);

Deno.test(
  "what is new on a table that is being loaded waits for the end of the load",
  sanitized,
  async () => {
    await using pair = await SchemaPair.open({
      setup: "create table a (id integer primary key, v text)",
    });
    await pair.replicate();
    const table = { schema: "public", name: "a" };
    await pair.target.run(
      `insert into teleport.applied_load (source, target, schema_name, table_name, relation, load)
       values ('source', 'target', 'public', 'a', 'public.a'::regclass, '1:load')`,
    );
    const snapshot = await pair.applied();
    await pair.target.transaction("read committed", () => makeBare(pair.target, snapshot, table));
    await pair.change("create unique index once on a (v); alter table a add w integer");

    await pair.replicate();

    assert.equal(await countIndexes(pair), 0);
    const now = await pair.applied();
    await pair.target.transaction("read committed", () => buildPrimaryKey(pair.target, now, table));
    await pair.target.transaction("read committed", () => buildIndexes(pair.target, now, table));
    assert.deepEqual(await pair.compare(), { missing: [], extra: [] });
  },
);

Deno.test(
  "what came while a table was bare is there when its load ends, marks and comments too",
  sanitized,
  async () => {
    await using pair = await SchemaPair.open({
      setup: `create table a (id integer primary key, v text); create index i on a (v);
      create table b (id integer primary key, a integer)`,
    });
    await pair.replicate();
    const a = { schema: "public", name: "a" };
    const inTransaction = <Result>(work: () => Promise<Result>) =>
      pair.target.transaction("read committed", work);
    const before = await pair.applied();
    await inTransaction(() => makeBare(pair.target, before, a));
    await pair.target.run(
      `insert into teleport.applied_load
         (source, target, schema_name, table_name, relation, load, origin, mode)
       values ('source', 'target', 'public', 'a', 'public.a'::regclass, '1:load', '', 'bare')`,
    );
    await pair.target.run("insert into public.a values (1, ''), (1, 'y')");
    await pair.change(
      `alter table a add constraint one check (v <> ''); create index j on a (upper(v));
       alter table a cluster on j; alter index i set (fillfactor = 60); comment on index j is 'x';
       alter table a replica identity using index a_pkey; comment on index a_pkey is 'y';
       insert into b values (1, 7);
       alter table b add constraint two foreign key (a) references a not valid;
       comment on constraint two on b is 'z'`,
    );

    assert.deepEqual((await pair.replicate()).refused, []);
    await pair.target.run("delete from public.a where v = ''; insert into public.b values (1, 7)");
    const after = await pair.applied();
    await inTransaction(() => buildPrimaryKey(pair.target, after, a));
    await inTransaction(() => buildIndexes(pair.target, after, a));
    const built = await inTransaction(() => buildForeignKeys(pair.target, after, () => true));

    assert.deepEqual(built, { created: 1, waiting: [], refused: [], unvalidated: [] });
    assert.deepEqual(await pair.compare(), { missing: [], extra: [] });
  },
);

Deno.test(
  "a type that the old rows cannot be cast to is had when the load has emptied the table",
  sanitized,
  async () => {
    await using pair = await SchemaPair.open({
      setup: `create table a (id integer primary key, v text not null default 'x', w text);
      create index on a (v)`,
    });
    await pair.replicate();
    await pair.target.run("insert into public.a values (1, 'abc', 'd')");
    await pair.change(
      `alter table a alter v drop default; alter table a alter v type integer using length(v);
       alter table a alter v set default 5; alter table a alter w type varchar(9)`,
    );
    const { refused } = await pair.replicate();
    assert.equal(refused[0]?.object, "column public.a.v");
    await pair.target.run("truncate public.a");

    const place = { source: "source", target: "target" };
    const retried = await pair.target.transaction(
      "read committed",
      () => retryRefused(pair.target, place),
    );

    assert.deepEqual(retried?.refused, []);
    assert.deepEqual(await pair.compare(), { missing: [], extra: [] });
  },
);
