/** DDL between databases that replicate to each other: it arrives once, and never comes back. */
import { deepStrictEqual } from "node:assert/strict";
import { waitFor } from "../pair/mod.ts";
import { type Link, type Nodes, openNodes } from "./nodes.ts";

const setup = `
  create type mood as enum ('good', 'bad');
  create table item (id int primary key, note text, n int, m mood);
  create table part (id int primary key, item_id int references item on update no action deferrable);
  create view notes as select id, note from item`;

/** Every step is undone or changed again by a later one, so that an echo that comes late shows. */
const steps = [
  "alter table item add column w int default 7",
  "alter table item rename note to remark",
  "alter table item rename remark to note",
  "alter table item alter n type bigint",
  "alter table item alter n type text using n || '!'",
  "create index fresh on item (n)",
  "drop index fresh",
  "create index fresh on item (w)",
  "alter table item drop column w",
  "alter table item add column w text",
  "create table extra (id int primary key, v text)",
  "drop table extra",
  "create table extra (id int primary key, w int)",
  "alter type mood rename value 'bad' to 'sad'",
  "alter type mood add value 'fair'",
  "create or replace view notes as select id, note, n from item",
  "alter table item add constraint positive check (id > 0)",
  "alter table part rename to piece",
  "alter table item alter w set default 'x'",
];

const columns =
  `select c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) as line
  from pg_attribute a join pg_class c on c.oid = a.attrelid
  where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
    and c.relkind in ('r', 'v', 'i')
  union all select 'label ' || enumlabel from pg_enum
  union all select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
    where connamespace = 'public'::regnamespace and contype = 'c'
  order by 1`;

async function assertSame(nodes: Nodes): Promise<string[]> {
  const all = await Promise.all(
    nodes.all.map(async (node) => (await node.ask(columns)).map(({ line }) => String(line))),
  );
  const [first = [], ...others] = all;
  for (const other of others) deepStrictEqual(other, first);
  return first;
}

async function wayBack(nodes: Nodes, links: readonly Link[]): Promise<void> {
  for (const { from, to } of links) {
    await waitFor(
      async () => await nodes.get(from).stateOf(`${from}-${to}`, "item") !== undefined,
      {
        what: `${from} to capture what goes to ${to}`,
        explain: () => nodes.explain(),
      },
    );
  }
}

const topologies: { what: string; links: Link[] }[] = [
  { what: "a two-way pair", links: [{ from: "a", to: "b" }, { from: "b", to: "a" }] },
  {
    what: "a ring of three",
    links: [{ from: "a", to: "b" }, { from: "b", to: "c" }, { from: "c", to: "a" }],
  },
];

for (const { what, links } of topologies) {
  Deno.test(`DDL in ${what} arrives everywhere and comes to rest`, async (t) => {
    await using nodes = await openNodes({
      nodes: Object.fromEntries(
        [...new Set(links.map(({ from }) => from))].map((
          name,
        ) => [name, name === "a" ? { setup } : {}]),
      ),
      links,
    });
    await nodes.start();
    await nodes.linked();
    await wayBack(nodes, links);
    await nodes.atRest();
    const a = nodes.get("a");

    await t.step("one change after another", async () => {
      await a.write("insert into item select n, 'x', n, 'good' from generate_series(1, 50) n");
      // Rows that come by a load do not go on around a ring: what rewrites a table is for the pair alone.
      const isPair = links.length === 2;
      for (const step of steps.filter((step) => isPair || !step.includes("alter n type"))) {
        await a.write(step);
        await a.write("insert into item (id) select max(id) + 1 from item");
      }
      await nodes.atRest();
      // Loads overwrite nothing here: what USING made of the rows travels when they are written.
      await a.write("update item set id = id");
      await nodes.atRest();
      await nodes.assertEqual([{ schema: "public", name: "item" }]);
      const lines = await assertSame(nodes);
      deepStrictEqual(lines, (await a.ask(columns)).map(({ line }) => line));
      deepStrictEqual(lines.includes("extra.w integer") && lines.includes("item.w text"), true);
    });

    await t.step("changes that are undone at once", async () => {
      for (let round = 0; round < 10; round++) {
        await a.write(`alter table item add column z${round % 2} int`);
        await a.write(`create table quick (id int primary key)`);
        await a.write(`alter table item rename note to remark`);
        if (round % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 150));
        await a.write(`drop table quick`);
        await a.write(`alter table item rename remark to note`);
        await a.write(`alter table item drop column z${round % 2}`);
      }
      await nodes.atRest();
      const lines = await assertSame(nodes);
      deepStrictEqual(lines.some((line) => /quick|\.z\d|remark/.test(line)), false);
      await nodes.assertEqual([{ schema: "public", name: "item" }]);
    });
  });
}

Deno.test("either side of a pair may make tables and columns, and each changes what it made", async () => {
  const links = [{ from: "a", to: "b" }, { from: "b", to: "a" }];
  await using nodes = await openNodes({ nodes: { a: { setup }, b: {} }, links });
  await nodes.start();
  await nodes.linked();
  await wayBack(nodes, links);
  await nodes.atRest();
  const [a, b] = [nodes.get("a"), nodes.get("b")];
  for (const [node, other] of [[a, b], [b, a]] as const) {
    const own = node === a ? "of_a" : "of_b";
    await node.ask(`set role "${node === a ? a.app.name : b.config.database.username}";
      alter table item add column ${own} int; create index ${own}_index on item (${own});
      create table ${own} (id int primary key, v int, w int)`);
    await nodes.atRest();
    await node.ask(`set role "${node === a ? a.app.name : b.config.database.username}";
      alter table item alter ${own} type bigint; alter table ${own} alter v type text;
      alter table ${own} drop column w; drop index ${own}_index; insert into ${own} values (1, 'x')`);
    await nodes.atRest();
    const lines = await assertSame(nodes);
    deepStrictEqual(lines.includes(`item.${own} bigint`) && lines.includes(`${own}.v text`), true);
    deepStrictEqual(
      lines.some((line) => line.includes(`${own}.w`) || line.includes("_index")),
      false,
    );
    deepStrictEqual((await other.ask(`select v from ${own}`)).map(({ v }) => v), ["x"]);
  }
});
