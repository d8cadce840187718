/** Steps for how a column's values are stored and estimated. ONLY: partitions and children have their own. */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import { columnSettings } from "../read/table_drafts.ts";
import { changeParameters } from "../storage_parameters.ts";
import { afterRename, type PlanContext } from "./context.ts";
import { rank } from "./step.ts";

type Column = ObjectOf<"column">;
type Settings = Pick<Column, "storage" | "compression" | "statistics" | "options">;

/** @param before undefined for a column that is new, or that the target had before teleport came. */
export function planColumnSettings(
  context: PlanContext,
  before: Settings | undefined,
  after: Column,
): void {
  const table = context.tableOf(after);
  if (table === undefined) return;
  const actions = changeSettings(context, before ?? adopted(context, after, table), after);
  const alter = `alter table only ${quoteName(table)} alter column ${quoteIdentifier(after.name)}`;
  context.add(after, "set storage", actions.map((action) => `${alter} ${action}`), {
    id: `${after.id}#storage`,
    rank: rank.columnSettings,
    dependsOn: [
      ...afterRename(after),
      ...[after.id, `${after.id}#alter-type`],
      ...[table.id, `${table.id}#rename`],
    ],
  });
}

function changeSettings(context: PlanContext, before: Settings, after: Column): string[] {
  const actions: string[] = [];
  if (before.storage !== after.storage) actions.push(`set storage ${after.storage}`);
  if (before.compression !== after.compression && context.version >= 140000) {
    actions.push(`set compression ${quoteIdentifier(after.compression ?? "default")}`);
  } else if (before.compression !== after.compression && after.compression !== null) {
    context.leave(after, "columns have a compression from PostgreSQL 14 on");
  }
  if (before.statistics !== after.statistics) {
    actions.push(`set statistics ${after.statistics ?? -1}`);
  }
  return [...actions, ...changeParameters(before.options, after.options)];
}

function adopted(context: PlanContext, column: Column, table: ObjectOf<"table">): Settings {
  const row = context.targetColumn(table, column);
  const { storage, compression, statistics, options }: Settings = row === undefined
    ? { storage: column.typeStorage, compression: null, statistics: null, options: [] }
    : columnSettings(row);
  // What the target has more of is its own.
  return {
    storage: column.storage === column.typeStorage ? column.storage : storage,
    compression: column.compression === null ? null : compression,
    statistics: column.statistics === null ? null : statistics,
    options: options.filter((option) => column.options.includes(option)),
  };
}
