import { deepStrictEqual, ok } from "node:assert/strict";
import { z } from "zod";
import { createLog } from "../../src/daemon/log.ts";
import { initialLoad } from "../../src/daemon/mod.ts";
import { openPair, type Pair, targetName, waitFor } from "../pair/mod.ts";

const setup = `
  create table item (id int primary key, n int);
  insert into item select i, i from generate_series(1, 100) i;
  create function doubled(n int) returns int language sql immutable as 'select n * 2';
  create view big as select id, doubled(n) as n from item where n > 50;
  create materialized view summary as select count(*) as items, sum(n) as total from big;
  create unique index summary_items on summary (items);`;

async function summaryOf(pair: Pair, side: "source" | "target"): Promise<string> {
  await using connection = await pair.open(side);
  const schema = side === "source" ? "public" : "test";
  const { value } = await connection.row(
    z.object({ value: z.string() }),
    `select coalesce(string_agg(items || ' ' || total, ','), '') as value from ${schema}.summary`,
  );
  return value;
}

for (const isSuperuser of [false, true]) {
  const how = isSuperuser ? "event triggers" : "polling";
  Deno.test(`materialized views hold what was loaded, and follow the source's refreshes, with ${how}`, async () => {
    await using pair = await openPair({ setup, isSuperuser, applySchema: "test" });
    await pair.start();
    await pair.caughtUp();
    const { isFinished } = await initialLoad({
      ...{ config: pair.sourceConfig, target: targetName, version: "test" },
      log: createLog({ level: "error", format: "text", write: () => {} }),
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    ok(isFinished);
    const equal = async (what: string) => {
      await waitFor(
        async () => await summaryOf(pair, "source") === await summaryOf(pair, "target"),
        { what, explain: () => pair.lines.slice(-40) },
      );
    };
    await equal("the view to hold the loaded rows");
    deepStrictEqual(await summaryOf(pair, "target"), "50 7550");

    await pair.write(
      "update item set n = n + 1 where id > 90; refresh materialized view summary",
    );
    await equal("the view to be refreshed with the rows before it");
    await pair.write(
      "delete from item where id = 100; refresh materialized view concurrently summary",
    );
    await equal("the view to be refreshed concurrently");

    await pair.write(`
      drop view big cascade; alter table item alter n type numeric(12, 2);
      create or replace function doubled(n int) returns int language sql immutable as 'select n * 3';
      create view big as select id, doubled(n::int) as n, n as old from item where n > 40;
      create materialized view summary as select count(*) as items, sum(n) as total from big`);
    await equal("the view to be made again");
  });
}
