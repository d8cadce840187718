import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { intervals, openPair, type Pair, targetName, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";
import { requestLoad } from "../../src/state/mod.ts";

const tables = [{ schema: "public", name: "item" }];

async function askForLoad(pair: Pair, name = "item"): Promise<void> {
  await using connection = await pair.open("source");
  const [relation] = await pair.write(`select '${name}'::regclass::oid::int as oid`);
  await requestLoad(connection, targetName, [Number(relation?.oid)], { existing: "replace" });
}

async function stateOfItem(pair: Pair): Promise<string | undefined> {
  const status = await pair.readStatus();
  return status?.targets[targetName]?.tables.find(({ name }) => name === "item")?.state;
}

Deno.test("a batch that was read before a load began does not write over the load's rows", async () => {
  const gate = { isShut: false, isReached: false, open: () => {} };
  await using pair = await openPair({
    setup: `create table item (id int primary key, note text);
      insert into item select i, 'first' from generate_series(1, 10) i`,
    onBatch: async (batch) => {
      if (!gate.isShut || batch.changes.length === 0) return;
      gate.isReached = true;
      await new Promise<void>((resolve) => gate.open = resolve);
    },
  });
  await pair.start();
  await pair.caughtUp();
  gate.isShut = true;
  await pair.write(
    "update item set note = 'old' where id = 1; insert into item values (99, 'gone')",
  );
  await waitFor(() => gate.isReached, { what: "the batch to be read" });
  await pair.write("update item set note = 'new' where id = 1; delete from item where id = 99");
  await askForLoad(pair);
  // Without a fence the load ends now, before the older batch is sent.
  await waitFor(async () => await stateOfItem(pair) === "loading", { what: "the load to begin" });
  await waitFor(async () => await stateOfItem(pair) === "rejoining", {
    what: "the load to end",
    deadlineMs: 3000,
  }).catch(() => undefined);
  gate.isShut = false;
  gate.open();
  await waitFor(async () => await stateOfItem(pair) === "streaming", {
    what: "the table to follow",
  });
  await pair.caughtUp();
  const { source, target } = await pair.digests(tables);
  deepStrictEqual(target, source, pair.lines.slice(-20).join("\n"));
});

Deno.test("a column that comes with a default while its table is loaded has the source's values", async () => {
  await using pair = await openPair({
    setup: `create table item (id int primary key, note text);
      insert into item select i, repeat('x', 500) from generate_series(1, 12000) i`,
  });
  await pair.start();
  await pair.caughtUp();
  const admin = pair.target.server.url(pair.target.name);
  await runSql(
    admin,
    `create function public.stall() returns trigger language plpgsql as
       'begin perform pg_catalog.pg_advisory_xact_lock_shared(42); return new; end';
     create trigger stall before insert on teleport.applied_chunk for each row
       execute procedure public.stall()`,
  );
  await using holder = await pair.open("target");
  await holder.run("select pg_catalog.pg_advisory_lock(42)");
  await askForLoad(pair);
  await waitFor(async () => {
    const waiting = "select 1 from pg_locks where locktype = 'advisory' and not granted";
    return (await runSql(admin, waiting)).length > 0;
  }, { what: "chunks to wait" });
  await pair.write("alter table item add column made timestamptz default now()");
  await waitFor(async () => {
    const columns = await runSql(
      admin,
      "select 1 from pg_attribute where attrelid = 'public.item'::regclass and attname = 'made'",
    );
    return columns.length === 1;
  }, { what: "the column to come" });
  await holder.run("select pg_catalog.pg_advisory_unlock(42)");
  await waitFor(async () => await stateOfItem(pair) === "streaming", {
    what: "the table to follow",
    explain: () => pair.lines.slice(-30),
  });
  await pair.caughtUp();
  const { source, target } = await pair.digests(tables);
  deepStrictEqual(target, source, pair.lines.slice(-20).join("\n"));
  strictEqual(source.item?.startsWith("12000:"), true);
});

Deno.test("a load that begins before the target knows of swapped names leaves the other table alone", async () => {
  await using pair = await openPair({
    setup: `create table item (id int primary key, note text);
      create table other (id int primary key, note text)`,
    // The schema goes with the next batch, long after capture has seen it.
    config: { processing_intervals: { ...intervals, batcher: 4000, ddlwatcher: 50 } },
  });
  await pair.start();
  await pair.caughtUp();
  await pair.write(
    `insert into item select i, 'item' from generate_series(1, 10) i;
     insert into other select i, 'other' from generate_series(1, 20) i`,
  );
  await pair.caughtUp();
  await pair.write(
    `alter table item rename to swapped; alter table other rename to item;
     alter table swapped rename to other`,
  );
  await askForLoad(pair);
  await waitFor(async () => await stateOfItem(pair) === "streaming", {
    what: "the table to follow",
    explain: () => pair.lines.slice(-30),
  });
  await pair.caughtUp();
  const { source, target } = await pair.digests([...tables, { schema: "public", name: "other" }]);
  deepStrictEqual(target, source, pair.lines.slice(-30).join("\n"));
});

Deno.test("a load that begins before the target knows of a detached partition loses no row to it", async () => {
  await using pair = await openPair({
    setup: `create table item (id int, at int, primary key (id, at)) partition by range (at);
      create table item_old partition of item for values from (minvalue) to (100);
      create table item_rest partition of item default`,
    // The schema goes with the next batch, long after capture has seen it.
    config: { processing_intervals: { ...intervals, batcher: 4000, ddlwatcher: 50 } },
  });
  await pair.start();
  await pair.caughtUp();
  await pair.write("insert into item select n, n from generate_series(1, 200) n");
  await pair.caughtUp();
  await pair.write(
    `alter table item detach partition item_old;
     insert into item select n, 5 from generate_series(301, 320) n`,
  );
  await askForLoad(pair);
  await waitFor(async () => await stateOfItem(pair) === "streaming", {
    what: "the table to follow",
    explain: () => pair.lines.slice(-30),
  });
  await pair.caughtUp();
  const { source, target } = await pair.digests(tables);
  deepStrictEqual(target, source, pair.lines.slice(-30).join("\n"));
});
