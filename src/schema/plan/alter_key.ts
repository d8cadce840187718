/** Changes of constraints, foreign keys and indexes, as far as they can change without being another. */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import { addConstraint } from "../render_table.ts";
import { planIndexSettings } from "./index_settings.ts";
import { alterNotNull } from "./not_null.ts";
import { afterRename, type PlanContext } from "./context.ts";

export function alterConstraint(
  context: PlanContext,
  before: ObjectOf<"constraint">,
  after: ObjectOf<"constraint">,
): void {
  if (after.type === "notNull") return alterNotNull(context, before, after);
  planIndexSettings(context, before, after);
  const table = context.tableOf(after);
  const isThere = table !== undefined && context.findPart(table, before) !== undefined;
  // Said again of a child, it stays when the parent's goes.
  const isRepeated = after.type === "check" && isThere && after.isInherited && after.isLocal &&
    before.isInherited && !before.isLocal && !context.attaching.has(table.id);
  if (isRepeated) {
    context.add(after, "repeat check", [addConstraint(after, table)], {
      dependsOn: [...afterRename(after), `${table.id}#rename`],
    });
  }
  // On a table that is being loaded it comes with the load's end.
  if (!isThere || before.isValidated || !after.isValidated) return;
  context.add(after, "validate constraint", [
    `alter table ${quoteName(table)} validate constraint ${quoteIdentifier(after.name)}`,
  ], { dependsOn: afterRename(after) });
}

/** As the target has it: DEFERRABLE and NO ACTION. One that is not there yet is made as it is by then. */
export function alterForeignKey(
  context: PlanContext,
  before: ObjectOf<"foreignKey">,
  after: ObjectOf<"foreignKey">,
): void {
  const table = context.tableOf(after);
  const row = table && context.targetTable(table)?.constraints
    .find(({ type, name }) => type === "f" && name === before.name);
  if (table === undefined || row === undefined) return;
  const name = quoteIdentifier(after.name);
  const actions: string[] = [];
  if (before.isEnforced !== after.isEnforced && context.version >= 180000) {
    actions.push(`alter constraint ${name} ${after.isEnforced ? "" : "not "}enforced`);
  } else if (!row.is_validated && after.isValidated) {
    actions.push(`validate constraint ${name}`);
  }
  const alter = `alter table ${quoteName(table)}`;
  context.add(after, "alter foreign key", actions.map((action) => `${alter} ${action}`), {
    dependsOn: [...afterRename(after), `${table.id}#rename`],
  });
}
