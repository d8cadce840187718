/** Steps that make tables, and partitions parts of them. */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import { createTable } from "../render_table.ts";
import { type PlanContext, withSchema } from "./context.ts";
import { hasNotNullConstraint } from "./not_null.ts";
import { planAttachment, planInheritance } from "./parents.ts";

export function createOrAdoptTable(context: PlanContext, table: ObjectOf<"table">): void {
  const existing = context.targetTable(table);
  if (existing === undefined) {
    const columns = context.after.columnsOf(table.id);
    const inherited = columns.filter((column) =>
      table.partition === null && !column.isLocal && column.isNotNull &&
      !hasNotNullConstraint(context, column)
    );
    context.add(table, "create table", [
      createTable(table, context.after, context.version),
      ...inherited.map((column) =>
        `alter table ${quoteName(table)} alter column ${quoteIdentifier(column.name)} set not null`
      ),
    ], {
      dependsOn: [
        ...withSchema(context, table),
        ...columns.flatMap((column) => column.dependsOn.filter((id) => id !== table.id)),
      ],
    });
  } else if (existing.row.kind !== "r" && existing.row.kind !== "p") {
    context.leave(table, "the target has something else of that name");
  }
  const parents = existing?.row.parents ?? [];
  const isChildOf = (id: string) => {
    const parent = context.after.get("table", id);
    const oid = parent && context.targetTable(parent)?.row.oid;
    return oid !== undefined && parents.includes(oid);
  };
  if (table.partition !== null && !isChildOf(table.partition.parent)) {
    planAttachment(context, table);
  }
  if (existing !== undefined) {
    planInheritance(context, table, table.inherits.filter((id) => !isChildOf(id)));
  }
}
