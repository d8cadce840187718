/** The end of a load on the target: what the table lacked is built in sessions of its own, and named together. */
import { z } from "zod";
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { type Position } from "../../src/model/mod.ts";
import { listHalfBuilt, listLeftBehind, raiseBuildMemory } from "../../src/schema/mod.ts";
import { endLoadBuilds, shareLoadBuildLock } from "../../src/state/mod.ts";
import { waitFor } from "../pair/mod.ts";
import { startServer } from "../postgres/mod.ts";
import { openTarget, refusalOf, Servers, source, type Target, target as name } from "./target.ts";
import { newer, older, prepareLoad } from "./load.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

/** Every table is worth a build. */
const builds = { separateFromBytes: 1 };

/** An index on hold(v) is built when nobody holds this lock. */
const heldKey = 42;
const hold = `create function hold(v int) returns int language plpgsql immutable as
  'begin perform pg_catalog.pg_advisory_xact_lock_shared(${heldKey}); return v; end'`;

const plain = `create table t (id int primary key, v int, w int);
  create index first on t (v); create index second on t (w); create unique index third on t (id, v)`;

/** Also the index called held, which is built when nobody holds the lock. */
const held = `${hold}; create table t (id int primary key, v int, w int);
  create index first on t (v); create unique index held on t (id, hold(v))`;

async function openFor(major: number, setup: string): Promise<Target> {
  const target = await openTarget(await servers.get(major), setup, { builds });
  await target.send({ schema: await target.readSchema() });
  return target;
}

/** Brings rows of t in a load, up to its end. @returns the position of the catch-up. */
async function load(target: Target, load = older, table = "t"): Promise<string> {
  await prepareLoad(target, load, { table });
  await target.run(`insert into ${table} select i, i, i from generate_series(1, 300) i`);
  const end = target.nextPosition();
  const changes = [{ table, columns: ["id"], rows: [] }];
  await target.send({ load, from: null, changes, to: end });
  return end;
}

async function end(target: Target, position: string, load = older, table = "t"): Promise<void> {
  await target.command({
    kind: "buildIndexes",
    source,
    target: name,
    load,
    position: position as Position,
    table: { schema: "public", name: table },
  });
}

/** All keys and indexes of the schema public, with what hangs on them. */
function parts(target: Target): Promise<Record<string, unknown>[]> {
  return target.admin(
    `select c.relname::text as name, pg_get_indexdef(c.oid) as index, c.reloptions::text as options,
       pg_get_constraintdef(k.oid) as "constraint", obj_description(c.oid, 'pg_class') as comment,
       obj_description(k.oid, 'pg_constraint') as "constraintComment",
       i.indisclustered, i.indisreplident, i.indimmediate, i.indisvalid, k.conislocal, k.coninhcount,
       (select inhparent::regclass::text from pg_inherits where inhrelid = c.oid) as parent,
       (select string_agg(attnum || '=' || attstattarget, ',') from pg_attribute
        where attrelid = c.oid and attstattarget > 0) as statistics
     from pg_index i join pg_class c on c.oid = i.indexrelid
     left join pg_constraint k on k.conindid = c.oid and k.conrelid = i.indrelid and k.contype <> 'f'
     where c.relnamespace = 'public'::regnamespace order by 1`,
  );
}

/** By name. */
async function oids(target: Target): Promise<Record<string, unknown>> {
  const rows = await target.admin(
    `select relname::text as name, oid::text as oid from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('i', 'I') order by 1`,
  );
  return Object.fromEntries(rows.map((row) => [String(row.name), row.oid]));
}

function halfBuilt(target: Target): Promise<Record<string, unknown>[]> {
  return target.admin("select oid from pg_class where relname like 'teleport\\_build\\_%'");
}

async function building(target: Target, count: number): Promise<void> {
  await waitFor(async () => {
    const rows = await target.admin(
      `select 1 from pg_stat_activity where datname = current_database()
         and query like 'create %index%teleport_build_load_%' and wait_event_type = 'Lock'`,
    );
    return rows.length === count;
  }, { what: `${count} builds to wait`, deadlineMs: 240_000 });
}

function everything(major: number): string {
  const since = (version: number, sql: string) => major >= version ? sql : "";
  return `
    create table t (id int primary key, v int, w int, r int4range, "odd "" name" text,
      constraint deferred unique (v) deferrable initially deferred,
      constraint "Immediate, (or not)" unique (v, "odd "" name") deferrable,
      constraint apart exclude using gist (r with &&) where (id > 5),
      constraint filled unique (w) with (fillfactor = 70)
      ${since(11, ", constraint including unique (id, v) include (w)")}
      ${since(15, ', constraint "nulls" unique nulls not distinct (w, "odd "" name")')});
    create index twin on t (v); create index twin_2 on t (v);
    create index "odd "" index" on t ("odd "" name" text_pattern_ops desc) where v > 3;
    create unique index "Upper" on t (upper("odd "" name"), id) with (fillfactor = 60);
    create index by_range on t using gist (r);
    ${since(11, 'alter index "Upper" alter column 1 set statistics 99;')}
    comment on index "Upper" is 'it''s'; comment on constraint filled on t is 'full';
    alter table t cluster on twin_2; alter table t replica identity using index t_pkey;
    ${
    since(
      11,
      `create table p (id int, at int, w int, primary key (id, at), unique (at, w)) partition by range (at);
       create table p_1 partition of p for values from (0) to (150);
       create table p_2 partition of p for values from (150) to (1000) partition by range (at);
       create table p_2_1 partition of p_2 for values from (150) to (200);
       create table "p 2 2" partition of p_2 for values from (200) to (1000);
       create index on p (w); create index own on p_1 (w, id); create unique index "u u" on p (at, id);`,
    )
  }`;
}

for (const major of [10, 14, 18]) {
  Deno.test(`Whatever is built separately is as it was, on PostgreSQL ${major}`, async () => {
    await using target = await openFor(major, everything(major));
    const before = await parts(target);
    const position = await load(target);
    const bare = await parts(target);
    strictEqual(bare.filter(({ index }) => String(index).includes(" public.t ")).length, 1);
    await end(target, position);
    if (major >= 11) {
      const later = await load(target, newer, "p");
      await end(target, later, newer, "p");
      const [root] = await target.admin(
        "select count(*) as count from pg_stats where tablename = 'p' and inherited",
      );
      ok(Number(root?.count) > 0, "The partitioned table itself is analyzed");
    }
    deepStrictEqual(await parts(target), before);
    deepStrictEqual(await halfBuilt(target), []);
    strictEqual(await target.value("select bool_and(is_built) from teleport.applied_load"), "true");
    await rejects(target.run("insert into t (id, w) values (-1, 5)"), /duplicate key/);
  });
}

Deno.test("Indexes of one table are built at the same time, as many as there are workers", async () => {
  await using target = await openFor(18, plain);
  const position = await load(target);
  await using writer = await target.openConnection();
  await writer.run("begin; lock table public.t in row exclusive mode");
  const ending = end(target, position);
  await building(target, 2);
  deepStrictEqual(target.applier.builds, [
    { table: { schema: "public", name: "t" }, indexes: 3, indexesBuilt: 0 },
  ]);
  await writer.run("commit");
  await ending;
  deepStrictEqual(Object.keys(await oids(target)), ["first", "second", "t_pkey", "third"]);
  deepStrictEqual(target.applier.builds, []);
});

Deno.test("Indexes of different tables whose loads end at once share the workers", async () => {
  await using target = await openFor(
    18,
    "create table t (id int primary key, v int, w int); create index first on t (v);" +
      "create table u (id int primary key, v int, w int); create index second on u (v)",
  );
  const [one, two] = [await load(target), await load(target, newer, "u")];
  await using writer = await target.openConnection();
  await writer.run("begin; lock table public.t, public.u in row exclusive mode");
  const ending = Promise.all([end(target, one), end(target, two, newer, "u")]);
  await building(target, 2);
  await writer.run("commit");
  await ending;
  deepStrictEqual(Object.keys(await oids(target)), ["first", "second", "t_pkey", "u_pkey"]);
});

Deno.test("A crash of the target's server loses the builds under way, and nothing that was built", async () => {
  await using server = await startServer({ major: 18 });
  await using target = await openTarget(server, held, { builds });
  await target.send({ schema: await target.readSchema() });
  const position = await load(target);
  await using holder = await target.openConnection();
  await holder.run(`select pg_catalog.pg_advisory_lock(${heldKey})`);
  const ending = refusalOf(end(target, position));
  await building(target, 1);
  await waitFor(async () => (await halfBuilt(target)).length === 1, { what: "the first index" });
  const [built] = await halfBuilt(target);
  await server.stop("immediate");
  strictEqual((await ending).failure, "transient");
  await server.start();
  deepStrictEqual(await halfBuilt(target), [built]);
  // The first answer may still be of a session that was lost.
  await waitFor(() => end(target, position).then(() => true, () => false), {
    what: "the load to end",
  });
  const now = await oids(target);
  deepStrictEqual(Object.keys(now), ["first", "held", "t_pkey"]);
  strictEqual(now.first, String(built?.oid), "It was not built again");
});

Deno.test("A request that comes again while the first is at work waits for it, and builds nothing twice", async () => {
  await using target = await openFor(18, held);
  const position = await load(target);
  await using holder = await target.openConnection();
  await holder.run(`select pg_catalog.pg_advisory_lock(${heldKey})`);
  const both = Promise.all([end(target, position), end(target, position)]);
  await building(target, 1);
  await waitFor(async () => (await halfBuilt(target)).length === 1, { what: "the first index" });
  const [built] = await halfBuilt(target);
  await holder.run(`select pg_catalog.pg_advisory_unlock(${heldKey})`);
  await both;
  strictEqual((await oids(target)).first, String(built?.oid));
});

Deno.test("A newer load of the table ends the builds of the older one, and nothing of them is left", async () => {
  await using target = await openFor(18, held);
  const position = await load(target);
  await using holder = await target.openConnection();
  await holder.run(`select pg_catalog.pg_advisory_lock(${heldKey})`);
  const ending = refusalOf(end(target, position));
  await building(target, 1);
  await waitFor(() => prepareLoad(target, newer).then(() => true, () => false), {
    what: "the newer load to begin",
  });
  ok(["transient", "operator"].includes((await ending).failure));
  deepStrictEqual(await oids(target), {});
  strictEqual((await refusalOf(end(target, position))).code, "load_superseded");
  await holder.run(`select pg_catalog.pg_advisory_unlock(${heldKey})`);
  await target.run("insert into t values (1, 1, 1)");
  const later = target.nextPosition();
  const changes = [{ table: "t", columns: ["id"], rows: [] }];
  await target.send({ load: newer, from: null, changes, to: later });
  await end(target, later, newer);
  deepStrictEqual(Object.keys(await oids(target)), ["first", "held", "t_pkey"]);
});

Deno.test("An index that a batch drops while the load ends is not there afterwards", async () => {
  await using target = await openFor(18, plain);
  const position = await load(target);
  // As a batch at work does it.
  await using batch = await target.openConnection();
  await batch.run("begin; select 1 from teleport.applied for update");
  const ending = end(target, position);
  await waitFor(async () => {
    const rows = await target.admin(
      `select 1 from pg_stat_activity where query like 'select 1 from teleport.applied %for update'
         and datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.length === 1;
  }, { what: "the load's end to wait for the batch" });
  await batch.run(
    `delete from teleport.applied_schema where definition like '%"name":"second"%'; commit`,
  );
  await ending;
  deepStrictEqual(Object.keys(await oids(target)), ["first", "t_pkey", "third"]);
});

Deno.test("What a batch sets of a primary key between the catch-up and the load's end is set", async () => {
  await using target = await openFor(18, plain);
  const schema = await target.readSchema();
  const position = await load(target);
  const objects = structuredClone(schema.objects) as { name?: string; settings?: unknown }[];
  const key = objects.find((object) => object.name === "t_pkey");
  ok(key);
  key.settings = {
    options: ["fillfactor=55"],
    statistics: [],
    isClustered: false,
    isReplicaIdentity: false,
  };
  await target.send({ schema: { objects, hash: "another" } });
  await end(target, position);
  strictEqual(
    await target.value("select reloptions from pg_class where relname = 't_pkey'"),
    "{fillfactor=55}",
  );
});

Deno.test("Rows that a unique index does not allow make the load begin again", async () => {
  await using target = await openFor(18, `${plain}; create unique index last on t ((v / 2))`);
  const position = await load(target);
  const { failure, table } = await refusalOf(end(target, position));
  deepStrictEqual({ failure, table }, { failure: "data", table: { schema: "public", name: "t" } });
});

Deno.test("What a load that is over has left behind is known for that", async () => {
  await using target = await openFor(18, plain);
  await target.run("create index teleport_build_load_x on t (v)");
  await using connection = await target.openConnection();
  const left = async () =>
    (await listLeftBehind(connection, await listHalfBuilt(connection))).map((index) => index.name);
  deepStrictEqual(await left(), ["teleport_build_load_x"]);
  await target.admin(
    `insert into teleport.applied_load (source, target, schema_name, table_name, relation, load)
     values ('a', 'b', 'public', 't', 't'::regclass, '1:load')`,
  );
  deepStrictEqual(await left(), []);
});

Deno.test("An instance that becomes active ends the builds that a killed one has left", async () => {
  await using target = await openFor(18, plain);
  await using orphan = await target.openConnection();
  await shareLoadBuildLock(orphan);
  const work = rejects(orphan.run("select pg_catalog.pg_sleep(600)"));
  await using successor = await target.openConnection();
  await waitFor(async () => await endLoadBuilds(successor) === 0, { what: "the build to end" });
  await work;
});

Deno.test("Builds get more memory where the server has it, never less than the operator gives", async () => {
  await using target = await openFor(18, plain);
  await using connection = await target.openConnection();
  const raised = async (before: string, builds: number) =>
    await connection.transaction("read committed", async () => {
      await connection.run(`set local maintenance_work_mem = '${before}'`);
      await raiseBuildMemory(connection, builds);
      const shape = z.object({ value: z.string() });
      return (await connection.row(
        shape,
        "select current_setting('maintenance_work_mem') as value",
      ))
        .value;
    });
  strictEqual(await target.value("select current_setting('shared_buffers')"), "64MB");
  deepStrictEqual([await raised("1MB", 1), await raised("1MB", 2), await raised("100MB", 1)], [
    "64MB",
    "32MB",
    "100MB",
  ]);
});
