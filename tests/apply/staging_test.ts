/** Staging tables: few, made anew where the table changed, and no burden to the commits that follow. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { openTarget, Servers, type Target } from "./target.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const count = 600;

/** Staging tables that the session of the batches has. */
async function countStaging(target: Target): Promise<number> {
  const rows = await target.admin(
    "select 1 from pg_class where relname like 'teleport\\_staging%' and relpersistence = 't'",
  );
  return rows.length;
}

/** The fastest of many: what else the machine does at the time slows the others. */
async function fastestMs(times: number, work: () => Promise<unknown>): Promise<number> {
  let fastest = Infinity;
  for (let time = 0; time < times; time++) {
    const begun = performance.now();
    await work();
    fastest = Math.min(fastest, performance.now() - begun);
  }
  return fastest;
}

Deno.test(`${count} tables in one batch leave few staging tables and do not slow the next commits`, async () => {
  await using target = await openTarget(
    await servers.get(18),
    `do $$ begin for i in 1..${count} loop
       execute format('create table t%s (id int primary key, v int)', i);
     end loop; end $$`,
  );
  const columns = ["id", "v"];
  const small = () => target.send({ changes: [{ table: "t1", columns, rows: ["1\t1"] }] });
  await small();
  const before = await fastestMs(25, small);
  const changes = Array.from({ length: count }, (_, index) => ({
    table: `t${index + 1}`,
    columns,
    rows: [`1\t${index}`],
  }));
  await target.send({ changes });
  const staging = await countStaging(target);
  ok(staging <= 100, `${staging} staging tables`);
  await small();
  const after = await fastestMs(25, small);
  ok(after < before * 3 + 50, `a small batch took ${before} ms before and ${after} ms after`);
  strictEqual(await target.value("select v from t600"), "599");
});

Deno.test("Staging tables clash with no name, and a batch's rows do not reach the next", async () => {
  await using target = await openTarget(
    await servers.get(18),
    "create table teleport_staging_1 (id int primary key, teleport_deleted text)",
  );
  const table = { table: "teleport_staging_1", columns: ["id", "teleport_deleted"] };
  await target.send({ changes: [{ ...table, rows: ["1\tone", "2\ttwo"] }] });
  await target.send({ changes: [{ ...table, rows: ["3\tthree"] }] });
  await target.send({ changes: [{ ...table, gone: ["1\t\\N"] }] });
  deepStrictEqual(await target.admin("select * from public.teleport_staging_1 order by 1"), [
    { id: 2, teleport_deleted: "two" },
    { id: 3, teleport_deleted: "three" },
  ]);
});

Deno.test("A table that somebody changes on the target is staged in its new shape", async (t) => {
  await using target = await openTarget(
    await servers.get(18),
    "create table t (id int primary key, v numeric(10, 2))",
  );
  const send = (value: string) =>
    target.send({ changes: [{ table: "t", columns: ["id", "v"], rows: [`1\t${value}`] }] });
  const value = () => target.value("select v from t");
  await send("1.25");

  await t.step("a wider type is not rounded by the old one", async () => {
    await target.run("alter table t alter v type numeric(12, 4)");
    await send("1.2345");
    strictEqual(await value(), "1.2345");
  });

  await t.step("a column that was dropped and made again", async () => {
    await target.run("alter table t drop v; alter table t add v text");
    await target.send({
      changes: [{ table: "t", columns: ["id", "v"], rows: ["1\t2.50"] }],
    });
    strictEqual(await value(), "2.50");
  });

  await t.step("a table that was dropped and made again", async () => {
    await target.run("drop table t; create table t (v numeric, id int primary key)");
    await send("3.500");
    deepStrictEqual(await target.admin("select * from t"), [{ v: "3.500", id: 1 }]);
  });

  await t.step("the schema that the source sends", async () => {
    const schema = await target.readSchema();
    await target.send({ schema });
    await send("4.5000");
    strictEqual(await value(), "4.5000");
    ok(await countStaging(target) <= 1);
  });
});
