/** Values travel as text: what the text means changes with the types, and nobody's lock forbids it. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { openPair, type Pair, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

const tables = [{ schema: "public", name: "item" }];

const setup = `
  create type mood as enum ('good', 'bad');
  create domain its_mood as mood;
  create type span as (first int, last int);
  create table item (id int primary key, m mood, ms mood[], d its_mood, s span)`;

const swap =
  `alter type mood rename value 'good' to 'x'; alter type mood rename value 'bad' to 'good';
  alter type mood rename value 'x' to 'bad'`;

async function assertEqual(pair: Pair): Promise<void> {
  await waitFor(async () => {
    const { source, target } = await pair.digests(tables);
    return source.item === target.item;
  }, { what: "the rows to be equal", deadlineMs: 12_000 }).catch(() => undefined);
  const { source, target } = await pair.digests(tables);
  deepStrictEqual(target, source, pair.lines.slice(-20).join("\n"));
}

Deno.test("rows written right after labels swapped names, and attributes places, keep their values", async () => {
  await using pair = await openPair({ setup });
  // Only the batches look at the catalogs.
  pair.sourceConfig.processing_intervals.ddlwatcher = 60_000;
  await pair.start();
  await pair.caughtUp();
  const insert = (from: number) =>
    `insert into item select i, 'good', '{good,bad}', 'good', row(i, i + 1)::span
     from generate_series(${from}, ${from + 4}) i`;
  await pair.write(insert(1));
  await pair.caughtUp();
  await pair.write(swap);
  await pair.write(`${insert(11)}; update item set id = -id where id = 1`);
  await assertEqual(pair);
  await pair.write("alter type span drop attribute first, add attribute middle int");
  await pair.write("update item set s = row(5, 6)::span where id = 2");
  await assertEqual(pair);
});

Deno.test("labels that swap names while a batch is read spoil no row", async () => {
  let batches = 0;
  const pair = await openPair({
    setup,
    onBatch: async ({ changes }) => {
      if (changes.length === 0) return;
      batches += 1;
      // After the batch's snapshot, before its rows are read.
      if (batches === 2) await runSql(pair.source.server.url(pair.source.name), swap);
    },
  });
  await using _pair = pair;
  pair.sourceConfig.processing_intervals.ddlwatcher = 60_000;
  await pair.start();
  await pair.caughtUp();
  await pair.write("insert into item values (1, 'good')");
  await assertEqual(pair);
  await pair.write("insert into item values (2, 'good'), (3, 'bad')");
  await assertEqual(pair);
  ok(batches >= 3, "the batch was not read again");
});
