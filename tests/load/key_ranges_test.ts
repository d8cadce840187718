/** Loads by ranges of the key: what they outlast that ranges of pages do not, and what begins them again all the same. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { openServers, runSql } from "../postgres/mod.ts";
import { type ItemLane, openItemLane, settings } from "./item_lane.ts";

const servers = await openServers();
Deno.test.afterAll(async () => await servers[Symbol.asyncDispose]());

/** On the source, in teleport's own tables. */
async function administer(item: ItemLane, sql: string): Promise<Record<string, unknown>[]> {
  const { server, name } = item.lane.pair.source;
  return await runSql(server.url(name), sql);
}

/** As if the files of all tables had been others twice already. */
async function haveByKey(item: ItemLane): Promise<void> {
  await administer(item, "update teleport.table_state set rewrites = 2");
}

async function rangesAreOfKey(item: ItemLane): Promise<boolean> {
  const [found] = await administer(
    item,
    `select bool_and(c.condition like '%t."id"%') and bool_and(c.condition not like '%ctid%') as by_key
     from teleport.chunk c
     join teleport.table_state s on s.load = c.load and s.table_name = 'item'`,
  );
  return found?.by_key === true;
}

/** Whatever is written while chunks come, so that rows move between them. */
const writes = (count: number) => [
  `update item set note = repeat('m', 1000 + ${count}) where id % 7 = ${count % 7}`,
  `update item set id = 1000 + id where id = ${10 + count}`,
  `delete from item where id = ${40 + count}`,
  `insert into item values (${-count}, ${-count}, 'new')`,
];

Deno.test("a table whose file is another one after each chunk is loaded by ranges of its key when it has begun again twice", async () => {
  await using item = await openItemLane(servers);
  const byKey: boolean[] = [];
  const counts = await item.load(async (moment, count) => {
    if (moment === "planned") byKey.push(await rangesAreOfKey(item));
    if (moment !== "chunk") return;
    await item.write(...(count < 20 ? writes(count) : []), "vacuum full item");
  });
  deepStrictEqual(byKey, [false, false, true]);
  ok(counts.chunk > 8, `${counts.chunk} chunks`);
  await item.assertEqual();
  const [left] = await administer(
    item,
    "select rewrites from teleport.table_state where table_name = 'item'",
  );
  strictEqual(left?.rewrites, 0, "the next load is by pages again");
});

/** A load by ranges of the key, into whose third chunk something comes. @returns how often it was planned. */
async function interrupt(item: ItemLane, statements: readonly string[]): Promise<number> {
  await haveByKey(item);
  const counts = await item.load(async (moment, count) => {
    if (moment === "planned" && count === 1) ok(await rangesAreOfKey(item));
    if (moment === "chunk" && count === 3) await item.write(...statements);
  });
  ok(counts.chunk > 5, `${counts.chunk} chunks`);
  return counts.planned;
}

const outlasted: Record<string, string[]> = {
  "VACUUM FULL": ["delete from item where id between 11 and 60", "vacuum full item"],
  CLUSTER: ["update item set id = -id where id > 80", "cluster item using item_pkey"],
  "a column's statistics": ["analyze item"],
};

for (const [name, statements] of Object.entries(outlasted)) {
  Deno.test(`a load by ranges of the key goes on after ${name}, and ends exact`, async () => {
    await using item = await openItemLane(servers);
    strictEqual(await interrupt(item, statements), 1, item.lane.lines.join("\n"));
    await item.assertEqual();
  });
}

const ending: Record<string, string[]> = {
  TRUNCATE: [
    "truncate item cascade",
    "insert into item select i, -i, repeat('t', 900) from generate_series(1, 60) i",
  ],
  // The catalogs say the same as before, and no row has an event.
  "ALTER COLUMN TYPE with values": ["alter table item alter column u type int using u + 1000"],
  "a new column with a volatile default": [
    "alter table item add column made double precision default random()",
  ],
};

for (const [name, statements] of Object.entries(ending)) {
  Deno.test(`a load by ranges of the key begins again after ${name}, and ends exact`, async () => {
    await using item = await openItemLane(servers);
    ok(await interrupt(item, statements) > 1, item.lane.lines.join("\n"));
    item.lane.mustWatch = true;
    await item.lane.settle(settings);
    await item.assertEqual();
  });
}

Deno.test("a partition that is attached between two chunks by key comes with its rows", async () => {
  await using item = await openItemLane(servers, {
    setup: `
      create table tree (id int, part int, note text, primary key (id, part)) partition by list (part);
      create table tree_1 partition of tree for values in (1);
      create table tree_2 (id int, part int, note text, primary key (id, part));
      insert into tree select i, 1, repeat('x', 900) from generate_series(1, 60) i;
      insert into tree_2 select i, 2, repeat('x', 900) from generate_series(101, 130) i;`,
  });
  await haveByKey(item);
  let chunks = 0;
  item.lane.onMoment = async (table, moment) => {
    if (table !== "tree" || moment !== "chunk" || ++chunks !== 3) return;
    await item.write("alter table tree attach partition tree_2 for values in (2)");
  };
  await item.lane.load(["tree", "tree_2", "item", "line"], settings);
  item.lane.mustWatch = true;
  await item.lane.settle(settings);
  ok(item.restarts > 0, item.lane.lines.join("\n"));
  await item.assertEqual(["tree", "tree_1", "tree_2"]);
});

Deno.test("a table of one chunk does not mind what becomes of its file", async () => {
  await using item = await openItemLane(servers);
  const moments: string[] = [];
  item.lane.onMoment = async (table, moment) => {
    if (table !== "item") return;
    moments.push(moment);
    if (moment === "chunk") {
      await item.write("update item set note = 'z' where id < 9", "vacuum full item");
    }
  };
  await item.lane.load(["item", "line"], { workers: 2, chunkBytes: 1_000_000 });
  deepStrictEqual(moments, ["planned", "chunk", "caughtUp"]);
  await item.assertEqual();
});
