/** Values that a column's default gave to older rows, and that no catalog has once the table is written anew. */
import assert from "node:assert/strict";
import { z } from "zod";
import { type Bench, openBench, Servers } from "./bench.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

async function reloads(bench: Bench): Promise<number> {
  const { count } = await bench.teleport.row(
    z.object({ count: z.coerce.number() }),
    "select count(*) as count from teleport.event where kind = 'reload'",
  );
  return count;
}

for (const major of [14, 18]) {
  for (const useEventTriggers of [true, false]) {
    const how = useEventTriggers ? "event triggers" : "polling";
    Deno.test(`VACUUM FULL and CLUSTER over a column whose default older rows have ask for a reload, with ${how} (PostgreSQL ${major})`, async () => {
      await using bench = await openBench({
        server: await servers.get(major),
        sql: "create table t (id int primary key, v text); insert into t values (1, 'x')",
        useEventTriggers,
        runsAs: "superuser",
      });
      for (const rewrite of ["vacuum full t", "cluster t using t_pkey"]) {
        await bench.admin.query("alter table t add column c timestamptz default now()");
        await bench.install();
        const before = await reloads(bench);
        await bench.admin.query(rewrite);
        await bench.install();
        assert.equal(await reloads(bench), before + 1, rewrite);
        // The file is another once more, and nothing else.
        await bench.admin.query(rewrite);
        await bench.install();
        assert.equal(await reloads(bench), before + 1, `${rewrite}, again`);
        await bench.admin.query("alter table t drop column c");
        await bench.install();
      }
    });
  }
}
