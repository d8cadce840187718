import { deepStrictEqual } from "node:assert/strict";
import { say, waitFor } from "../pair/mod.ts";
import { openNodes } from "./nodes.ts";
import { journalOf, shared, sharedTables, topologySeed, writeTo } from "./writers.ts";

const journal = (node: string) => ({ schema: "public", name: `journal_${node}` });

Deno.test("a chain of 10, 14 and 18 with loads while all write, and a kill in the middle, is exact", async () => {
  say(`seed ${topologySeed}`);
  const older = `insert into item select i, 'a', 'a' || i, i, 'older'
    from generate_series(1000001, 1003000) i;
    insert into part select i, 1, i from generate_series(1000001, 1003000) i;
    insert into journal_a select i, 'older' from generate_series(1, 2000) i;`;
  await using nodes = await openNodes({
    nodes: {
      a: { major: 10, setup: sharedTables + journalOf("a") + older },
      b: {
        major: 14,
        setup: journalOf("b") + "insert into journal_b select generate_series(1, 900)",
      },
      c: { major: 18 },
    },
    links: [{ from: "a", to: "b" }, { from: "b", to: "c" }],
  });
  const [a, b, c] = [nodes.get("a"), nodes.get("b"), nodes.get("c")];
  await a.start();
  await b.spawn();
  await c.start();
  await nodes.linked();
  const write = (truncates: boolean) => [
    writeTo(a, { seed: topologySeed, journal: "a", truncates }),
    writeTo(b, { seed: topologySeed + 1, journal: "b", onlyJournal: true, truncates }),
  ];
  const before = write(false);
  await a.load("a-b");
  await b.kill();
  for (const writer of before) await writer.stop();
  const writers = write(false);
  await b.spawn();
  await b.load("b-c");
  for (const writer of writers.splice(0)) await writer.stop();
  writers.push(...write(true));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  for (const writer of writers) say(`${await writer.stop()} transactions`);
  await nodes.atRest();
  await nodes.assertEqual([...shared, journal("a")]);
  await nodes.assertEqual([journal("b")], ["b", "c"]);
});

Deno.test("two sources with the same tables fan in under two schemas, and one source fans out into two", async () => {
  say(`seed ${topologySeed}`);
  const setup = sharedTables + `
    insert into item select i, 'a', 'a' || i, i, 'older' from generate_series(1000001, 1001500) i;`;
  await using nodes = await openNodes({
    nodes: { a: { setup }, b: { major: 14, setup }, hub: {}, leaf: { major: 14 } },
    links: [
      { from: "a", to: "hub", applySchema: "of_a" },
      { from: "b", to: "hub", applySchema: "of_b" },
      { from: "a", to: "hub", applySchema: "of_a_too" },
      { from: "hub", to: "leaf", expression: "of_a.*", applySchema: "renamed" },
    ],
  });
  await nodes.start();
  await nodes.linked();
  const [a, b, hub] = [nodes.get("a"), nodes.get("b"), nodes.get("hub")];
  await waitFor(async () => await hub.stateOf("hub-leaf-renamed", "part") !== undefined, {
    what: "the hub's tables to be captured",
    explain: () => nodes.explain(),
    deadlineMs: 60_000,
  });
  const writers = [a, b].map((node, index) => writeTo(node, { seed: topologySeed + index }));
  await a.load("a-hub-of_a");
  await a.load("a-hub-of_a_too");
  await b.load("b-hub-of_b");
  for (const writer of writers) say(`${await writer.stop()} transactions`);
  await nodes.atRest();
  const inSchema = (schema: string) => shared.map((table) => ({ ...table, schema }));
  const [ofA, ofB] = [await a.digests(shared), await b.digests(shared)];
  deepStrictEqual(await hub.digests(inSchema("of_a")), ofA);
  deepStrictEqual(await hub.digests(inSchema("of_a_too")), ofA);
  deepStrictEqual(await hub.digests(inSchema("of_b")), ofB);
  deepStrictEqual(await nodes.get("leaf").digests(inSchema("renamed")), ofA);
});
