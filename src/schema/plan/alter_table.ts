/** Changes of tables themselves. */
import { quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import { canonicalJson } from "../snapshot.ts";
import { afterRename, type PlanContext } from "./context.ts";
import { planTableSettings } from "./table_settings.ts";
import { planAttachment } from "./create_table.ts";

export function alterTable(
  context: PlanContext,
  before: ObjectOf<"table">,
  after: ObjectOf<"table">,
): void {
  const name = quoteName(after);
  const add = (what: string, statements: string[], more: string[] = []) =>
    context.add(after, what, statements, {
      id: `${after.id}#${what.replaceAll(" ", "-")}`,
      dependsOn: [...afterRename(after), ...more],
    });
  if (before.isUnlogged !== after.isUnlogged && context.version < 90500) {
    context.leave(after, "LOGGED and UNLOGGED can be changed from PostgreSQL 9.5 on");
  } else if (before.isUnlogged !== after.isUnlogged) {
    add("set persistence", [`alter table ${name} set ${after.isUnlogged ? "un" : ""}logged`]);
  }
  if (canonicalJson(before.partition) !== canonicalJson(after.partition)) {
    const parent = before.partition && context.after.get("table", before.partition.parent);
    if (parent) {
      context.add(after, "detach partition", [
        `alter table ${quoteName(parent)} detach partition ${name}`,
      ], { id: `${after.id}#detach`, dependsOn: [...afterRename(after), `${parent.id}#rename`] });
    }
    planAttachment(context, after, true);
  }
  planTableSettings(context, before, after);
  const lost = before.inherits.filter((id) => !after.inherits.includes(id));
  const gained = after.inherits.filter((id) => !before.inherits.includes(id));
  for (const [word, ids] of [["no inherit", lost], ["inherit", gained]] as const) {
    const parents = ids.flatMap((id) => context.after.get("table", id) ?? []);
    add(
      word,
      parents.map((parent) => `alter table ${name} ${word} ${quoteName(parent)}`),
      parents.map((parent) => parent.id),
    );
  }
}
