import { deepStrictEqual, ok } from "node:assert/strict";
import { openPair, targetName, waitFor } from "../pair/mod.ts";
import { connect, runSql } from "../postgres/mod.ts";

const setup = `
  create table item (id int primary key, note text);
  create table other (id int primary key)`;

Deno.test("the application's DDL goes through while the target waits for a lock", async () => {
  await using pair = await openPair({ setup });
  await pair.start();
  await pair.caughtUp();
  const admin = pair.target.server.url(pair.target.name);
  await using blocker = await connect(admin);
  // The target's merge waits for this lock while the source still reads: its socket fills up.
  await blocker.query("begin; lock table public.item in access exclusive mode");
  await pair.write("insert into item select i, repeat('x', 1000) from generate_series(1, 30000) i");
  await waitFor(() => pair.lines.some((line) => /Streaming failed|not available|lock/.test(line)), {
    what: "the batch to meet the lock",
    explain: () => pair.lines.slice(-20),
  });
  const begun = performance.now();
  await pair.write("alter table item add column more int");
  ok(performance.now() - begun < 8000, "the application's DDL did not wait for the target");
  await blocker.query("commit");
  await pair.caughtUp();
  const { source, target } = await pair.digests([{ schema: "public", name: "item" }]);
  deepStrictEqual(target, source);
});

Deno.test("a batch that gave way is followed by smaller ones", async () => {
  const batches: boolean[] = [];
  await using pair = await openPair({
    setup,
    // All events fit into one batch, and not into half of one.
    config: { max_events_per_batch: 8000 },
    onBatch: ({ isExact }) => {
      batches.push(isExact);
      return Promise.resolve();
    },
  });
  await pair.start();
  await pair.caughtUp();
  await pair.sourceInstance?.stop();
  for (let first = 0; first < 6000; first += 100) {
    await pair.write(
      `insert into item select i, repeat('x', 10000) from generate_series(${first}, ${
        first + 99
      }) i`,
    );
  }
  batches.length = 0;
  await using blocker = await connect(pair.target.server.url(pair.target.name));
  await blocker.query("begin; lock table public.item in access exclusive mode");
  await pair.startSource();
  await waitFor(async () => {
    await pair.write("begin; lock table item in access exclusive mode; commit");
    return pair.lines.some((line) => /given up, since others waited/.test(line));
  }, { what: "a batch to give way", explain: () => pair.lines.slice(-20) });
  deepStrictEqual(batches[0], true);
  await blocker.query("commit");
  await pair.caughtUp();
  ok(batches.includes(false), "no batch was cut");
  const { source, target } = await pair.digests([{ schema: "public", name: "item" }]);
  deepStrictEqual(target, source);
});

Deno.test("a table whose grant is taken back is held, and the others flow", async () => {
  await using pair = await openPair({ setup });
  await pair.start();
  await pair.caughtUp();
  const reader = pair.sourceConfig.database.username;
  const superuser = pair.source.server.url(pair.source.name);
  await runSql(superuser, `revoke select on item from "${reader}"`);
  await pair.write("insert into item values (1, 'a'); insert into other values (1)");
  await waitFor(async () => {
    const { target } = await pair.digests([{ schema: "public", name: "other" }]);
    return target.other?.startsWith("1:");
  }, { what: "the other table to flow", explain: () => pair.lines.slice(-20) });
  await runSql(superuser, `grant select on item to "${reader}"`);
  await waitFor(async () => {
    const status = await pair.readStatus();
    const states = status?.targets[targetName]?.tables.map(({ state }) => state);
    const { source, target } = await pair.digests([{ schema: "public", name: "item" }]);
    return states?.every((state) => state === "streaming") && source.item === target.item;
  }, { what: "the table to follow again", explain: () => pair.lines.slice(-20) });
});
