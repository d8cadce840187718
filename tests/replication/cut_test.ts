import { deepStrictEqual, ok } from "node:assert/strict";
import { openPair, targetName, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

const setup = `
  create table item (id int primary key, place int unique);
  create table part (id int primary key, item_id int references item on delete cascade);
`;
const tables = [{ schema: "public", name: "item" }, { schema: "public", name: "part" }];

Deno.test("a long backlog is cut into windows, swaps and foreign keys across the cuts included", async () => {
  const batches: boolean[] = [];
  await using pair = await openPair({
    setup,
    config: { max_events_per_batch: 50 },
    onBatch: (batch) => {
      batches.push(batch.isExact);
      return Promise.resolve();
    },
  });
  await pair.startTarget();
  await pair.startSource();
  await pair.caughtUp();
  await pair.sourceInstance?.stop();
  for (let round = 0; round < 40; round++) {
    const first = round * 20;
    await pair.write(`
      insert into item select i, i from generate_series(${first}, ${first + 19}) i;
      insert into part select i, i from generate_series(${first}, ${first + 19}) i;
      begin; update item set place = -1 where id = ${first};
      update item set place = ${first} where id = ${first + 1};
      update item set place = ${first + 1} where id = ${first}; commit;
      delete from item where id = ${Math.max(first - 15, 0)}`);
  }
  batches.length = 0;
  await pair.startSource();
  await pair.caughtUp();
  ok(batches.includes(false), "at least one window was cut");
  ok(batches.length > 5, `${batches.length} batches`);
  const { source, target } = await pair.digests(tables);
  deepStrictEqual(target, source);
});

Deno.test("a held table comes back in a cut window: a lasting backlog does not keep it waiting", async () => {
  const batches: { isExact: boolean; tables: string[] }[] = [];
  await using pair = await openPair({
    setup: `create table busy (id int primary key, v int);
      create table bad (id int primary key, v int)`,
    config: { max_events_per_batch: 50 },
    onBatch: ({ isExact, changes }) => {
      batches.push({ isExact, tables: changes.map(({ table }) => table.name) });
      return Promise.resolve();
    },
  });
  await pair.start();
  await pair.caughtUp();
  const admin = pair.target.server.url(pair.target.name);
  await runSql(admin, "alter table public.bad add constraint small check (v < 10)");
  await pair.write("insert into bad values (1, 5), (2, 50)");
  await waitFor(async () => {
    const status = await pair.readStatus();
    return status?.targets[targetName]?.tables.some(({ state }) => state === "held");
  }, { what: "the table to be held" });
  await pair.sourceInstance?.stop();
  await runSql(admin, "alter table public.bad drop constraint small");
  const rounds = 20;
  for (let round = 0; round < rounds; round++) {
    const first = round * 60;
    await pair.write(`
      insert into busy select i, i from generate_series(${first}, ${first + 59}) i;
      insert into bad values (${100 + round}, 1); update bad set v = v + 1 where id = 1;
      delete from bad where id = ${100 + round - 5}`);
  }
  await pair.write("insert into busy values (-1, -1)");
  batches.length = 0;
  await pair.startSource();
  await pair.caughtUp();
  const first = batches.findIndex(({ tables }) => tables.includes("bad"));
  const firstExact = batches.findIndex(({ isExact }) => isExact);
  ok(firstExact > 10, `${firstExact} cut windows before the backlog was over`);
  ok(first >= 0 && first < firstExact, `in window ${first}, the first whole one was ${firstExact}`);
  const { source, target } = await pair.digests([
    { schema: "public", name: "busy" },
    { schema: "public", name: "bad" },
  ]);
  deepStrictEqual(target, source);
});

Deno.test("a table that fails in a cut window from its own position is held again, and widens nothing", async () => {
  const batches: boolean[] = [];
  await using pair = await openPair({
    setup: `create table busy (id int primary key, v int);
      create table bad (id int primary key, v int)`,
    config: { max_events_per_batch: 50 },
    onBatch: ({ isExact }) => {
      batches.push(isExact);
      return Promise.resolve();
    },
  });
  await pair.start();
  await pair.caughtUp();
  const admin = pair.target.server.url(pair.target.name);
  await runSql(admin, "alter table public.bad add constraint small check (v < 10)");
  await pair.write("insert into bad values (1, 50)");
  await waitFor(async () => {
    const status = await pair.readStatus();
    return status?.targets[targetName]?.tables.some(({ state }) => state === "held");
  }, { what: "the table to be held" });
  await pair.sourceInstance?.stop();
  for (let round = 0; round < 30; round++) {
    const first = round * 60;
    await pair.write(
      `insert into busy select i, i from generate_series(${first}, ${first + 59}) i`,
    );
  }
  await pair.write("insert into busy values (-1, -1)");
  batches.length = 0;
  await pair.startSource();
  await waitFor(async () => {
    const status = await pair.readStatus();
    return status?.targets[targetName]?.lagEvents === 0;
  }, { what: "the backlog to be over", explain: () => pair.lines.slice(-10) });
  ok(batches.indexOf(true) >= 29, `the first whole window was the ${batches.indexOf(true)}th`);
  await runSql(admin, "alter table public.bad drop constraint small");
  await pair.caughtUp();
  const { source, target } = await pair.digests([{ schema: "public", name: "bad" }]);
  deepStrictEqual(target, source);
});

Deno.test("a backlog that ends with a cut window is followed by a whole one without events", async () => {
  const batches: { isExact: boolean; rows: number }[] = [];
  await using pair = await openPair({
    setup,
    config: { max_events_per_batch: 50 },
    onBatch: ({ isExact, changes }) => {
      batches.push({ isExact, rows: changes.length });
      return Promise.resolve();
    },
  });
  await pair.start();
  await pair.caughtUp();
  await pair.sourceInstance?.stop();
  // One transaction is never cut, so that nothing is left for the window after it.
  await pair.write("insert into item select i, i from generate_series(1, 200) i");
  batches.length = 0;
  await pair.startSource();
  await waitFor(async () => {
    const isExact = (await pair.readStatus())?.targets[targetName]?.isExact;
    return isExact && batches.at(-1)?.isExact;
  }, { what: "the target to equal a snapshot", explain: () => batches });
  deepStrictEqual(batches, [{ isExact: false, rows: 1 }, { isExact: true, rows: 0 }]);
  const { source, target } = await pair.digests(tables);
  deepStrictEqual(target, source);
});
