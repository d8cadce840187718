/** Keys: which one is chosen, and what is written down of it. */
import assert from "node:assert/strict";
import { majors, openBench, Servers } from "./bench.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

for (const major of majors) {
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
    const plain = { isDomain: false, hasTextCast: false };
    assert.deepEqual((await bench.unit("collated")).key, [
      {
        name: "a",
        type: "text",
        equality: "operator(pg_catalog.=)",
        collation: { schema: "pg_catalog", name: "C" },
        ...plain,
      },
    ]);
    assert.deepEqual((await bench.unit("plain")).key, [
      { name: "a", type: "character varying(10)", equality: "operator(pg_catalog.=)", ...plain },
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
