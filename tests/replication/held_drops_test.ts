/** `schema.drops = hold` on a target: what the source drops stays there until the operator lets it go. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { openPair, type Pair, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

const setup = `
  create table item (id int primary key, note text not null, extra int);
  create table gone (id serial primary key, v text unique, item_id int references item);
  create table r (id int primary key, v text) partition by range (id);
  create table r1 partition of r for values from (0) to (100);
  create table r2 partition of r for values from (100) to (200)`;

async function read(pair: Pair, sql: string): Promise<unknown[]> {
  const rows = await runSql(pair.target.server.url(pair.target.name), sql).catch(() => []);
  return rows.map((row) => Object.values(row));
}

async function heldDrops(pair: Pair): Promise<string[]> {
  const status = await pair.targetInstance?.readStatus() as
    | { sources: { heldDrops: string[]; refused: string[] }[] }
    | undefined;
  deepStrictEqual(status?.sources.flatMap(({ refused }) => refused), []);
  return status?.sources.flatMap(({ heldDrops }) => heldDrops) ?? [];
}

async function follows(pair: Pair, sql: string): Promise<void> {
  await waitFor(async () => {
    const source = await runSql(pair.source.server.url(pair.source.name), sql);
    const target = await read(pair, sql);
    return JSON.stringify(source.map((row) => Object.values(row))) === JSON.stringify(target);
  }, { what: sql, explain: () => pair.lines.slice(-30) });
}

for (const isSuperuser of [true, false]) {
  const how = isSuperuser ? "event triggers" : "polling";
  Deno.test(`Held drops keep tables and columns, which are in nobody's way, with ${how}`, async (t) => {
    await using pair = await openPair({ setup, isSuperuser });
    pair.targetConfig.schema.drops = "hold";
    await pair.start();
    await pair.caughtUp();
    await pair.write(`insert into item select n, 'n' || n, n from generate_series(1, 5) n;
      insert into gone (v, item_id) select n, n from generate_series(1, 5) n;
      insert into r values (1, 'stays'), (101, 'goes')`);
    await follows(pair, "select count(*) from r");
    await follows(pair, "select count(*) from gone");

    await t.step("what is dropped stays, and what is left goes on", async () => {
      await pair.write(`drop table gone; drop table r2; alter table item drop column note;
        insert into item values (6, 6); delete from item where id = 1; insert into r values (2, 'new')`);
      await follows(pair, "select id, extra from item order by id");
      await follows(pair, "select * from r order by id");
      await waitFor(async () => (await heldDrops(pair)).length === 3, {
        what: "three held drops",
        explain: async () => [await heldDrops(pair), pair.lines.slice(-20)],
      });
      deepStrictEqual(await read(pair, "select id, note from item order by id"), [
        ...[2, 3, 4, 5].map((n) => [n, `n${n}`]),
        [6, null],
      ]);
      deepStrictEqual(await read(pair, "select count(*)::int from gone"), [[5]]);
      deepStrictEqual(await read(pair, "select v from r2"), [["goes"]]);
    });

    await t.step("what takes a held name finds room", async () => {
      await pair.write(`create table gone (id bigint primary key, w int unique);
        insert into gone select n, n from generate_series(10, 20) n;
        alter table item add column note int not null default 7; update item set note = id where id > 3`);
      await follows(pair, "select id, extra, note from item order by id");
      await follows(pair, "select id, w from gone order by id");
      const held = await heldDrops(pair);
      deepStrictEqual(held.length, 3, held.join("\n"));
      const [place] = held.flatMap((line) => /"teleport_held_[0-9]+"\."gone"/.exec(line) ?? []);
      deepStrictEqual(await read(pair, `select count(*)::int from ${place}`), [[5]]);
      deepStrictEqual(
        await read(pair, "select id, teleport_held_2 from item where id < 4 order by id"),
        [[2, "n2"], [3, "n3"]],
      );
    });

    await t.step("they go when the configuration says so", async () => {
      await pair.targetInstance?.stop();
      pair.targetConfig.schema.drops = "apply";
      await pair.startTarget();
      await waitFor(async () => (await heldDrops(pair)).length === 0, {
        what: "no held drops",
        explain: async () => [await heldDrops(pair), pair.lines.slice(-20)],
      });
      deepStrictEqual(
        await read(
          pair,
          `select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname like 'teleport\\_held%' or c.relname = 'r2'`,
        ),
        [],
      );
      deepStrictEqual(await read(pair, "select teleport_held_2 from item"), []);
      await pair.write("insert into item values (7, 7, 7); insert into gone values (30, 30)");
      await follows(pair, "select id, extra, note from item order by id");
      await follows(pair, "select id, w from gone order by id");
      ok(pair.lines.some((line) => /cannot be undone.*gone is dropped with its rows/.test(line)));
      ok(pair.lines.some((line) => /cannot be undone.*is dropped with its values/.test(line)));
    });
  });
}
