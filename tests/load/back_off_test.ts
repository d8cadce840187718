import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { openPair, targetName, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";
import { requestLoad } from "../../src/state/mod.ts";

/** For a busy machine. */
const deadlineMs = 180_000;

Deno.test("a chunk that gets through ends the growing delay of a load that has failed many times", async () => {
  await using pair = await openPair({
    setup: `create table item (id int primary key, note text);
      insert into item select i, repeat('x', 500) from generate_series(1, 12000) i`,
    config: { load: { chunk_bytes: 1_048_576 } },
  });
  await pair.start();
  await pair.caughtUp(deadlineMs);
  const there = pair.target.server.url(pair.target.name);
  await runSql(
    there,
    `create function public.stall() returns trigger language plpgsql as
       'begin perform pg_catalog.pg_advisory_xact_lock_shared(new.number); return new; end';
     create trigger stall before insert on teleport.applied_chunk for each row
       execute procedure public.stall()`,
  );
  const numbers = "pg_catalog.generate_series(1, 100) n";
  await using holder = await pair.open("target");
  await holder.run(`select pg_catalog.pg_advisory_lock(n) from ${numbers}`);
  await holder.run("select pg_catalog.pg_advisory_lock(0)");
  await using control = await pair.open("source");
  const [item] = await pair.write("select 'item'::regclass::oid::int as oid");
  await requestLoad(control, targetName, [Number(item?.oid)], { existing: "replace" });
  await waitFor(async () => {
    const waiting = "select 1 from pg_locks where locktype = 'advisory' and not granted";
    return (await runSql(there, waiting)).length > 0;
  }, { what: "chunks to wait", deadlineMs, explain: () => pair.lines.slice(-20) });
  const here = pair.source.server.url(pair.source.name);
  await runSql(here, "update teleport.table_state set attempts = 12, reason = 'It was cut off'");
  await holder.run("select pg_catalog.pg_advisory_unlock(0)");
  await waitFor(
    async () =>
      (await runSql(here, "select from teleport.chunk where done_at is not null")).length > 0,
    { what: "a chunk to be done", deadlineMs, explain: () => pair.lines.slice(-20) },
  );
  await waitFor(async () => {
    const [row] = await runSql(here, "select state, attempts, reason from teleport.table_state");
    strictEqual(row?.state, "loading");
    return row.attempts === 0 && row.reason === null;
  }, { what: "the failures to be forgotten", deadlineMs: 5000 });
  await holder.run(`select pg_catalog.pg_advisory_unlock(n) from ${numbers}`);
  await pair.caughtUp(deadlineMs);
  const { source, target } = await pair.digests([{ schema: "public", name: "item" }]);
  deepStrictEqual(target, source);
});
