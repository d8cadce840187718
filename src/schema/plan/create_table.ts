/** Steps that make tables, and partitions parts of them. */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import { attachPartition, createTable } from "../render_table.ts";
import { type PlanContext, withSchema } from "./context.ts";
import { hasNotNullConstraint } from "./not_null.ts";
import { rank } from "./step.ts";

export function createOrAdoptTable(context: PlanContext, table: ObjectOf<"table">): void {
  const existing = context.targetTable(table);
  if (existing === undefined) {
    context.attaching.add(table.id);
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
  planAttachment(context, table);
}

/** ATTACH comes last: then the partition keeps the names of its own keys, indexes and checks. */
export function planAttachment(
  context: PlanContext,
  table: ObjectOf<"table">,
  isDetached = false,
): void {
  const parent = table.partition && context.after.get("table", table.partition.parent);
  if (!parent) return;
  const parentOid = context.targetTable(parent)?.row.oid;
  const parents = context.targetTable(table)?.row.parents ?? [];
  if (!isDetached && parentOid !== undefined && parents.includes(parentOid)) return;
  context.attaching.add(table.id);
  context.add(table, "attach partition", [attachPartition(table, parent)], {
    id: `${table.id}#attach`,
    rank: rank.attach,
    dependsOn: [
      table.id,
      `${table.id}#detach`,
      parent.id,
      ...context.after.ofTable(table.id, "constraint").map((constraint) => constraint.id),
      ...context.after.ofTable(table.id, "index").map((index) => index.id),
    ],
  });
}
