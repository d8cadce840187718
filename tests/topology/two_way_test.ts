import { strictEqual } from "node:assert/strict";
import { say, waitFor } from "../pair/mod.ts";
import { openNodes } from "./nodes.ts";
import { journalOf, looseTables, shared, topologySeed, writeTo } from "./writers.ts";

const journals = ["a", "b", "c"].map((node) => ({ schema: "public", name: `journal_${node}` }));

Deno.test("a source before a two-way pair: rows do not go back to the neighbour that sent them", async () => {
  say(`seed ${topologySeed}`);
  await using nodes = await openNodes({
    nodes: { a: { setup: looseTables }, b: {}, c: {} },
    links: [{ from: "a", to: "b" }, { from: "b", to: "c" }, { from: "c", to: "b" }],
  });
  await nodes.start();
  await nodes.linked();
  const [a, b, c] = [nodes.get("a"), nodes.get("b"), nodes.get("c")];
  await waitFor(async () => await c.stateOf("c-b", "part") !== undefined, {
    what: "the way back to be captured",
    explain: () => nodes.explain(),
  });
  await nodes.atRest();
  await a.write("insert into item select i, 'a', i, 0, 'one' from generate_series(1, 50) i");
  await nodes.atRest();
  await nodes.assertEqual(shared);
  const sender = (await c.status())?.instance.epoch;
  const fromC = (await b.status())?.sources.find(({ epoch }) => epoch === sender);
  strictEqual(fromC?.rows, 0, "nothing has come back from c");
});

Deno.test("a two-way pair, written to on both sides, comes to rest with equal databases", async () => {
  say(`seed ${topologySeed}`);
  await using nodes = await openNodes({
    nodes: { a: { setup: looseTables + journalOf("a") + journalOf("b") }, b: {} },
    links: [{ from: "a", to: "b" }, { from: "b", to: "a" }],
  });
  await nodes.start();
  await nodes.linked();
  const [a, b] = [nodes.get("a"), nodes.get("b")];
  await waitFor(async () => await b.stateOf("b-a", "journal_b") !== undefined, {
    what: "the way back to be captured",
    explain: () => nodes.explain(),
  });
  const writers = [
    writeTo(a, { seed: topologySeed, journal: "a" }),
    writeTo(b, { seed: topologySeed + 1, journal: "b" }),
  ];
  await new Promise((resolve) => setTimeout(resolve, 4000));
  for (const writer of writers) say(`${await writer.stop()} transactions`);
  await nodes.atRest();
  await nodes.assertEqual([...shared, ...journals.slice(0, 2)]);
});
