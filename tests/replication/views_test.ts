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

async function load(pair: Pair): Promise<void> {
  const { isFinished } = await initialLoad({
    ...{ config: pair.sourceConfig, target: targetName, version: "test" },
    log: createLog({ level: "error", format: "text", write: () => {} }),
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  ok(isFinished);
}

for (const isSuperuser of [false, true]) {
  const how = isSuperuser ? "event triggers" : "polling";
  Deno.test(`materialized views hold what was loaded, and follow the source's refreshes, with ${how}`, async () => {
    await using pair = await openPair({ setup, isSuperuser, applySchema: "test" });
    await pair.start();
    await pair.caughtUp();
    await load(pair);
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

Deno.test("a table whose key a view groups by is loaded, and what was refused is tried again after it", async () => {
  await using pair = await openPair({
    setup: `${setup};
      create view grouped as select id, n, count(*) as c from item group by id`,
    applySchema: "test",
  });
  const target = await pair.open("target");
  await using _target = target;
  await target.run("create schema test; create domain test.later as int");
  await target.run(`grant all on schema test to "${pair.targetConfig.database.username}"`);
  await pair.start();
  await pair.caughtUp();
  await pair.write("create view later as select id from grouped");
  const has = async (what: string, error: string) => {
    await waitFor(async () => {
      const { found } = await target.row(
        z.object({ found: z.string() }),
        `select coalesce(string_agg(error, ' '), '') as found from teleport.applied_schema
         where definition like '%"name":"later"%'`,
      );
      return error === "" ? found === "" : found.includes(error);
    }, { what, explain: () => pair.lines.slice(-40) });
  };
  await has("the view to be refused", "already exists");
  await target.run("drop domain test.later");

  await load(pair);

  await pair.write("update item set n = 0 where id = 1");
  await has("the view to be made", "");
  const { value } = await target.row(
    z.object({ value: z.string() }),
    "select count(*) || ' ' || sum(c) as value from test.grouped join test.later using (id)",
  );
  deepStrictEqual(value, "100 100");
});
