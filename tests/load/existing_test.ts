/** Loads into tables that hold rows already: merged, replaced or refused. */
import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import type { ExistingRows } from "../../src/model/mod.ts";
import type { Pair } from "../pair/mod.ts";
import { waitFor } from "../pair/mod.ts";
import { openServers, type ServerPair } from "../postgres/mod.ts";

import itemSql from "./item.sql" with { type: "text" };
import {
  asAdmin,
  askForLoad,
  assertExact,
  follows,
  oneValue,
  openFilled,
  patienceMs,
  tableOf,
} from "./filled.ts";

const pairs = new Map<number, Promise<ServerPair>>();

function serversOf(major: number): Promise<ServerPair> {
  const known = pairs.get(major) ?? openServers({ source: major, target: major });
  pairs.set(major, known);
  return known;
}

Deno.test.afterAll(async () => {
  for (const servers of pairs.values()) await (await servers)[Symbol.asyncDispose]();
});

/** The source's rows; `wide` is stored out of line. */
const sourceRows = `insert into item
  select i, 'label ' || i, i, i, '{"a": 1}', 'x', null from generate_series(1, 3000) i;
  update item set big = (select string_agg(md5(g::text), '') from generate_series(1, 300) g)
    where id % 100 = 0;
  update item set amount = '1.00', ratio = '-0', doc = '{"a":1}', pad = null where id = 1;
  update item set ratio = 'NaN', label = null where id = 2;`;

/** Of the target: rows that differ in ways that `=` does not tell, that swap labels, that the source lacks. */
const targetRows = `${sourceRows}
  update item set amount = '1.0', ratio = '0', doc = '{"a": 1}', pad = '' where id = 1;
  update item set ratio = 0, label = 'label 2' where id = 2;
  update item set label = null where id in (3, 4);
  update item set label = 'label 4' where id = 3; update item set label = 'label 3' where id = 4;
  update item set big = big || 'x' where id = 100;
  update item set big = null where id = 200;
  delete from item where id between 11 and 20;
  insert into item select 10000 + i, 'label ' || i, 0, 0, '{}', '', '' from generate_series(11, 15) i;`;

async function openItems(major: number, existing?: ExistingRows): Promise<Pair> {
  const pair = await openFilled({
    servers: await serversOf(major),
    setup: itemSql + sourceRows,
    filled: itemSql + targetRows,
    ...existing === undefined ? {} : { existing },
  });
  await pair.start();
  await pair.caughtUp(patienceMs);
  strictEqual((await tableOf(pair, "item"))?.state, "partial");
  return pair;
}

/** What a merge leaves as it is: files, keys, indexes, the versions of rows that are the same. */
function readStructure(pair: Pair): Promise<Record<string, unknown>[]> {
  return asAdmin(
    pair,
    `select 'public.item'::regclass::oid::int as item, 'public.item_labels'::regclass::oid::int as view,
       (select relfilenode::int from pg_class where oid = 'public.item'::regclass) as file,
       (select string_agg(indexrelid::text, ' ' order by indexrelid) from pg_index
        where indrelid = 'public.item'::regclass) as indexes,
       (select string_agg(conname, ' ' order by oid) from pg_constraint
        where conrelid = 'public.item'::regclass) as constraints,
       (select count(*)::int from public.item where id between 21 and 3000 and id <> all ('{100, 200}')
        and xmin = (select xmin from public.item where id = 21)) as "sameRows"`,
  );
}

for (const major of [10, 14, 18]) {
  Deno.test(`A merge changes what differs and nothing else (PostgreSQL ${major})`, async () => {
    await using pair = await openItems(major);
    const before = await readStructure(pair);
    await askForLoad(pair, ["item"], "merge");
    await follows(pair, "item");
    await assertExact(pair, "item");
    deepStrictEqual(await readStructure(pair), before);
    await pair.write("update item set label = 'later' where id = 7; delete from item where id = 8");
    await assertExact(pair, "item");
  });

  Deno.test(`A replacement leaves the source's rows (PostgreSQL ${major})`, async () => {
    await using pair = await openItems(major, "merge");
    const before = await readStructure(pair);
    await askForLoad(pair, ["item"], "replace");
    await follows(pair, "item");
    await assertExact(pair, "item");
    notStrictEqual((await readStructure(pair))[0]?.file, before[0]?.file);
  });

  Deno.test(`A refused load leaves the target's rows and says so (PostgreSQL ${major})`, async () => {
    await using pair = await openItems(major);
    const before = await oneValue(
      pair,
      "select md5(string_agg(t::text, '' order by id)) from public.item t",
    );
    await askForLoad(pair, ["item"], "refuse");
    await waitFor(async () => {
      const table = await tableOf(pair, "item");
      return table?.state === "partial" && table.reason?.includes("holds rows on the target");
    }, { what: "the load to be refused", explain: () => tableOf(pair, "item") });
    strictEqual(
      await oneValue(pair, "select md5(string_agg(t::text, '' order by id)) from public.item t"),
      before,
    );
    // What it asks for helps.
    await askForLoad(pair, ["item"], "merge");
    await follows(pair, "item");
    await assertExact(pair, "item");
  });
}

Deno.test("A load that nobody asked for leaves rows that others brought, whatever the configuration says", async () => {
  await using pair = await openItems(18, "merge");
  await askForLoad(pair, ["item"], null);
  await waitFor(async () => (await tableOf(pair, "item"))?.reason?.includes("holds rows"), {
    what: "the load to be refused",
    explain: () => tableOf(pair, "item"),
  });
  strictEqual(await oneValue(pair, "select count(*) from public.item where id > 10000"), "5");
});
