/** Changes of constraints, foreign keys and indexes, as far as they can change without being another. */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import { planIndexSettings } from "./index_settings.ts";
import { afterRename, type PlanContext } from "./context.ts";

export function alterConstraint(
  context: PlanContext,
  before: ObjectOf<"constraint">,
  after: ObjectOf<"constraint">,
): void {
  planIndexSettings(context, before, after);
  const table = context.tableOf(after);
  if (table === undefined || before.isValidated || !after.isValidated) return;
  context.add(after, "validate constraint", [
    `alter table ${quoteName(table)} validate constraint ${quoteIdentifier(after.name)}`,
  ], { dependsOn: afterRename(after) });
}
