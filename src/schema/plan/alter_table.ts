/** Changes of tables themselves, but for their parents and types. */
import { quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import { afterRename, type PlanContext } from "./context.ts";
import { planTableSettings } from "./table_settings.ts";

export function alterTable(
  context: PlanContext,
  before: ObjectOf<"table">,
  after: ObjectOf<"table">,
): void {
  if (before.isUnlogged !== after.isUnlogged && context.version < 90500) {
    context.leave(after, "LOGGED and UNLOGGED can be changed from PostgreSQL 9.5 on");
  } else if (before.isUnlogged !== after.isUnlogged) {
    const action = `set ${after.isUnlogged ? "un" : ""}logged`;
    context.add(after, "set persistence", [`alter table ${quoteName(after)} ${action}`], {
      id: `${after.id}#set-persistence`,
      dependsOn: afterRename(after),
    });
  }
  planTableSettings(context, before, after);
}
