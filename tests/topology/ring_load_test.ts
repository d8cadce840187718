import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { say, waitFor } from "../pair/mod.ts";
import { openNodes } from "./nodes.ts";
import { looseTables, shared, topologySeed, writeTo } from "./writers.ts";

const ring = [{ from: "a", to: "b" }, { from: "b", to: "c" }, { from: "c", to: "a" }];

Deno.test("loads around a ring while all nodes write overwrite and remove nothing", async () => {
  say(`seed ${topologySeed}`);
  await using nodes = await openNodes({
    nodes: {
      a: {
        setup: `${looseTables} insert into item select i, 'a', 'old' || i, 0, repeat('x', 100)
          from generate_series(1000001, 1003000) i`,
      },
      b: {},
      c: {},
    },
    links: ring,
  });
  await nodes.start();
  await nodes.linked();
  const [a, b, c] = [nodes.get("a"), nodes.get("b"), nodes.get("c")];
  await waitFor(async () => {
    const states = await Promise.all([b.stateOf("b-c", "part"), c.stateOf("c-a", "part")]);
    return states.every((state) => state === "streaming");
  }, { what: "the ring to close", deadlineMs: 90_000, explain: () => nodes.explain() });
  const writers = nodes.all.map((node, index) => writeTo(node, { seed: topologySeed + index }));
  await a.load("a-b");
  await b.load("b-c");
  for (const writer of writers) say(`${await writer.stop()} transactions`);
  await nodes.atRest();
  const { item } = await nodes.assertEqual(shared);
  say(`items ${item}`);
});

Deno.test("rows that a load brought and that do not go on are told, and a load brings them", async () => {
  await using nodes = await openNodes({
    nodes: {
      a: { setup: looseTables },
      hub: {},
      b: { setup: `${looseTables} insert into item values (7, 'b', 'seven')` },
    },
    links: [
      { from: "a", to: "hub" },
      { from: "hub", to: "a" },
      { from: "b", to: "hub" },
      { from: "hub", to: "b" },
    ],
  });
  await nodes.start();
  await nodes.linked();
  const [a, hub, b] = [nodes.get("a"), nodes.get("hub"), nodes.get("b")];
  await waitFor(async () => await hub.stateOf("hub-a", "item") === "streaming", {
    what: "the hub to follow",
    deadlineMs: 90_000,
    explain: () => nodes.explain(),
  });
  // The hub's other neighbour has written, and its rows have been at b.
  await a.write("insert into item values (1, 'a', 'one')");
  await nodes.atRest();
  await b.load("b-hub");
  await nodes.atRest();
  const ids = "select id::int from item order by id";
  deepStrictEqual(await hub.ask(ids), [{ id: 1 }, { id: 7 }]);
  deepStrictEqual(await a.ask(ids), [{ id: 1 }], "they may have come from there");
  strictEqual(await hub.stateOf("hub-a", "item"), "partial");
  await hub.load("hub-a");
  await nodes.atRest();
  await nodes.assertEqual(shared);
});
