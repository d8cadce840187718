/** What the target has already is adopted and completed; what it refuses is recorded and tried again. */
import assert from "node:assert/strict";
import { z } from "zod";
import { retryRefused } from "../../src/schema/mod.ts";
import { kitchenLeftOut, kitchenSink } from "./kitchen_sink.ts";
import { nothing, sanitized, SchemaPair } from "./schema_pair.ts";

for (const major of [18, 10]) {
  Deno.test(
    `a target that lost its state adopts everything on PostgreSQL ${major}`,
    sanitized,
    async () => {
      await using pair = await SchemaPair.open({
        ...{ source: major, target: major, setup: kitchenSink(major), applySchema: "test" },
      });
      await pair.replicate();
      const before = await pair.compare();
      await pair.target.run("delete from teleport.applied_schema");

      const report = await pair.replicate();

      assert.deepEqual({ refused: report.refused, unsupported: report.unsupported }, {
        refused: [],
        unsupported: kitchenLeftOut,
      });
      // Functions are replaced and comments said again; everything else is found.
      const again = (await pair.read()).objects.filter(({ kind }) =>
        kind === "function" || kind === "comment"
      );
      assert.equal(report.created, again.length - 1); // one is of a foreign key
      assert.deepEqual(await pair.compare(), before);
      assert.deepEqual(await pair.replicate(), nothing);
    },
  );
}

Deno.test("a table that exists gets its missing columns, keys and indexes", sanitized, async () => {
  await using pair = await SchemaPair.open({
    setup: `create type e as enum ('a', 'b', 'c');
      create table t (id integer primary key, v text not null default 'x', e e, w integer check (w > 0));
      create index on t (v);`,
  });
  await pair.target.run(
    `create type public.e as enum ('b');
     create table public.t (e public.e, id integer not null, local integer, w bigint);
     create unique index kept on public.t (local)`,
  );

  const report = await pair.replicate();

  assert.deepEqual(report.refused, []);
  assert.deepEqual(report.unsupported, [{
    object: "column public.t.w",
    reason: "the target has it as bigint, the source as integer",
  }]);
  assert.equal(pair.labelsAdded, 2);
  const { missing } = await pair.compare();
  assert.deepEqual(missing.map((line) => JSON.parse(line).name), ["w"]);
  assert.deepEqual(await pair.replicate(), nothing);
});

Deno.test("a plain column where the source computes one is named", sanitized, async () => {
  await using pair = await SchemaPair.open({
    setup:
      `create table t (id integer primary key, twice integer generated always as (id * 2) stored)`,
  });
  await pair.target.run("create table public.t (id integer primary key, twice integer)");

  const report = await pair.replicate();

  assert.deepEqual(report.refused, []);
  assert.deepEqual(report.unsupported, [{
    object: "column public.t.twice",
    reason: "the target has it as a plain column, which nobody computes: drop it there",
  }]);
  await pair.target.run("alter table public.t drop twice");
  await pair.change("alter table t add v text");
  assert.deepEqual((await pair.replicate()).unsupported, []);
});

Deno.test(
  "what the target refuses is recorded with what waits for it, and done when it can be",
  sanitized,
  async () => {
    await using pair = await SchemaPair.open({
      setup: `create domain d as integer;
      create table t (id integer primary key, v integer); create table u (d d); create index on t (v);
      create table fine (id integer primary key)`,
    });
    await pair.target.run(
      "create table public.d (x integer); create table public.t_v_idx (x integer)",
    );

    const report = await pair.replicate();

    assert.deepEqual(report.refused.map(({ object, statement }) => `${statement} ${object}`), [
      "create type domain public.d",
      "create table table public.u",
      "create index index public.t_v_idx",
    ]);
    assert.match(report.refused[1]?.error ?? "", /waits for domain public.d/);
    const errors = await pair.target.rows(
      z.object({ error: z.string() }),
      "select error from teleport.applied_schema where error is not null",
    );
    assert.equal(errors.length, 3);
    assert.ok(
      !(await pair.applied()).objects.some((object) => "name" in object && object.name === "u"),
    );

    await pair.target.run("drop table public.d; drop table public.t_v_idx");
    const place = { source: "source", target: "target" };
    const retried = await pair.target.transaction(
      "read committed",
      () => retryRefused(pair.target, place),
    );

    assert.deepEqual(retried?.refused, []);
    assert.deepEqual(await pair.compare(), { missing: [], extra: [] });
    assert.deepEqual(await pair.replicate(), nothing);
  },
);

Deno.test("a lock that cannot be had is thrown, not recorded", sanitized, async () => {
  await using pair = await SchemaPair.open({ setup: "create table t (id integer primary key)" });
  await pair.replicate();
  await pair.change("alter table t add v text");
  await using other = await pair.openTarget();
  await other.run("begin; lock table public.t");

  await pair.target.run("set lock_timeout = 100");
  await assert.rejects(pair.replicate(), { sqlstate: "55P03" });

  await other.run("rollback");
  assert.deepEqual((await pair.replicate()).refused, []);
});

Deno.test("a narrower expression drops nothing", sanitized, async () => {
  await using pair = await SchemaPair.open({
    setup: "create table a (id integer primary key); create table b (id serial primary key)",
  });
  await pair.replicate();
  pair.narrowTo(["public.a"]);

  const report = await pair.replicate();

  assert.equal(report.changed, 0);
  assert.deepEqual(report.unsupported.map(({ object }) => object).sort(), [
    "sequence public.b_id_seq",
    "table public.b",
  ]);
  await pair.target.run("select from public.b");
});

Deno.test("a table that the target lost is made again, which is said", sanitized, async () => {
  await using pair = await SchemaPair.open({
    setup: "create table a (id serial primary key, v integer generated by default as identity)",
  });
  await pair.replicate();
  await pair.target.run("drop table public.a");
  await pair.change("alter table a add w text");

  const report = await pair.replicate();

  assert.deepEqual(report.lostTables, [{ schema: "public", name: "a" }]);
  assert.deepEqual(await pair.compare(), { missing: [], extra: [] });
});

Deno.test(
  "deparsed text that is no fixed point is not applied again and again",
  sanitized,
  async () => {
    await using pair = await SchemaPair.open({
      setup: "create table a (id integer primary key, v varchar check (v in ('a', 'b')))",
    });
    await pair.replicate();
    assert.equal((await pair.compare()).missing.length, 1);
    assert.deepEqual(await pair.replicate(), nothing);
    await pair.change("reindex table a");
    assert.deepEqual(await pair.replicate(), nothing);
  },
);

Deno.test("an index that is rebuilt concurrently stays what it is", sanitized, async () => {
  await using pair = await SchemaPair.open({
    setup: "create table a (id integer primary key, v text); create index on a (v)",
  });
  await pair.replicate();
  await pair.change("reindex table concurrently a");
  assert.deepEqual(await pair.replicate(), nothing);
});

Deno.test("extensions come along, and what they own keeps their schema", sanitized, async () => {
  await using pair = await SchemaPair.open({
    applySchema: "test",
    extensions: ["citext", "pg_trgm", "btree_gist"],
    setup: `create table a (id integer primary key, name citext unique, words text,
        span int4range, exclude using gist (id with =, span with &&));
      create index on a using gin (words gin_trgm_ops);
      create function near(a text) returns real language sql immutable
        as $$ select public.similarity(a, 'x') $$;
      create index on a (near(words));`,
  });
  assert.deepEqual((await pair.replicate()).refused, []);
  const { missing, extra } = await pair.compare();
  // Reading back, only test is in the path.
  const bare = (lines: string[]) => lines.map((line) => line.replaceAll("public.", ""));
  assert.deepEqual(bare(extra), bare(missing));
  assert.equal(missing.length, 2);
  assert.deepEqual(await pair.replicate(), nothing);
});
