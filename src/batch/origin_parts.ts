/** The parts of one table's changes: rows that have been through the same databases. */
import { z } from "zod";
import { commonOrigin, hasPassed, type Origin, passOn } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import type { TableChanges } from "./batch.ts";
import { type EventSummary, summarizeEvents } from "./event_summary.ts";
import { type OriginSet, selectOriginSets } from "./rows_query.ts";

export interface OriginPart {
  /** What the rows have been through when the target gets them. */
  origin: Origin;
  /** Which keys are of this part; left out where all are. */
  originSets?: OriginSet[];
}

/**
 * Each key is in one part, however many events it has. Rows that have been through the target already
 * do not go back there. @param options.peerEpoch of the target; left out where all rows are wanted.
 */
export async function partsOf(
  connection: Connection,
  { table, window, events, isCut }: TableChanges,
  { source, peerEpoch }: { source: string; peerEpoch?: string },
): Promise<OriginPart[]> {
  const rowEvents = events.filter((event) => event.kind === "row");
  if (rowEvents.length === 0) return [];
  const isMixed = hasSeveral(rowEvents) ||
    (isCut && hasSeveral(
      await summarizeEvents(connection, { from: window.from, limit: undefined }, [table.root]),
    ));
  const sets = isMixed ? await readOriginSets(connection, { table, window }) : undefined;
  // A TRUNCATE that travels takes rows of the target's own with it, of which some came after it.
  const returns = peerEpoch !== undefined && !hasTravellingTruncate(events, peerEpoch)
    ? (origin: Origin | null) => hasPassed(origin, peerEpoch)
    : () => false;
  const parts = new Map<Origin, OriginPart>();
  for (const set of sets ?? [[rowEvents[0]?.origin ?? null]]) {
    const common = commonOrigin(set);
    if (returns(common)) continue;
    const origin = passOn(common, source);
    const part = parts.get(origin) ?? { origin, ...(sets === undefined ? {} : { originSets: [] }) };
    part.originSets?.push(set);
    parts.set(origin, part);
  }
  return [...parts.values()];
}

/** The origin of a relation's truncation, or undefined where it was not truncated or not for this target. */
export function truncationOf(
  events: readonly Pick<EventSummary, "kind" | "origin">[],
  peerEpoch: string,
): { origin: Origin | null } | undefined {
  const origins = events.filter(({ kind }) => kind === "truncate").map(({ origin }) => origin);
  if (origins.length === 0) return undefined;
  const origin = commonOrigin(origins);
  return hasPassed(origin, peerEpoch) ? undefined : { origin };
}

function hasTravellingTruncate(events: readonly EventSummary[], peerEpoch: string): boolean {
  const byRelation = Map.groupBy(events, (event) => event.relation);
  return [...byRelation.values()].some((own) => truncationOf(own, peerEpoch) !== undefined);
}

function hasSeveral(events: readonly EventSummary[]): boolean {
  const origins = events.filter(({ kind }) => kind === "row").map(({ origin }) => origin);
  return new Set(origins).size > 1;
}

async function readOriginSets(
  connection: Connection,
  query: Pick<TableChanges, "table" | "window">,
): Promise<OriginSet[]> {
  const rows = await connection.rows(
    z.object({ origins: z.array(z.string()) }),
    selectOriginSets(query),
  );
  return rows.map(({ origins }) => origins.map((origin) => origin === "" ? null : origin));
}
