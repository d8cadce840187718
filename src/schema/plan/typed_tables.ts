/**
 * Tables of a type (CREATE TABLE OF). While such a table's columns or the type's attributes change it is an
 * ordinary one: so neither needs CASCADE, which would take along what others hung on them.
 */
import { quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import { canonicalJson } from "../snapshot.ts";
import type { PlanContext } from "./context.ts";
import { rank } from "./step.ts";

type Table = ObjectOf<"table">;

export function planTypedTables(context: PlanContext): void {
  for (const after of context.after.all("table")) {
    const before = context.before.get("table", after.id);
    const isSame = before?.ofType === after.ofType && !isTypeChanged(context, after.ofType);
    if (isSame) continue;
    if (before !== undefined && before.ofType !== null) untie(context, before);
    if (after.ofType !== null) tie(context, after, after.ofType);
  }
}

function isTypeChanged(context: PlanContext, type: string | null): boolean {
  if (type === null) return false;
  const [before, after] = [context.before, context.after].map((index) =>
    index.get("composite", type)?.attributes
  );
  return canonicalJson(before ?? null) !== canonicalJson(after ?? null);
}

/** By the name of before. */
function untie(context: PlanContext, table: Table): void {
  context.add(table, "untie from type", [`alter table ${quoteName(table)} not of`], {
    id: `${table.id}#not-of`,
    rank: rank.detach,
    dependsOn: [],
  });
}

function tie(context: PlanContext, table: Table, id: string): void {
  const type = context.after.get("composite", id);
  if (type === undefined) return;
  context.add(table, "tie to type", [`alter table ${quoteName(table)} of ${quoteName(type)}`], {
    id: `${table.id}#of`,
    rank: rank.attach,
    dependsOn: [table.id, `${table.id}#rename`, id, `${id}#rename`],
  });
}
