/** How far the loads of a target are: the same numbers for the command that shows them and for `GET /status`. */
import {
  estimateBytes,
  rateOf,
  readLoadProgress,
  readRecentChunks,
  secondsLeft,
  type TableLoadProgress,
  type TimedChunk,
} from "../load/mod.ts";
import { type LoadPhase, phaseOf } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { listLoadTimes, listTables, type LoadTimes, type TableProgress } from "../state/mod.ts";

/** One table; `bytes` are of the source's heap files: by plan, before that about, by estimate. */
export interface LoadedTable {
  relation: number;
  schema: string;
  name: string;
  state: TableProgress["state"];
  phase: LoadPhase;
  /** Whether the target has all of its rows. */
  isLoaded: boolean;
  since: string;
  reason: string | null;
  /** How often in a row the last step failed. */
  attempts: number;
  /** See LoadTimes. */
  requestedAt: string | null;
  chunks: number;
  chunksDone: number;
  rows: number;
  bytes: number;
  bytesDone: number;
  /** At present while it loads; null while that cannot be said. Once it follows, on average. */
  bytesPerSecond: number | null;
  secondsLeft: number | null;
  /** When the load first began, in seconds of the source's clock. */
  begunAt: number | null;
  /** Since the load began, until the table followed; null where none has begun. */
  seconds: number | null;
  /** Of these, what the indexes took. */
  indexSeconds: number | null;
}

/** Of several tables together. */
export interface LoadTotal {
  tables: number;
  tablesDone: number;
  rows: number;
  bytes: number;
  bytesDone: number;
  bytesPerSecond: number | null;
  secondsLeft: number | null;
  /** From the first beginning to the last end, or until now. */
  seconds: number | null;
  /** The sum of what the indexes of each took. */
  indexSeconds: number;
}

/** What a command that loads shows and ends with. */
export interface LoadReport {
  tables: readonly LoadedTable[];
  total: LoadTotal;
}

const phasesUnderWay: readonly LoadPhase[] = [
  "pending",
  "loading",
  "building",
  "catching_up",
  "cancelling",
];

/** Whether something is still going to happen with the load of the table. */
export function isUnderWay({ phase, isLoaded, seconds }: LoadedTable): boolean {
  // A table that is held when its load has ended comes back by itself.
  return phasesUnderWay.includes(phase) || (phase === "held" && isLoaded && seconds !== null);
}

/** @returns every table of the target, and at what rate rows go over at present. */
export async function readLoads(
  connection: Connection,
  target: string,
): Promise<{ tables: LoadedTable[]; rate: number | null }> {
  const states = await listTables(connection, target);
  const loads = byRelation(await readLoadProgress(connection, target));
  const times = byRelation(await listLoadTimes(connection, target));
  const { chunks, now = 0 } = await readRecentChunks(connection, target);
  const recent = Map.groupBy(chunks, ({ relation }) => relation);
  const queued = states.filter(({ state }) => state === "queued");
  const estimates = await estimateBytes(connection, queued.map(({ relation }) => relation));
  const tables = states.map((state) =>
    describe(state, {
      // What is planned is of the load before.
      load: state.state === "queued" ? undefined : loads.get(state.relation),
      times: times.get(state.relation),
      estimate: estimates.get(state.relation) ?? 0,
      recent: recent.get(state.relation) ?? [],
      now,
    })
  );
  return { tables, rate: rateOf(chunks, now) };
}

/** The tables that are on their way, and those that have arrived since they were asked for with these or later. */
export function tablesOfRun(tables: readonly LoadedTable[]): LoadedTable[] {
  const first = tables.filter(isUnderWay).map(({ requestedAt }) => requestedAt ?? "").sort()[0];
  if (first === undefined) return [];
  return tables.filter((table) =>
    isUnderWay(table) || (hasArrived(table) && (table.requestedAt ?? "") >= first)
  );
}

/** The tables that were asked for last, where nothing is on its way any more. */
export function tablesOfLastRun(tables: readonly LoadedTable[]): LoadedTable[] {
  const arrived = tables.filter(hasArrived);
  const last = arrived.map(({ requestedAt }) => requestedAt ?? "").sort().at(-1);
  return arrived.filter(({ requestedAt }) => requestedAt === last);
}

function hasArrived({ phase, requestedAt, seconds }: LoadedTable): boolean {
  return phase === "streaming" && requestedAt !== null && seconds !== null;
}

/** @param rate at which rows go over at present. */
export function totalOf(tables: readonly LoadedTable[], rate: number | null): LoadTotal {
  const bytes = sum(tables, "bytes");
  const bytesDone = sum(tables, "bytesDone");
  const isRunning = tables.some(({ phase }) => phase === "pending" || phase === "loading");
  const seconds = secondsOf(tables);
  return {
    tables: tables.length,
    tablesDone: tables.filter(({ phase }) => phase === "streaming").length,
    rows: sum(tables, "rows"),
    bytes,
    bytesDone,
    bytesPerSecond: isRunning ? rate : wholeRate(bytesDone, seconds),
    secondsLeft: isRunning ? secondsLeft(bytes - bytesDone, rate) : null,
    seconds,
    indexSeconds: tables.reduce((total, table) => total + (table.indexSeconds ?? 0), 0),
  };
}

/** Tables that load at the same time share theirs. */
function secondsOf(tables: readonly LoadedTable[]): number | null {
  const spans = tables.flatMap(({ begunAt, seconds }) =>
    begunAt === null || seconds === null ? [] : [{ from: begunAt, to: begunAt + seconds }]
  );
  if (spans.length === 0) return null;
  const first = spans.reduce((least, { from }) => Math.min(least, from), Infinity);
  return spans.reduce((most, { to }) => Math.max(most, to), first) - first;
}

function describe(
  { relation, schema, name, state, isLoaded, since, reason, attempts }: TableProgress,
  { load, times, estimate, recent, now }: {
    load: TableLoadProgress | undefined;
    times: LoadTimes | undefined;
    estimate: number;
    recent: readonly TimedChunk[];
    now: number;
  },
): LoadedTable {
  const phase = phaseOf({ state, isCopied: times?.isCopied ?? false });
  const bytes = load?.bytes ?? estimate;
  const bytesDone = load?.bytesDone ?? 0;
  const seconds = times?.seconds ?? null;
  const rate = phase === "loading" ? rateOf(recent, now) : null;
  return {
    ...{ relation, schema, name, state, phase, isLoaded, since, reason, attempts },
    requestedAt: times?.requestedAt ?? null,
    chunks: load?.chunks ?? 0,
    chunksDone: load?.chunksDone ?? 0,
    rows: load?.rows ?? 0,
    bytes,
    bytesDone,
    bytesPerSecond: phase === "streaming" ? wholeRate(bytesDone, seconds) : rate,
    secondsLeft: phase === "loading" ? secondsLeft(bytes - bytesDone, rate) : null,
    begunAt: times?.begunAt ?? null,
    seconds,
    indexSeconds: times?.indexSeconds ?? null,
  };
}

/** Bytes per second of a load that has ended. */
export function wholeRate(bytes: number, seconds: number | null): number | null {
  return seconds !== null && seconds > 0 && bytes > 0 ? bytes / seconds : null;
}

function sum(tables: readonly LoadedTable[], field: "rows" | "bytes" | "bytesDone"): number {
  return tables.reduce((total, table) => total + table[field], 0);
}

function byRelation<Row extends { relation: number }>(rows: readonly Row[]): Map<number, Row> {
  return new Map(rows.map((row) => [row.relation, row]));
}
