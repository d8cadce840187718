import { say, waitFor } from "../pair/mod.ts";
import { type Nodes, openNodes } from "./nodes.ts";
import { journalOf, looseTables, shared, topologySeed, writeTo } from "./writers.ts";

const journals = ["a", "b", "c"].map((node) => ({ schema: "public", name: `journal_${node}` }));
const tables = [...shared, ...journals];
const ring = [{ from: "a", to: "b" }, { from: "b", to: "c" }, { from: "c", to: "a" }];
const setup = looseTables + ["a", "b", "c"].map(journalOf).join("");

/** Every table is captured on every node, so that no writer is missed. */
async function captured(nodes: Nodes): Promise<void> {
  await nodes.linked();
  for (const { from, to } of ring) {
    await waitFor(async () => {
      const states = await Promise.all(
        tables.map(({ name }) => nodes.get(from).stateOf(`${from}-${to}`, name)),
      );
      return states.every((state) => state === "streaming" || state === "partial");
    }, { what: `${from} to follow`, deadlineMs: 60_000, explain: () => nodes.explain() });
  }
}

Deno.test("a ring of three, written to on all nodes while one is killed, comes to rest with equal databases", async () => {
  say(`seed ${topologySeed}`);
  await using nodes = await openNodes({
    nodes: { a: { major: 18, setup }, b: { major: 14 }, c: { major: 10 } },
    links: ring,
  });
  const [a, b, c] = [nodes.get("a"), nodes.get("b"), nodes.get("c")];
  await a.start();
  await b.spawn();
  await c.start();
  await captured(nodes);
  const writers = nodes.all.map((node, index) =>
    writeTo(node, { seed: topologySeed + index, journal: node.name })
  );
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await b.kill();
  await new Promise((resolve) => setTimeout(resolve, 500));
  await b.spawn();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  for (const writer of writers) say(`${await writer.stop()} transactions`);
  await nodes.atRest();
  await nodes.assertEqual(tables);
});

Deno.test("a row that one node of a ring writes and another changes ends the same everywhere, in cut windows too", async () => {
  await using nodes = await openNodes({
    nodes: { a: { setup: looseTables }, b: {}, c: {} },
    links: ring,
    config: { max_events_per_batch: 3 },
  });
  await nodes.start();
  await nodes.linked();
  const [a, b, c] = [nodes.get("a"), nodes.get("b"), nodes.get("c")];
  await waitFor(async () => {
    const states = await Promise.all([b.stateOf("b-c", "part"), c.stateOf("c-a", "part")]);
    return states.every((state) => state === "streaming");
  }, { what: "the ring to close", explain: () => nodes.explain() });
  // While c is away, b gathers changes of both a and its own on the same rows, and more than fit a batch.
  await c.stop();
  await a.write("insert into item select i, 'a', i, 0, 'one' from generate_series(1, 40) i");
  await waitFor(
    async () => (await b.ask("select 1 from item where id = 40")).length > 0,
    { what: "b to have the rows" },
  );
  for (let id = 1; id <= 20; id++) {
    await b.write(`update item set note = 'changed on b' where id = ${id}`);
  }
  await b.write("delete from item where id between 30 and 35");
  await c.start();
  await nodes.atRest();
  await nodes.assertEqual(shared);
});

Deno.test("a table that is emptied on one node of a ring is emptied once, and rows that came after stay", async () => {
  await using nodes = await openNodes({
    nodes: { a: { setup: looseTables }, b: {}, c: {} },
    links: ring,
  });
  await nodes.start();
  await nodes.linked();
  const [a, c] = [nodes.get("a"), nodes.get("c")];
  await waitFor(async () => await c.stateOf("c-a", "part") === "streaming", {
    what: "the ring to close",
    explain: () => nodes.explain(),
  });
  await a.write("insert into item select i, 'a', i, 0, 'old' from generate_series(1, 40) i");
  await nodes.atRest();
  await a.write("truncate item cascade");
  await a.write("insert into item select i, 'a', i, 0, 'new' from generate_series(11, 15) i");
  await nodes.atRest();
  const { item } = await nodes.assertEqual(shared);
  if (!item?.startsWith("5:")) throw new Error(`The five rows are gone: ${item}`);
});
