/** What lies in a window: relations, kinds, origins and generations, without the keys. */
import { z } from "zod";
import { eventKind, parsePosition, type Position } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { windowEvents } from "./window_predicate.ts";

const summaryRow = z.object({
  relation: z.number(),
  /** `left`: a reload that is none where the target lets the partition go too, which it tells. */
  kind: z.enum([...eventKind.options, "left"]),
  origin: z.string().nullable(),
  oldestGeneration: z.number(),
});

const limitRow = z.object({
  first: z.coerce.bigint().nullable(),
  limit: z.coerce.bigint().nullable(),
  isUncuttable: z.boolean(),
});
const foundRow = z.object({ found: z.boolean() });

export type EventSummary = z.output<typeof summaryRow>;

export interface Window {
  /** A position that sees what the target has had, but may lack transactions in progress that have no event. */
  from: Position;
  /** Events of transactions from this txid on are left for the next batch. */
  limit: bigint | undefined;
}

/** How many keys an event counts as: those that it holds; a key of several columns by its columns. */
const weight = "coalesce(pg_catalog.array_length(e.key, 1), 1)";

/**
 * The txid at which a long backlog is cut into a window of about `maxEvents` keys, or undefined where the
 * window may stay whole: it is short, or holds an event that must not be cut away from rows. An event has
 * one key at least, so that no more than `maxEvents + 1` of a slot are looked at. By the index in order: the
 * planner, which knows little of a slot that grows, at times read all of it and sorted (70 ms for 5).
 */
export async function findLimit(
  connection: Connection,
  from: Position,
  maxEvents: number,
): Promise<bigint | undefined> {
  const { xmax } = parsePosition(from);
  const firstOf = (columns: string, count: number) =>
    [0, 1, 2].map((slot) =>
      `(select ${columns} from teleport.event_${slot} e
        where e.txid >= ${xmax} order by e.txid limit ${count})`
    );
  const { first, limit, isUncuttable } = await connection.rowOfLast(limitRow, [
    "set local enable_seqscan = off",
    "set local enable_bitmapscan = off",
    `select least(${firstOf("e.txid", 1).join(", ")}) as first, (
       select e.txid
       from (
         select e.txid, pg_catalog.sum(e.weight) over (order by e.txid rows unbounded preceding) as total
         from (${firstOf(`e.txid, ${weight} as weight`, maxEvents + 1).join(" union all ")}) e
       ) e
       where e.total > ${maxEvents} order by e.txid limit 1
     ) as "limit", ${uncuttable(from)} as "isUncuttable"`,
  ]);
  if (first === null || limit === null || isUncuttable) return undefined;
  return limit > first ? limit : first + 1n;
}

/** Whether the window holds a truncate, ddl or reload event. */
export async function hasUncuttable(connection: Connection, from: Position): Promise<boolean> {
  const { found } = await connection.row(foundRow, `select ${uncuttable(from)} as found`);
  return found;
}

/**
 * An expression for `hasUncuttable`. Asked for the first one in order, which makes the planner take the
 * partial index: as EXISTS it scans the slot, 20 ms at 500,000 events.
 */
function uncuttable(from: Position): string {
  const { xmax, xip } = parsePosition(from);
  const running = xip.length === 0 ? [] : [`e.txid = any ('{${xip.join(",")}}'::bigint[])`];
  const probes = [`e.txid >= ${xmax}`, ...running].flatMap((after) =>
    [0, 1, 2].map((slot) =>
      `(select e.txid from teleport.event_${slot} e
        where e.kind <> 'row' and ${after} order by e.txid limit 1)`
    )
  );
  return `coalesce(${probes.join(", ")}) is not null`;
}

/** Groups the window's events; of the given relations only, where given. */
export async function summarizeEvents(
  connection: Connection,
  window: Window,
  relations?: readonly number[],
): Promise<EventSummary[]> {
  const condition = relations === undefined
    ? "true"
    : `e.relation = any ('{${relations.join(",")}}'::oid[])`;
  const kind = "case when e.kind = 'reload' and e.key[1] = 'left' then 'left' else e.kind end";
  const columns = `e.relation, ${kind} as kind, e.origin, e.generation`;
  const events = windowEvents(columns, window, condition);
  return await connection.rows(
    summaryRow,
    `select relation, kind, origin, pg_catalog.min(generation) as "oldestGeneration"
     from (${events}) e group by relation, kind, origin`,
  );
}

/** Keys in the events after `from`, counted up to `most`. For people; nothing is decided by it. */
export async function countEvents(
  connection: Connection,
  from: Position,
  most: number,
): Promise<number> {
  const events = windowEvents(`${weight} as weight`, { from, limit: undefined });
  const { count } = await connection.row(
    z.object({ count: z.coerce.number() }),
    `select least(coalesce(pg_catalog.sum(e.weight), 0), ${most}) as count
     from (${events} limit ${most}) e`,
  );
  return count;
}
