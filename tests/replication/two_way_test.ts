import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { openPair, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

const setup = "create table item (id int primary key, note text)";
const tables = [{ schema: "public", name: "item" }];

Deno.test("two instances that send to each other come to rest, with what both have written", async () => {
  await using pair = await openPair({ setup, isTwoWay: true });
  await pair.start();
  await pair.caughtUp();
  const there = pair.target.server.url(pair.target.name);
  await pair.write("insert into item select i, 'source' from generate_series(1, 100) i");
  await pair.caughtUp();
  // The way back is captured as soon as the table has come; its load replaces nothing.
  await waitFor(async () => {
    const rows = await runSql(
      there,
      "select 1 from teleport.table_state where state = 'streaming'",
    );
    return rows.length === 1;
  }, { what: "the way back to follow", explain: () => pair.lines.slice(-40) });
  await runSql(there, "insert into item select i, 'target' from generate_series(1001, 1100) i");
  await runSql(there, "update item set note = 'changed there' where id <= 10");
  await pair.write("delete from item where id between 50 and 60");
  const equal = await waitFor(async () => {
    const { source, target } = await pair.digests(tables);
    return source.item === target.item && source.item?.startsWith("189:") && target;
  }, { what: "both sides to be equal", explain: () => pair.lines.slice(-40) });
  const positions = "select max(id) as id from teleport.ledger";
  await pair.caughtUp();
  const before = [await pair.write(positions).catch(() => []), await runSql(there, positions)];
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const after = [await pair.write(positions).catch(() => []), await runSql(there, positions)];
  deepStrictEqual(after, before, "nothing is sent any more: no loop");
  const { source, target } = await pair.digests(tables);
  deepStrictEqual(target, source);
  strictEqual(target.item, equal.item);
});
