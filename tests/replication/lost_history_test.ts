/** Either side loses the end of its history: by a crash, a failover, a restored backup. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { vacuumSlots } from "../../src/capture/mod.ts";
import { requestLoad } from "../../src/state/mod.ts";
import { initialLoad } from "../../src/daemon/mod.ts";
import { createLog } from "../../src/daemon/log.ts";
import { Refusal } from "../../src/model/mod.ts";
import { openPair, type Pair, targetName, waitFor } from "../pair/mod.ts";
import { DataCopy, runSql } from "../postgres/mod.ts";

const setup = "create table item (id int primary key, note text)";
const tables = [{ schema: "public", name: "item" }];
const patience = { deadlineMs: 90_000 };

/** Rows of the target, which may be down at the moment. */
async function countThere(pair: Pair): Promise<number> {
  const { server, name } = pair.target;
  const rows = await runSql<{ n: number }>(
    server.url(name),
    "select count(*)::int as n from public.item",
  ).catch(() => []);
  return rows[0]?.n ?? -1;
}

async function errorCode(pair: Pair): Promise<string | undefined> {
  const status = await pair.readStatus().catch(() => undefined) as
    | { targets: Record<string, { error: { code: string } | null }> }
    | undefined;
  return status?.targets[targetName]?.error?.code;
}

async function isLost(pair: Pair): Promise<void> {
  await waitFor(async () => await errorCode(pair) === "position_lost", {
    what: "the position to be refused",
    ...patience,
    explain: () => pair.lines.slice(-30),
  });
}

async function load(pair: Pair): Promise<void> {
  const run = () =>
    initialLoad({
      config: pair.sourceConfig,
      target: targetName,
      version: "test",
      log: createLog({ level: "info", format: "text", write: (line) => pair.lines.push(line) }),
      signal: AbortSignal.timeout(patience.deadlineMs),
      onProgress: () => {},
    });
  // The target's instance stands by for a moment after its server went away.
  const { isFinished } = await waitFor(
    () =>
      run().catch((error: unknown) => {
        if (error instanceof Refusal) return undefined;
        throw error;
      }),
    { what: "the load to be taken", ...patience },
  );
  ok(isFinished, pair.lines.slice(-30).join("\n"));
}

async function isEqual(pair: Pair): Promise<void> {
  await pair.caughtUp(patience.deadlineMs);
  const { source, target } = await pair.digests(tables);
  deepStrictEqual(target, source, pair.lines.slice(-20).join("\n"));
}

/** Frees what every position has seen, small or young. */
async function vacuum(pair: Pair): Promise<void> {
  await using connection = await pair.open("source");
  await waitFor(async () => (await vacuumSlots(connection)).freed > 0, {
    what: "a slot to be freed",
    ...patience,
  });
}

for (const source of [10, 18]) {
  Deno.test(`a source that crashes with unflushed commits has all that its target has (PostgreSQL ${source})`, async () => {
    const faults: (() => void)[] = [];
    await using pair = await openPair({
      source,
      setup,
      isRestarted: true,
      hasProxy: true,
      onBatch: (batch) => {
        if (batch.changes.length > 0) faults.pop()?.();
        return Promise.resolve();
      },
      sourceSettings: { synchronous_commit: "off", wal_writer_delay: "10s" },
    });
    const { proxy } = pair;
    ok(proxy);
    await pair.start();
    await pair.caughtUp(patience.deadlineMs);
    // The batch's answer would have the source confirm, and that commit flushes too.
    faults.push(() => proxy.fault = "lose answer");
    await pair.write("insert into item select i, 'unflushed' from generate_series(1, 5) i");
    await waitFor(async () => await countThere(pair) === 5, {
      what: "the target to have the rows",
      ...patience,
      explain: () => pair.lines.slice(-30),
    });
    await pair.source.server.stop("immediate");
    await pair.source.server.start();
    const [row] = await pair.write("select count(*)::int as n from item");
    strictEqual(row?.n, 5, "the source has lost rows that its target has");
    proxy.fault = "none";
    proxy.cutAll();
    for (let id = 100; id < 105; id++) await pair.write(`insert into item values (${id}, 'after')`);
    await isEqual(pair);
  });

  Deno.test(`an older copy of the source does not go on as if nothing had been lost (PostgreSQL ${source})`, async () => {
    await using pair = await openPair({ source, setup, isRestarted: true });
    await pair.start();
    await pair.caughtUp(patience.deadlineMs);
    await pair.write("insert into item select i, 'kept' from generate_series(1, 5) i");
    await pair.caughtUp(patience.deadlineMs);
    const copy = await DataCopy.take(pair.source.server);
    await pair.write("insert into item select i, 'lost' from generate_series(6, 10) i");
    await waitFor(async () => await countThere(pair) === 10, {
      what: "the target to have all",
      ...patience,
    });
    await copy.takeOver();
    await isLost(pair);
    // Past the ids that the lost transactions had: they look like any others now.
    for (let id = 20; id < 60; id++) await pair.write(`insert into item values (${id}, 'new')`);
    await isLost(pair);
    strictEqual(await countThere(pair), 10, "nothing was applied on top of another history");
    await load(pair);
    await isEqual(pair);
    const [row] = await pair.write("select count(*)::int as n from item");
    strictEqual(row?.n, 45);
  });
}

Deno.test("a target restored from a backup is refused once what it lacks was freed", async () => {
  await using pair = await openPair({ setup, isRestarted: true });
  await pair.start();
  await pair.caughtUp(patience.deadlineMs);
  await pair.write("insert into item values (1, 'kept')");
  await pair.caughtUp(patience.deadlineMs);
  const copy = await DataCopy.take(pair.target.server);
  await pair.write("insert into item values (2, 'after the backup')");
  await waitFor(async () => await countThere(pair) === 2, {
    what: "the row to come",
    ...patience,
    explain: () => pair.lines.slice(-30),
  });
  await pair.caughtUp(patience.deadlineMs);
  await vacuum(pair);
  await copy.takeOver();
  await pair.write("insert into item values (3, 'after the restore')");
  await isLost(pair);
  strictEqual(await countThere(pair), 1, "no window was applied that lacks a row");
  await load(pair);
  await isEqual(pair);
});

Deno.test("a target restored from a backup of just before goes on from there", async () => {
  await using pair = await openPair({ setup, isRestarted: true });
  await pair.start();
  await pair.caughtUp(patience.deadlineMs);
  await pair.write("insert into item values (1, 'kept')");
  await pair.caughtUp(patience.deadlineMs);
  const copy = await DataCopy.take(pair.target.server);
  await pair.write("insert into item values (2, 'after the backup')");
  await waitFor(async () => await countThere(pair) === 2, {
    what: "the row to come",
    ...patience,
    explain: () => pair.lines.slice(-30),
  });
  await pair.caughtUp(patience.deadlineMs);
  await copy.takeOver();
  await pair.write("insert into item values (3, 'after the restore')");
  await waitFor(async () => await countThere(pair) === 3, {
    what: "both rows to come",
    ...patience,
    explain: () => pair.lines.slice(-30),
  });
  await isEqual(pair);
});

Deno.test("a target restored from a backup of before a table was loaded does not miss its rows", async () => {
  await using pair = await openPair({
    setup: `${setup}; insert into item select i, 'old' from generate_series(1, 50) i`,
    isRestarted: true,
  });
  await pair.start();
  await pair.caughtUp(patience.deadlineMs);
  const copy = await DataCopy.take(pair.target.server);
  await load(pair);
  await isEqual(pair);
  await copy.takeOver();
  await pair.write("insert into item values (100, 'after the restore')");
  await isLost(pair);
  await load(pair);
  await isEqual(pair);
});

const bigSetup =
  `${setup}; insert into item select i, repeat('x', 500) from generate_series(1, 12000) i`;

/** Has the target refuse chunks, for the moment, from that number on. */
async function refuseChunksFrom(pair: Pair, number: number): Promise<void> {
  const { server, name } = pair.target;
  await runSql(
    server.url(name),
    `create or replace function public.refuse() returns trigger language plpgsql as
       $$begin
         if new.number >= ${number} then raise exception 'not yet' using errcode = '40001'; end if;
         return new;
       end$$;
     drop trigger if exists refuse on teleport.applied_chunk;
     create trigger refuse before insert on teleport.applied_chunk for each row
       execute procedure public.refuse()`,
  );
}

/** Resolves when so many chunks of the load are there, and returns how many there are in all. */
async function chunksDone(pair: Pair, wanted: (all: number) => number): Promise<number> {
  return await waitFor(async () => {
    const [row] = await runSql<{ done: number; all: number }>(
      pair.source.server.url(pair.source.name),
      "select count(done_at)::int as done, count(*)::int as all from teleport.chunk",
    );
    return row !== undefined && row.all > 0 && row.done === wanted(row.all) ? row.all : undefined;
  }, { what: "the chunks to be there", ...patience, explain: () => pair.lines.slice(-30) });
}

/** A load of which the target's copy has two chunks. */
async function copyAmidLoad(pair: Pair): Promise<{ copy: DataCopy; chunks: number }> {
  await pair.start();
  await pair.caughtUp(patience.deadlineMs);
  await refuseChunksFrom(pair, 2);
  await using connection = await pair.open("source");
  const [relation] = await pair.write("select 'item'::regclass::oid::int as oid");
  await requestLoad(connection, targetName, [Number(relation?.oid)], { existing: "replace" });
  const chunks = await chunksDone(pair, () => 2);
  return { copy: await DataCopy.take(pair.target.server), chunks };
}

Deno.test("a target that falls back to an older copy of itself amid a load lacks none of its chunks", async () => {
  await using pair = await openPair({ setup: bigSetup, isRestarted: true });
  const { copy, chunks } = await copyAmidLoad(pair);
  await refuseChunksFrom(pair, chunks - 1);
  await chunksDone(pair, (all) => all - 1);
  await copy.takeOver();
  await refuseChunksFrom(pair, 1000);
  await isEqual(pair);
  strictEqual(await countThere(pair), 12000);
});

Deno.test("a target that falls back to an older copy of itself before a loaded table follows has it loaded again", async () => {
  const gate = { isShut: false, isReached: false, open: () => {} };
  await using pair = await openPair({
    setup: bigSetup,
    isRestarted: true,
    onBatch: async (batch) => {
      if (!gate.isShut || batch.changes.length === 0) return;
      gate.isReached = true;
      await new Promise<void>((resolve) => gate.open = resolve);
    },
  });
  const { copy } = await copyAmidLoad(pair);
  gate.isShut = true;
  await refuseChunksFrom(pair, 1000);
  await waitFor(() => gate.isReached, { what: "the table to follow", ...patience });
  await copy.takeOver();
  await refuseChunksFrom(pair, 1000);
  gate.isShut = false;
  gate.open();
  await isEqual(pair);
  strictEqual(await countThere(pair), 12000);
});
