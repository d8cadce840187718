/** What comes between the chunks of a table that is read by pages: each case once went wrong in some way of loading. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { waitFor } from "../pair/mod.ts";
import { connect, openServers } from "../postgres/mod.ts";
import { type ItemLane, openItemLane, rows, settings } from "./item_lane.ts";

const servers = await openServers();
Deno.test.afterAll(async () => await servers[Symbol.asyncDispose]());

/** Indexes of item, its keys, and the keys that refer to it. */
const indexes = `select string_agg(x.indisprimary::text, ',' order by x.indisprimary desc)
  from pg_index x where x.indrelid = 'item'::regclass`;
const constraints =
  `select coalesce(string_agg(distinct k.contype::text, '' order by k.contype::text), '')
  from pg_constraint k
  where k.contype <> 'n' and (k.conrelid = 'item'::regclass or k.confrelid = 'item'::regclass)`;

Deno.test("while chunks come the target's table has its checks, and no key, index or foreign key; afterwards all of them", async () => {
  await using item = await openItemLane(servers);
  const seen = new Set<string>();
  let before = "";
  const counts = await item.load(async (moment) => {
    const now = `${await item.there(`coalesce((${indexes}), 'none')`)} ${await item.there(
      constraints,
    )}`;
    if (moment === "chunk") seen.add(now);
    if (moment === "caughtUp") before = now;
  });
  ok(counts.chunk > 5, `${counts.chunk} chunks`);
  deepStrictEqual([...seen], ["none c"]);
  strictEqual(before, "true cp", "the catch-up has built the primary key alone");
  strictEqual(await item.there(indexes), "true,false,false");
  // The foreign key comes at a later look at the tables, when both follow.
  await waitFor(async () => {
    await item.lane.settle(settings);
    return await item.there(constraints) === "cfpu";
  }, { what: "the foreign key to be there" });
  await item.assertEqual();
});

Deno.test("a row that moves between two chunks comes twice, and is there once in the end", async () => {
  await using item = await openItemLane(servers);
  let most = 0;
  await item.load(async (moment, count) => {
    if (moment !== "chunk") return;
    if (count === 1) await item.write("update item set note = repeat('n', 1900) where id = 1");
    most = Math.max(most, Number(await item.there("select count(*) from item where id = 1")));
  });
  strictEqual(most, 2, "a key in place would have refused the second chunk");
  strictEqual(item.restarts, 0);
  await item.assertEqual();
});

Deno.test("rows on pages that are newer than the plan come with the last chunk", async () => {
  await using item = await openItemLane(servers);
  let there = 0;
  await item.load(async (moment) => {
    if (moment === "planned") {
      await item.write(
        "insert into item select i, i, repeat('y', 900) from generate_series(1001, 1060) i",
      );
    }
    if (moment !== "chunk") return;
    there = Number(await item.there("select count(*) from item where id > 1000"));
  });
  strictEqual(there, 60, "before the catch-up");
  await item.assertEqual();
});

Deno.test("what transactions wrote before the plan and commit after the last chunk is there", async () => {
  await using item = await openItemLane(servers);
  const { source, owner } = item.lane.pair;
  await using application = await connect(source.urlAs(owner));
  await application.query(`begin;
    insert into item select i, i, repeat('y', 900) from generate_series(1001, 1010) i;
    update item set note = repeat('z', 1900) where id <= 5;
    delete from item where id > ${rows - 5} and id < 1000`);
  let isOpen = true;
  await item.load(async (moment) => {
    if (moment !== "caughtUp" || !isOpen) return;
    isOpen = false;
    strictEqual(await item.there("select count(*) from item"), String(rows));
    await application.query("commit");
  });
  strictEqual(isOpen, false);
  await item.assertEqual();
});

Deno.test("rows that were written before capture found their table are loaded with those of after", async () => {
  await using item = await openItemLane(servers);
  await item.load(() => Promise.resolve());
  await item.write(
    "create table late (id int primary key, note text)",
    "insert into late select i, repeat('x', 900) from generate_series(1, 50) i",
  );
  item.lane.onMoment = async (table, moment) => {
    if (table === "late" && moment === "planned") {
      await item.write("insert into late values (51, 'y')", "delete from late where id = 1");
    }
  };
  item.lane.mustWatch = true;
  await item.lane.settle(settings);
  strictEqual(await item.there("select count(*) from late"), "50");
  await item.assertEqual(["item", "line", "late"]);
});

/** Changes of the table's file: rows that were not read may be on pages that were. */
const rewrites: Record<string, string[]> = {
  "VACUUM FULL": [`delete from item where id between 11 and ${rows - 24}`, "vacuum full item"],
  CLUSTER: [`update item set id = -id where id > ${rows - 24}`, "cluster item using item_pkey"],
  TRUNCATE: [
    "truncate item cascade",
    "insert into item select i, -i, repeat('t', 900) from generate_series(1, 30) i",
  ],
  "ALTER COLUMN TYPE": ["alter table item alter column u type bigint"],
};

for (const [name, statements] of Object.entries(rewrites)) {
  Deno.test(`${name} between two chunks begins the load again, from an empty table`, async () => {
    await using item = await openItemLane(servers);
    const held: string[] = [];
    const counts = await item.load(async (moment, count) => {
      if (moment === "chunk" && count === 3) {
        await item.write(...statements);
        item.lane.mustWatch = true;
      }
      if (moment === "chunk" && count > 3 && held.length === 0) {
        held.push(await item.there("select count(*) > 16 from item"));
      }
    });
    ok(item.restarts > 0, item.lane.lines.join("\n"));
    ok(counts.planned > 1);
    deepStrictEqual(held, ["false"]);
    await item.assertEqual();
  });
}

const tree = `
  create table tree (id int, part int, note text, primary key (id, part)) partition by list (part);
  create table tree_1 partition of tree for values in (1);
  create table tree_2 partition of tree for values in (2);
  create table tree_3 (id int, part int, note text, primary key (id, part));
  insert into tree select i, 1 + i % 2, repeat('x', 900) from generate_series(1, 60) i;
  insert into tree_3 select i, 3, repeat('x', 900) from generate_series(101, 130) i;`;

const changes: Record<string, string> = {
  "a partition that is attached between two chunks comes with its rows":
    "alter table tree attach partition tree_3 for values in (3)",
  "a partition that is detached between two chunks leaves with its rows":
    "alter table tree detach partition tree_2",
  "a partition that is dropped between two chunks leaves with its rows": "drop table tree_2",
};

for (const [name, statement] of Object.entries(changes)) {
  Deno.test(name, async () => {
    await using item = await openItemLane(servers, { setup: tree });
    let chunks = 0;
    item.lane.onMoment = async (table, moment) => {
      if (table !== "tree" || moment !== "chunk" || ++chunks !== 3) return;
      await item.write(statement);
    };
    await loadTree(item);
    ok(chunks > 3);
    ok(item.restarts > 0, item.lane.lines.join("\n"));
    await item.assertEqual(["tree", "tree_1", ...(statement.startsWith("drop") ? [] : ["tree_2"])]);
  });
}

async function loadTree(item: ItemLane): Promise<void> {
  await item.lane.load(["tree", "tree_3", "item", "line"], settings);
  item.lane.mustWatch = true;
  await item.lane.settle(settings);
}

Deno.test("rows that only the target has are gone, and those that differ are the source's, after a load that was asked for", async () => {
  await using item = await openItemLane(servers);
  await item.target.run(
    "insert into item values (5, -5, 'differs'), (500, -500, 'surplus'), (6, 7, 'a value of another row')",
  );
  await item.load(() => Promise.resolve());
  await item.assertEqual();
});

Deno.test("rows that exchange a unique value between their chunks both come to a table that keeps its keys", async () => {
  await using item = await openItemLane(servers, {
    setup: "create view kept as select id, u, note from item group by id;",
  });
  let isLeftOut = false;
  await item.load(async (moment, count) => {
    if (moment !== "chunk") return;
    if (count === 1) {
      ok((await item.there(indexes)).startsWith("true,false"), "the keys are in place");
      await item.write(
        `begin; update item set u = -1 where id = 1; update item set u = 1 where id = ${rows};
         update item set u = ${rows} where id = 1; commit`,
      );
    }
    isLeftOut = await item.there(`select count(*) from item where id = ${rows}`) === "0";
  });
  ok(isLeftOut, "the second row met the value of the first, as it was in an older chunk");
  await item.assertEqual();
});
