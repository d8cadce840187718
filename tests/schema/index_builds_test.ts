/** Indexes of big tables as a batch leaves them: wanted, not applied, and to be built beside it. */
import assert from "node:assert/strict";
import { z } from "zod";
import {
  applySnapshot,
  buildIndexes,
  findHalfBuilt,
  listBuilds,
  listRefused,
  makeBare,
  nameBuilt,
  planBuild,
  readTableShape,
  recordFailure,
  retryRefused,
  type SchemaReport,
} from "../../src/schema/mod.ts";
import { DatabaseError } from "../../src/postgres/mod.ts";
import { sanitized, SchemaPair } from "./schema_pair.ts";

const place = { source: "source", target: "target" };
const policy = { drops: "apply", concurrentFromBytes: 1 } as const;
const setup = "create table a (id integer primary key, v integer, w text)";
const a = { schema: "public", name: "a" };

/** A table with rows on both sides; then the change. */
async function openWith(change: string): Promise<SchemaPair> {
  const pair = await SchemaPair.open({ setup });
  await pair.replicate();
  await pair.target.run("insert into public.a values (1, 1, 'x')");
  await pair.change(change);
  return pair;
}

async function apply(pair: SchemaPair): Promise<SchemaReport> {
  const after = await pair.read();
  return await inTransaction(pair, () => applySnapshot(pair.target, { ...place, after, policy }));
}

function inTransaction<Result>(pair: SchemaPair, work: () => Promise<Result>): Promise<Result> {
  return pair.target.transaction("read committed", work);
}

async function errors(pair: SchemaPair): Promise<string[]> {
  const rows = await pair.target.rows(
    z.object({ error: z.string() }),
    "select error from teleport.applied_schema where error is not null order by 1",
  );
  return rows.map(({ error }) => error);
}

async function indexNames(pair: SchemaPair): Promise<string[]> {
  const rows = await pair.target.rows(
    z.object({ name: z.string() }),
    `select c.relname::text as name from pg_catalog.pg_index i
     join pg_catalog.pg_class c on c.oid = i.indexrelid
     where i.indrelid = 'public.a'::regclass order by 1`,
  );
  return rows.map(({ name }) => name);
}

Deno.test(
  "an index of a big table waits with all that hangs on it, and is no refusal",
  sanitized,
  async () => {
    await using pair = await openWith(
      `create index i on a (v); comment on index i is 'said'; alter table a cluster on i;
     alter table a add constraint u unique (w); create table b (id integer primary key)`,
    );
    const report = await apply(pair);

    assert.deepEqual(report.refused, []);
    assert.deepEqual(await indexNames(pair), ["a_pkey", "u"]);
    assert.deepEqual(await errors(pair), [
      "building: comment public.i waits for index public.i",
      "building: index public.i",
    ]);
    assert.deepEqual(await listRefused(pair.target, policy), []);
    const [build] = await listBuilds(pair.target);
    assert.ok(build);
    assert.deepEqual(build.name, "public.i");

    const plan = await planBuild(pair.target, build);
    assert.ok(plan);
    assert.match(
      plan.statement,
      /^create index concurrently "teleport_build_\w+" on "public"\."a" /,
    );
    await pair.target.run(plan.statement);
    assert.ok((await findHalfBuilt(pair.target, plan))?.isBuilt);
    // A snapshot of this database, as a source of others, does not have it.
    const names = (await pair.read()).objects.flatMap((object) =>
      object.kind === "index" ? object.name : []
    );
    assert.deepEqual(names, ["i"]);
    await inTransaction(pair, async () => {
      assert.ok(await nameBuilt(pair.target, build));
      await retryRefused(pair.target, { ...place, policy });
    });
    assert.deepEqual(await errors(pair), []);
    assert.deepEqual(await pair.compare(), { missing: [], extra: [] });
  },
);

Deno.test(
  "an index that failed keeps its error until it is another or is built",
  sanitized,
  async () => {
    await using pair = await openWith("create unique index i on a (v)");
    await apply(pair);
    const [build] = await listBuilds(pair.target);
    assert.ok(build);
    await recordFailure(pair.target, build, "in vain");
    await pair.change("create table b (id integer primary key)");
    await apply(pair);
    assert.deepEqual(await errors(pair), ["not built: index public.i: in vain"]);
    assert.deepEqual(await listBuilds(pair.target), [{ ...build, hasFailed: true }]);

    await pair.change("drop index i; create unique index i on a (v, w)");
    await apply(pair);
    assert.deepEqual(await errors(pair), ["building: index public.i"]);
    await recordFailure(pair.target, build, "late");
    assert.deepEqual(await errors(pair), ["building: index public.i"]);
  },
);

Deno.test(
  "what is built under a definition of before is not taken for what is wanted",
  sanitized,
  async () => {
    await using pair = await openWith("create index i on a (v)");
    await apply(pair);
    const [build] = await listBuilds(pair.target);
    const plan = build && await planBuild(pair.target, build);
    assert.ok(build && plan);
    await pair.target.run(plan.statement);
    await pair.change("drop index i; create index j on a (w)");
    await apply(pair);

    assert.equal(await inTransaction(pair, () => nameBuilt(pair.target, build)), false);
    assert.deepEqual(await indexNames(pair), ["a_pkey"]);
  },
);

Deno.test(
  "a half-built index is out of the way of its column's new type and of a load",
  sanitized,
  async () => {
    await using pair = await openWith("create unique index i on a (v)");
    await apply(pair);
    const [build] = await listBuilds(pair.target);
    const plan = build && await planBuild(pair.target, build);
    assert.ok(plan);
    // Rows that it does not allow: it is left as it was, and refuses duplicates from now on.
    await pair.target.run("insert into public.a values (2, 1, 'y')");
    await assert.rejects(pair.target.run(plan.statement), /could not create unique index/);
    assert.equal((await findHalfBuilt(pair.target, plan))?.isBuilt, false);
    await pair.change("alter table a alter v type bigint");

    assert.deepEqual((await apply(pair)).refused, []);
    assert.deepEqual(await indexNames(pair), ["a_pkey"]);

    const [again] = await listBuilds(pair.target);
    const next = again && await planBuild(pair.target, again);
    assert.ok(next);
    await assert.rejects(pair.target.run(next.statement), /could not create unique index/);
    const applied = await pair.applied();
    await inTransaction(pair, () => makeBare(pair.target, applied, a));
    assert.deepEqual(await indexNames(pair), []);
  },
);

Deno.test(
  "the end of a load builds what was to be built beside the batches",
  sanitized,
  async () => {
    await using pair = await openWith("create unique index i on a (v)");
    await apply(pair);
    await pair.target.run(
      `insert into teleport.applied_load (source, target, schema_name, table_name, relation, load)
     values ('source', 'target', 'public', 'a', 'public.a'::regclass, '1:load')`,
    );
    const [build] = await listBuilds(pair.target);
    assert.ok(build);
    assert.equal(await planBuild(pair.target, build), undefined);
    await inTransaction(pair, () => retryRefused(pair.target, { ...place, policy }));
    assert.deepEqual(await listBuilds(pair.target), []);
    assert.deepEqual(await errors(pair), []);
    const applied = await pair.applied();
    await inTransaction(pair, () => buildIndexes(pair.target, applied, a));
    assert.deepEqual(await indexNames(pair), ["a_pkey", "i"]);
  },
);

Deno.test("a retry leaves a table alone of which an index is being built", sanitized, async () => {
  await using pair = await openWith(
    `alter table a add constraint positive check (v > 1); create index i on a (v);
     create table b (id integer primary key)`,
  );
  await pair.changeTarget("create view public.b as select 1 as mine");
  const { refused } = await apply(pair);
  assert.ok(
    ["constraint public.a.positive", "table public.b"].every((name) =>
      refused.some(({ object }) => object === name)
    ),
  );
  const before = await errors(pair);
  await pair.changeTarget("drop view public.b");
  await using builder = await pair.openTarget();
  await builder.run("begin; lock table public.a in share update exclusive mode");
  const retry = (sparesBuilds: boolean) =>
    inTransaction(pair, async () => {
      await pair.target.limitLockWaits(200);
      return await retryRefused(pair.target, { ...place, policy, sparesBuilds });
    });

  const spared = await retry(true);
  assert.ok(spared && spared.created > 0);
  assert.deepEqual(await errors(pair), before.filter((text) => !/public\.b/.test(text)));
  await assert.rejects(retry(false), (error) => {
    return error instanceof DatabaseError && error.sqlstate === "55P03";
  });
});

Deno.test("a partition's own unique index makes rows of the whole clash", sanitized, async () => {
  await using pair = await SchemaPair.open({
    setup: `create table r (id integer primary key, v integer) partition by range (id);
      create table r1 partition of r for values from (0) to (10)`,
  });
  await pair.replicate();
  const hasOther = async () => {
    const shape = await readTableShape(pair.target, { schema: "public", name: "r" });
    return shape?.hasOtherUnique(["id"]);
  };
  assert.equal(await hasOther(), false);
  await pair.target.run("create unique index own on public.r1 (v)");
  assert.equal(await hasOther(), true);
});

Deno.test("a half-built index stays while the schema changes elsewhere", sanitized, async () => {
  await using pair = await openWith(
    "create index i on a (v); alter table a cluster on i",
  );
  await apply(pair);
  const [build] = await listBuilds(pair.target);
  const plan = build && await planBuild(pair.target, build);
  assert.ok(plan);
  await pair.target.run(plan.statement);
  await pair.change("create table b (id integer primary key)");
  await apply(pair);
  assert.ok((await findHalfBuilt(pair.target, plan))?.isBuilt);
  await pair.change("alter table a add x integer");
  await apply(pair);
  assert.equal(await findHalfBuilt(pair.target, plan), undefined);
});
