/** Steps for what changes of an index, or of a constraint's, while it stays the same. */
import {
  changeIndexSettings,
  markedOthers,
  settingsAtCreation,
  type SettingsPart,
} from "../index_settings.ts";
import { settingsOf } from "../read/table_drafts.ts";
import { unknownParameters } from "../storage_parameters.ts";
import { afterRename, partKey, type PlanContext } from "./context.ts";
import { isWithoutKeys } from "./create_key.ts";

/** @param before undefined for one that is new, or that the target had before teleport came. */
export function planIndexSettings(
  context: PlanContext,
  before: SettingsPart | undefined,
  after: SettingsPart,
): void {
  const table = context.relationOf(after);
  const { settings } = after;
  if (table === undefined || settings === null) return;
  if (isWithoutKeys(context, table)) return;
  const nameNow = context.nameNow(table);
  const there = context.findPart(table, before ?? after);
  if (before !== undefined && there === undefined) return; // built later, as it is then
  const isNew = there === undefined || context.freed.has(partKey(nameNow, there.name)) ||
    [after.id, table.id].some((id) => context.rebuilt.has(id));
  // The load's end makes it, as it is then. What is there, the primary key from the catch-up on, is not made again.
  if (isNew && context.bareTables.has(table.id)) return;
  const current = before?.settings ?? (isNew ? settingsAtCreation(after) : settingsOf(there));
  for (const name of unknownParameters(settings.options, context.version)) {
    const isKnown = before?.settings?.options.some((option) => option.startsWith(`${name}=`));
    if (!isKnown) context.leave(after, `the target has no storage parameter ${name}`);
  }
  const isNewTarget = settings.statistics.length > 0 && current.statistics.length === 0;
  if (isNewTarget && context.version < 110000) {
    context.leave(after, "the target has no statistics targets of an index's columns");
  }
  const statements = changeIndexSettings(current, settings, {
    table,
    name: there === undefined || there.name === before?.name ? after.name : there.name,
    version: context.version,
    others: markedOthers(context.after, after),
  });
  context.add(after, "set index parameters", statements, {
    id: `${after.id}#settings`,
    dependsOn: [...afterRename(after), after.id, `${table.id}#rename`],
  });
}
