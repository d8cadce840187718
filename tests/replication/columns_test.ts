import { deepStrictEqual } from "node:assert/strict";
import { openPair, waitFor } from "../pair/mod.ts";

const tables = [{ schema: "public", name: "item" }];

Deno.test("values written right after a column took another's place go to the right column", async () => {
  await using pair = await openPair({
    setup: "create table item (id int primary key, price int, price_new int)",
  });
  // Only the batches look at the catalogs.
  pair.sourceConfig.processing_intervals.ddlwatcher = 4000;
  await pair.start();
  await pair.caughtUp();
  await pair.write("insert into item select i, i, i from generate_series(1, 5) i");
  await pair.caughtUp();
  await pair.write("alter table item drop column price, add column note text");
  await pair.write("alter table item drop column note");
  await pair.write("alter table item rename column price_new to price");
  await pair.write("update item set price = 1000 where id <= 3; insert into item values (6, 6)");
  await pair.caughtUp();
  await waitFor(async () => {
    const { source, target } = await pair.digests(tables);
    return source.item === target.item;
  }, { what: "the rows to be equal", deadlineMs: 12_000 }).catch(() => undefined);
  const { source, target } = await pair.digests(tables);
  deepStrictEqual(target, source, pair.lines.slice(-20).join("\n"));
});
