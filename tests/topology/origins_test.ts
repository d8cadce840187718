import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { waitFor } from "../pair/mod.ts";
import { type Node, type Nodes, openNodes } from "./nodes.ts";
import { shared, sharedTables } from "./writers.ts";

const pair = [{ from: "a", to: "b" }, { from: "b", to: "a" }];

async function bothWays(nodes: Nodes): Promise<void> {
  await nodes.linked();
  await waitFor(async () => await nodes.get("b").stateOf("b-a", "item") === "streaming", {
    what: "the way back to follow",
    deadlineMs: 60_000,
    explain: () => nodes.explain(),
  });
}

Deno.test("unique values that rows of different origin swap go on together", async () => {
  await using nodes = await openNodes({
    nodes: { a: { setup: sharedTables }, b: {}, c: {} },
    links: [{ from: "a", to: "b" }, { from: "b", to: "c" }],
  });
  await nodes.start();
  await nodes.linked();
  const [a, b, c] = [nodes.get("a"), nodes.get("b"), nodes.get("c")];
  await waitFor(async () => await b.stateOf("b-c", "item") === "streaming", {
    what: "c to follow",
    deadlineMs: 60_000,
    explain: () => nodes.explain(),
  });
  await a.write("insert into item values (1, 'a', 'one'), (2, 'a', 'two'), (3, 'a', 'three')");
  await b.write("insert into item values (11, 'b', 'eleven'), (12, 'b', 'twelve')");
  await nodes.atRest();
  // While c is away: 1 of a and 11 of b swap their codes, in two transactions of different origin.
  await c.stop();
  await b.write("update item set code = 'spare' where id = 11");
  await a.write("update item set code = 'eleven' where id = 1; delete from item where id = 2");
  await waitFor(
    async () => (await b.ask("select 1 from item where id = 1 and code = 'eleven'")).length > 0,
    { what: "b to have the change of a" },
  );
  await b.write(
    "update item set code = 'one' where id = 11; update item set code = 'two' where id = 12",
  );
  await c.start();
  await nodes.atRest();
  await nodes.assertEqual(shared, ["b", "c"]);
  strictEqual(await b.stateOf("b-c", "item"), "streaming");
});

Deno.test("first contact of two databases that both hold rows removes and overwrites nothing, loads included", async () => {
  const rows = (node: string, from: number) =>
    `${sharedTables} insert into item select i, '${node}', '${node}' || i, 0, 'older'
     from generate_series(${from}, ${from + 99}) i;
     insert into item values (500, '${node}', 'both', 1, 'of ${node}');`;
  await using nodes = await openNodes({
    nodes: { a: { setup: rows("a", 1) }, b: { setup: rows("b", 1001) } },
    links: pair,
  });
  await nodes.start();
  await nodes.linked();
  await nodes.atRest();
  const [a, b] = [nodes.get("a"), nodes.get("b")];
  const count = "select count(*)::int as n from item";
  deepStrictEqual([await a.ask(count), await b.ask(count)], [[{ n: 101 }], [{ n: 101 }]]);
  strictEqual(await a.stateOf("a-b", "item"), "partial");
  await a.load("a-b");
  await b.load("b-a");
  await nodes.atRest();
  deepStrictEqual([await a.ask(count), await b.ask(count)], [[{ n: 201 }], [{ n: 201 }]]);
  // The row that both held, with different values, is as each had it: nobody has decided.
  const both = "select note from item where id = 500";
  deepStrictEqual([await a.ask(both), await b.ask(both)], [[{ note: "of a" }], [{ note: "of b" }]]);
  await b.write("update item set note = 'decided' where id = 500");
  await b.write("delete from item where id = 7");
  await a.write("update item set n = 5 where id = 1001");
  await nodes.atRest();
  deepStrictEqual([await a.ask(both), await b.ask(both)], [[{ note: "decided" }], [
    { note: "decided" },
  ]]);
});

Deno.test("a load into a table of a two-way pair leaves what is written there meanwhile", async () => {
  await using nodes = await openNodes({
    nodes: {
      a: {
        setup: `${sharedTables} insert into item select i, 'a', 'a' || i, 0, repeat('x', 100)
          from generate_series(1, 4000) i`,
      },
      b: {},
    },
    links: pair,
  });
  await nodes.start();
  await nodes.linked();
  const [a, b] = [nodes.get("a"), nodes.get("b")];
  await waitFor(async () => await b.stateOf("b-a", "item") === "streaming", {
    what: "the way back to follow",
    deadlineMs: 60_000,
    explain: () => nodes.explain(),
  });
  await b.write(
    "insert into item select i, 'b', 'b' || i, 0, 'own' from generate_series(5001, 5200) i",
  );
  const loading = a.load("a-b");
  let isLoading = true;
  loading.finally(() => isLoading = false).catch(() => undefined);
  for (let step = 0; isLoading; step++) {
    const id = 5001 + step % 200;
    await b.write(
      `update item set n = n + 1 where id = ${id}; delete from item where id = ${id + 1};
       insert into item values (${6000 + step}, 'b', 'b${6000 + step}')`,
    );
    await a.write(`update item set n = n + 1 where id = ${step % 4000 + 1}`);
  }
  await loading;
  await nodes.atRest();
  await nodes.assertEqual(shared);
});

Deno.test("a database that was restored gets back what it had written and lost", async () => {
  await using nodes = await openNodes({
    nodes: { a: { setup: sharedTables }, b: {} },
    links: pair,
  });
  await nodes.start();
  await bothWays(nodes);
  const [a, b] = [nodes.get("a"), nodes.get("b")];
  await a.write("insert into item select i, 'a', 'a' || i, 0, 'one' from generate_series(1, 10) i");
  await b.write(
    "insert into item select i, 'b', 'b' || i, 0, 'one' from generate_series(51, 60) i",
  );
  await nodes.atRest();
  const before = await a.status();
  const [applied] = await a.ask("select position from teleport.applied");
  await a.write(
    "insert into item select i, 'a', 'a' || i, 0, 'lost' from generate_series(11, 20) i",
  );
  await nodes.atRest();
  // What a backup of before has: neither the last rows nor the last position, and another history.
  await a.stop();
  await a.ask(
    `alter table item disable trigger user; delete from item where note = 'lost';
     alter table item enable trigger user;
     update teleport.applied set position = '${applied?.position}';
     update teleport.instance set system_identifier = '1'`,
  );
  await b.write("update item set note = 'two' where id between 6 and 15");
  await a.start();
  await waitFor(async () => {
    const found = await a.ask("select count(*)::int as n from item");
    return found[0]?.n === 30;
  }, { what: "the lost rows to come back", explain: () => nodes.explain() });
  await nodes.atRest();
  await nodes.assertEqual(shared);
  notStrictEqual((await a.status())?.instance.epoch, before?.instance.epoch);
  strictEqual(b.lines.some((line) => line.includes("another database than before")), true);
});

Deno.test("sequences of a two-way pair move on in their own direction and steps", async () => {
  const sequence = (start: number) =>
    `create sequence down increment -1 maxvalue 1000000 start 1000;
     create sequence steps increment 2 start ${start};
     create table item (id int primary key);`;
  await using nodes = await openNodes({
    nodes: { a: { setup: sequence(1) }, b: { setup: sequence(2) } },
    links: pair,
  });
  const [a, b] = [nodes.get("a"), nodes.get("b")];
  await b.write("select nextval('down'), nextval('steps')");
  await nodes.start();
  await nodes.linked();
  await a.write("select nextval('down'), nextval('steps') from generate_series(1, 50)");
  const read = async (node: Node) => {
    const [row] = await node.ask(
      "select d.last_value::int as down, s.last_value::int as steps from down d, steps s",
    );
    return { down: Number(row?.down), steps: Number(row?.steps) };
  };
  await waitFor(async () => {
    const { down, steps } = await read(b);
    return down < 960 && steps > 90;
  }, { what: "both to move on", explain: () => nodes.explain() });
  await nodes.atRest();
  const [ofA, ofB] = [await read(a), await read(b)];
  strictEqual(ofB.down, ofA.down, "down has only gone down");
  // Each keeps to its own numbers, and the next one of either is beyond what the other has drawn.
  deepStrictEqual([ofA.steps % 2, ofB.steps % 2, Math.abs(ofA.steps - ofB.steps)], [1, 0, 1]);
});

Deno.test("a key of a domain over an enum goes both ways, and is loaded", async () => {
  const setup = `create type mood as enum ('low', 'mid', 'high', 'top');
    create domain feeling as mood;
    create table felt (mood feeling primary key, note text);
    insert into felt values ('low', 'a')`;
  await using nodes = await openNodes({ nodes: { a: { setup }, b: {} }, links: pair });
  await nodes.start();
  await nodes.linked();
  const [a, b] = [nodes.get("a"), nodes.get("b")];
  await waitFor(async () => await b.stateOf("b-a", "felt") === "streaming", {
    what: "the way back to follow",
    deadlineMs: 60_000,
    explain: () => nodes.explain(),
  });
  await b.write("insert into felt values ('mid', 'b')");
  await a.write("insert into felt values ('top', 'a'); delete from felt where mood::mood = 'top'");
  await nodes.atRest();
  await a.load("a-b");
  await a.write("insert into felt values ('high', 'a'); delete from felt where mood::mood = 'mid'");
  await nodes.atRest();
  await nodes.assertEqual([{ schema: "public", name: "felt" }]);
  deepStrictEqual(await b.ask("select mood::text from felt order by mood"), [
    { mood: "high" },
    { mood: "low" },
  ]);
});

Deno.test("rows that a load brought and that went before it began again are gone on both sides", async () => {
  const setup = `create table felt (id int primary key, pad text);
    insert into felt select i, repeat('x', 500) from generate_series(1, 12000) i`;
  await using nodes = await openNodes({ nodes: { a: { setup }, b: {} }, links: pair });
  await nodes.start();
  await nodes.linked();
  const [a, b] = [nodes.get("a"), nodes.get("b")];
  await waitFor(async () => await b.stateOf("b-a", "felt") === "streaming", {
    what: "the way back to follow",
    deadlineMs: 60_000,
    explain: () => nodes.explain(),
  });
  await b.ask(
    `create function public.refuse() returns trigger language plpgsql as
       $$begin
         if new.number >= 2 then raise exception 'not yet' using errcode = '40001'; end if;
         return new;
       end$$;
     create trigger refuse before insert on teleport.applied_chunk for each row
       execute procedure public.refuse()`,
  );
  const loading = a.load("a-b");
  loading.catch(() => undefined);
  await waitFor(async () => (await b.ask("select 1 from felt limit 1")).length > 0, {
    what: "the first chunks to be there",
    deadlineMs: 60_000,
    explain: () => nodes.explain(),
  });
  await a.write("truncate felt; insert into felt values (5, 'after'), (20000, 'after')");
  await b.ask("drop trigger refuse on teleport.applied_chunk");
  await loading;
  await nodes.atRest();
  await nodes.assertEqual([{ schema: "public", name: "felt" }]);
  deepStrictEqual(await b.ask("select id from felt order by id"), [{ id: 5 }, { id: 20000 }]);
});
