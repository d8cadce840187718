/** The values of sequences when a load has ended, long before they would be looked at by themselves. */
import { ok } from "node:assert/strict";
import { intervals, openPair, targetName, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";
import { requestLoad } from "../../src/state/mod.ts";

Deno.test("A sequence on the target gives no value that a row has, once the row's table is loaded", async () => {
  await using pair = await openPair({
    setup: `create table item (id bigserial primary key, note text);
      insert into item (note) select 'x' from generate_series(1, 10)`,
    config: { processing_intervals: { ...intervals, ddlwatcher: 3_600_000 } },
  });
  await pair.start();
  await pair.caughtUp();
  await pair.write("insert into item (note) select 'y' from generate_series(1, 500)");
  await pair.caughtUp();
  await using connection = await pair.open("source");
  const [item] = await pair.write("select 'item'::regclass::oid::int as oid");
  await requestLoad(connection, targetName, [Number(item?.oid)], { existing: "replace" });
  await waitFor(async () => {
    const status = await pair.readStatus();
    return status?.targets[targetName]?.tables[0]?.state === "streaming";
  }, { what: "the table to follow", deadlineMs: 180_000, explain: () => pair.lines.slice(-20) });
  const [next] = await runSql(
    pair.target.server.url(pair.target.name),
    "select nextval('item_id_seq')::int as value, max(id)::int as last from item",
  );
  ok(Number(next?.value) > Number(next?.last), JSON.stringify(next));
});
