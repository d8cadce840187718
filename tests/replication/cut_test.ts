import { deepStrictEqual, ok } from "node:assert/strict";
import { openPair } from "../pair/mod.ts";

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
