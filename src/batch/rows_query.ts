/**
 * The COPY that reads the current rows of the keys in a window: one line for each key, with a flag
 * for a row that is gone.
 *
 * Keys are DISTINCT after the cast to the key's type and collation: '1.0' and '1.00' are one row.
 */
import { type CapturedRelation, keyFromText, keyOperand } from "../capture/mod.ts";
import { quoteLiteral, quoteName } from "../model/mod.ts";
import { type SentColumn, sentValue } from "./columns.ts";
import type { Window } from "./event_summary.ts";
import { windowEvents } from "./window_predicate.ts";

export interface RowsQuery {
  table: CapturedRelation;
  columns: readonly SentColumn[];
  window: Window;
  /** The events' origin: null for rows first written here, "any" for all of them. */
  origin: string | null | typeof anyOrigin;
}

export const anyOrigin = Symbol("any origin");

/** Text of a COPY TO STDOUT: the deleted flag, then `columns`. */
export function copyChangedRows({ table, columns, window, origin }: RowsQuery): string {
  const events = windowEvents(
    "e.key",
    window,
    `e.relation = ${table.root} and e.kind = 'row' and ${originCondition(origin)}`,
  );
  const keys = table.key.map((column, index) =>
    `${keyFromText(column, `e.key[${index + 1}]`)} as k${index + 1}`
  );
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
    `from (select distinct ${keys.join(", ")} from (${events}) e) k ` +
    `left join ${only}${quoteName(table)} t on ${matches.join(" and ")}) to stdout`;
}

function originCondition(origin: RowsQuery["origin"]): string {
  if (origin === anyOrigin) return "true";
  return origin === null ? "e.origin is null" : `e.origin = ${quoteLiteral(origin)}`;
}
