/** The end of a crash test: the pair comes to rest, and both sides are compared in every respect. */
import { deepStrictEqual } from "node:assert/strict";
import { z } from "zod";
import { vacuumSlots } from "../../../src/capture/mod.ts";
import type { Connection } from "../../../src/postgres/mod.ts";
import { type Pair, waitFor } from "../../pair/mod.ts";
import objects from "./objects.sql" with { type: "text" };

/** Of the bank. */
export const bankTables = [
  ...["account", "entry", "archive", "visit", "booking", "cache", "counter"],
];

const deadlineMs = 120_000;

/** What teleport's own tables say while anything is under way; empty lists at rest. */
const unfinished = {
  source: `
    select 'table ' || table_name || ' is ' || state || ': ' || coalesce(reason, '') as line
    from teleport.table_state
    where state <> 'streaming' or not is_loaded or position is not null or reason is not null
    union all
    select 'target ' || name || ' is at a cut' from teleport.target where not is_exact
    union all
    select 'an event of ' || e.relation::regclass || ' is after ' || t.position
    from teleport.event e join teleport.target t
      on not txid_visible_in_snapshot(e.txid, t.position::txid_snapshot)
    union all
    select 'there are only ' || count(*) || ' tables'
    from teleport.table_state having count(*) <> $1::int`,
  target: `
    select 'load ' || load || ' of ' || table_name || ' from ' || source || ' (' || mode || ', '
      || coalesce(position, 'no position') || ') is not built' as line
    from teleport.applied_load where not is_built
    union all
    select 'chunks of ' || load || ' are kept' from teleport.applied_chunk
    union all
    select 'refused: ' || object || ': ' || error
    from teleport.applied_schema where error is not null`,
};

export interface RestOptions {
  /** Names of all tables in the schema public. */
  tables: readonly string[];
  /** More to say where it does not come to rest. */
  explain: () => unknown;
}

export async function assertAtRest(pair: Pair, { tables, explain }: RestOptions): Promise<void> {
  await using source = await pair.open("source");
  await using target = await pair.open("target");
  let seen: unknown;
  await waitFor(async () => {
    const under = await lines(source, unfinished.source, [String(tables.length)]);
    const left = [...under, ...await lines(target, unfinished.target)];
    seen = { left };
    // Objects that come and go just now cannot be deparsed.
    if (left.length > 0) return false;
    const wanted = await lines(source, objects, ["public"]);
    const actual = await lines(target, objects, ["test"]);
    seen = {
      missing: wanted.filter((line) => !actual.includes(line)),
      extra: actual.filter((line) => !wanted.includes(line)),
    };
    return JSON.stringify(wanted) === JSON.stringify(actual);
  }, {
    what: "the pair to come to rest",
    deadlineMs,
    explain: () => ({ seen, ...Object(explain()) }),
  });
  await assertPositionsMeet(source, target);
  const digests = await pair.digests(tables.map((name) => ({ schema: "public", name })));
  deepStrictEqual(digests.target, digests.source);
}

/** What the source has confirmed is what the target holds, and nothing pins the queue. */
export async function assertQueueIsFreed(pair: Pair): Promise<void> {
  await using source = await pair.open("source");
  await waitFor(async () => {
    await vacuumSlots(source);
    return (await lines(source, "select 'slot ' || slot as line from teleport.event")).length === 0;
  }, { what: "every slot to be freed", deadlineMs: 20_000 });
}

async function assertPositionsMeet(source: Connection, target: Connection): Promise<void> {
  await waitFor(async () => {
    const [confirmed] = await lines(source, "select position as line from teleport.target");
    const [stored, ...others] = await lines(
      target,
      "select position as line from teleport.applied",
    );
    deepStrictEqual(others, []);
    return confirmed === stored;
  }, { what: "the source's position to be the target's", deadlineMs: 20_000 });
}

async function lines(
  connection: Connection,
  sql: string,
  values: string[] = [],
): Promise<string[]> {
  const rows = await connection.rows(z.object({ line: z.string() }), sql, values);
  return rows.map(({ line }) => line);
}
