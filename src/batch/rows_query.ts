/**
 * The COPY that reads the current rows of the keys in a window: one line for each key, with a flag
 * for a row that is gone.
 *
 * Keys are DISTINCT after the cast to the key's type and collation: '1.0' and '1.00' are one row.
 */
import { type CapturedRelation, keyFromText, keyOperand } from "../capture/mod.ts";
import { type Origin, quoteLiteral, quoteName } from "../model/mod.ts";
import { type SentColumn, sentValue } from "./columns.ts";
import type { Window } from "./event_summary.ts";
import { windowEvents, windowPredicate } from "./window_predicate.ts";

/** Origins of the events of one key: all of them, each once. */
export type OriginSet = readonly (Origin | null)[];

export interface RowsQuery {
  table: CapturedRelation;
  columns: readonly SentColumn[];
  window: Window;
  /** Only keys whose events have one of these sets of origins; all of them where left out. */
  originSets?: readonly OriginSet[];
}

/** Text of a COPY TO STDOUT: the deleted flag, then `columns`. */
export function copyChangedRows(query: RowsQuery): string {
  const { table, columns } = query;
  const matches = table.key.map((column, index) =>
    `${keyOperand(column, "t")} ${column.equality} k.k${index + 1}`
  );
  const values = columns.map((sent) => {
    const index = table.key.findIndex(({ name }) => name === sent.name);
    const value = sentValue(sent, "t");
    return index < 0
      ? value
      : `case when t.tableoid is null then k.k${index + 1} else ${value} end`;
  });
  const only = table.readsOnly ? "only " : "";
  return `copy (select t.tableoid is null, ${values.join(", ")} ` +
    `from (${selectKeys(query)}) k ` +
    `left join ${only}${quoteName(table)} t on ${matches.join(" and ")}) to stdout`;
}

/** Every set of origins that the window's keys of a table have. Returns rows of `origins`, '' for null. */
export function selectOriginSets(query: Pick<RowsQuery, "table" | "window">): string {
  return `select distinct k.origins from (${keysWithOrigins(query)}) k`;
}

function selectKeys(query: RowsQuery): string {
  const { table, window, originSets } = query;
  const names = table.key.map((_, index) => `k${index + 1}`).join(", ");
  if (originSets !== undefined) {
    const sets = originSets.map((set) =>
      `array[${set.map((origin) => quoteLiteral(origin ?? "")).join(", ")}]::text[]`
    );
    return `select ${names} from (${keysWithOrigins(query)}) o where o.origins in (${sets})`;
  }
  const events = windowEvents(keyTexts(table), window, conditionOf(table));
  return `select distinct ${keyValues(table)} from (${events}) e`;
}

/**
 * What events hold of the table's keys, a row a key: where the key is one column, an event may hold the
 * keys of many rows.
 */
function keyTexts(table: CapturedRelation): string {
  return table.key.length === 1 ? "pg_catalog.unnest(e.key) as key" : "e.key";
}

function keyValues(table: CapturedRelation): string {
  return table.key.map((column, index) => {
    const text = table.key.length === 1 ? "e.key" : `e.key[${index + 1}]`;
    return `${keyFromText(column, text)} as k${index + 1}`;
  }).join(", ");
}

/**
 * The window's keys with the origins of their events. A row is read as the snapshot has it, which of a
 * cut window is later than its end: events from there on count where they are of a key in the window.
 */
function keysWithOrigins({ table, window }: Pick<RowsQuery, "table" | "window">): string {
  const names = table.key.map((_, index) => `k${index + 1}`).join(", ");
  const whole = { from: window.from, limit: undefined };
  const events = windowEvents(`e.txid, ${keyTexts(table)}, e.origin`, whole, conditionOf(table));
  const isWithin = windowPredicate("e.txid", window);
  return `select ${names}, pg_catalog.array_agg(distinct coalesce(origin, '')) as origins ` +
    `from (select ${keyValues(table)}, e.origin, ${isWithin} as is_within from (${events}) e) o ` +
    `group by ${names} having pg_catalog.bool_or(is_within)`;
}

function conditionOf(table: CapturedRelation): string {
  return `e.relation = ${table.root} and e.kind = 'row'`;
}
