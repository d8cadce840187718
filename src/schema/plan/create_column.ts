/** Steps that add columns, defaults and identities to tables that are there. */
import { quoteIdentifier, quoteLiteral, quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import { createSequence, identityOf } from "../render.ts";
import { columnDefinition, notNullOf } from "../render_table.ts";
import type { PlanContext } from "./context.ts";
import { rank } from "./step.ts";

const notGenerated = "columns are generated from PostgreSQL 12 on: it stays empty";
const notComputed = "the target has it as a plain column, which nobody computes: drop it there";

export function addColumn(context: PlanContext, column: ObjectOf<"column">): void {
  const table = context.tableOf(column);
  // A table that is not there yet has it in its CREATE TABLE.
  if (table === undefined) return;
  if (column.generated !== null && context.version < 120000) context.leave(column, notGenerated);
  if (context.targetTable(table) === undefined) return;
  const present = context.targetColumn(table, column);
  if (present !== undefined) {
    if (present.type !== column.type) {
      context.leave(column, `the target has it as ${present.type}, the source as ${column.type}`);
    }
    if (column.generated !== null && present.generated === "" && context.version >= 120000) {
      context.leave(column, notComputed);
    }
    return;
  }
  const isCarried = column.isInherited && !context.attaching.has(table.id);
  if (isCarried) return;
  const alter = `alter table ${quoteName(table)}`;
  const name = quoteIdentifier(column.name);
  const definition = columnDefinition(
    column,
    context.version,
    notNullOf(context.after, table, column),
  );
  if (column.missingValue === null || column.generated !== null) {
    return context.add(column, "add column", [`${alter} add column ${definition}`]);
  }
  // Rows older than the column hold the value that the source gave them, whatever the default is now.
  const value = `${quoteLiteral(column.missingValue)}::${column.type}`;
  context.add(column, "add column", [
    `${alter} add column ${definition} default ${value}`,
    `${alter} alter column ${name} drop default`,
  ]);
}

/** ONLY: partitions and children have defaults of their own in the snapshot. */
export function setDefault(context: PlanContext, object: ObjectOf<"default">): void {
  const table = context.tableOf(object);
  const column = context.after.get("column", object.column);
  if (table === undefined || column === undefined) return;
  const present = context.targetColumn(table, column);
  const hasIdentity = (present?.identity ?? "") !== "" && !isIdentityGoing(context, column);
  const isRebuilt = context.rebuilt.has(object.id);
  if ((present?.default_expression === object.expression && !isRebuilt) || hasIdentity) return;
  context.add(object, "set default", [
    `alter table only ${quoteName(table)} alter column ${quoteIdentifier(column.name)} ` +
    `set default ${object.expression}`,
  ]);
}

export function addIdentity(
  context: PlanContext,
  sequence: ObjectOf<"sequence">,
  place: { table: ObjectOf<"table">; column: ObjectOf<"column"> },
): void {
  const { table, column } = place;
  const existing = context.targetColumn(table, column);
  const hasIdentity = (existing?.identity ?? "") !== "" && !isIdentityGoing(context, column);
  const hasDefault = (existing?.default_oid ?? null) !== null && !isDefaultGoing(context, column);
  if (hasIdentity || hasDefault) return;
  const alter = `alter table ${quoteName(table)} alter column ${quoteIdentifier(column.name)}`;
  const name = quoteName(sequence);
  const statements = context.version >= 100000
    ? [`${alter} add ${identityOf(sequence, context.version)}`]
    : [
      ...(context.has("sequences", sequence) ? [] : [createSequence(sequence, context.version)]),
      `alter sequence ${name} owned by ${quoteName(table)}.${quoteIdentifier(column.name)}`,
      `${alter} set default pg_catalog.nextval(${quoteLiteral(name)}::regclass)`,
    ];
  context.add(sequence, "add identity", statements, { rank: rank.ownership });
}

/** Whether the identity that the target has now is dropped in this plan. */
function isIdentityGoing(context: PlanContext, column: ObjectOf<"column">): boolean {
  return context.isGoing(
    context.before.all("sequence").find(({ owner }) =>
      owner?.isIdentity && owner.column === column.id
    ),
  );
}

function isDefaultGoing(context: PlanContext, column: ObjectOf<"column">): boolean {
  return context.isGoing(
    context.before.ofTable(column.table, "default").find((object) => object.column === column.id),
  );
}
