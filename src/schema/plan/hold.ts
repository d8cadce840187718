/**
 * Drops that the operator wants to see first: a table or a column that the source has dropped stays with what
 * it holds. It makes room for what takes its name, and is in nobody's way: no NOT NULL that new rows cannot
 * meet, no foreign key, no place among the partitions whose rows the source no longer has.
 */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { ObjectOf, SchemaObject } from "../object.ts";
import type { PlanContext } from "./context.ts";
import { rank } from "./step.ts";

/** Where a table goes that must make room; with its indexes, constraints and sequences. */
const schemaPrefix = "teleport_held_";

/** @returns whether the object is held, and not to be dropped. */
export function holdDrop(context: PlanContext, object: SchemaObject): boolean {
  if (context.policy.drops === "apply") return false;
  if (object.kind === "table") return holdTable(context, object);
  if (object.kind === "sequence" && object.owner !== null) {
    // One that a held table or column owns goes with it, now and later.
    return !context.after.byId.has(object.owner.column);
  }
  return object.kind === "column" && holdColumn(context, object);
}

/** Schema to drop along with a table that was held, where it is one of ours. */
export function heldSchemaOf(table: ObjectOf<"table">): string | undefined {
  return table.schema.startsWith(schemaPrefix) ? table.schema : undefined;
}

function holdTable(context: PlanContext, table: ObjectOf<"table">): boolean {
  if (context.catalog.table(table) === undefined) return false;
  const name = quoteName(table);
  const statements = context.before.ofTable(table.id, "foreignKey").map((key) =>
    `alter table ${name} drop constraint if exists ${quoteIdentifier(key.name)}`
  );
  const stays = (id: string) => context.after.get("table", id);
  const parent = table.partition && stays(table.partition.parent);
  if (parent) {
    statements.push(`alter table ${quoteName(nowOf(context, parent))} detach partition ${name}`);
  }
  for (const id of table.inherits) {
    const heir = stays(id);
    if (heir) statements.push(`alter table ${name} no inherit ${quoteName(nowOf(context, heir))}`);
  }
  let held: ObjectOf<"table"> = { ...table, partition: null, inherits: [], dependsOn: [] };
  const isTaken = context.after.all("table").some((other) => quoteName(other) === name);
  if (isTaken) {
    held = { ...held, schema: `${schemaPrefix}${table.id.replace(/\D/g, "")}` };
    const schema = quoteIdentifier(held.schema);
    statements.push(`create schema ${schema}`, `alter table ${name} set schema ${schema}`);
    context.freed.add(name);
  }
  context.add(table, "hold", statements, { rank: rank.drop, dependsOn: [] });
  context.held.set(table.id, { object: held, reason: `${reason(isTaken ? quoteName(held) : "")}` });
  return true;
}

function holdColumn(context: PlanContext, column: ObjectOf<"column">): boolean {
  const table = context.before.get("table", column.table);
  const after = context.after.get("table", column.table);
  // What the target computes, or another table's drop takes along, holds nothing of its own.
  if (table === undefined || after === undefined) return false;
  if (column.generated !== null || column.isInherited) return false;
  if (context.catalog.table(table)?.columns.get(column.name) === undefined) return false;
  const alter = `alter table ${quoteName(table)}`;
  const name = quoteIdentifier(column.name);
  const statements = column.isNotNull ? [`${alter} alter column ${name} drop not null`] : [];
  let held: ObjectOf<"column"> = { ...column, isNotNull: false, dependsOn: [column.table] };
  const isTaken = context.after.ofTable(table.id, "column").some((other) =>
    other.name === column.name
  );
  if (isTaken) {
    held = { ...held, name: `teleport_held_${column.number}` };
    statements.push(`${alter} rename column ${name} to ${quoteIdentifier(held.name)}`);
    context.freed.add(`${quoteName(table)}.${name}`);
  }
  context.add(column, "hold", statements, { rank: rank.drop, dependsOn: [] });
  context.held.set(column.id, { object: held, reason: reason(isTaken ? held.name : "") });
  return true;
}

function nowOf(context: PlanContext, table: ObjectOf<"table">): ObjectOf<"table"> {
  return context.before.get("table", table.id) ?? table;
}

function reason(newName: string): string {
  const place = newName === "" ? "" : `, as ${newName}`;
  return `is held${place}: the source dropped it, schema.drops = apply drops it here`;
}
