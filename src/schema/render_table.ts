/** Statements that make tables and what hangs on them, in the words of the target's version. */
import { type QualifiedName, quoteIdentifier, quoteList, quoteName } from "../model/mod.ts";
import type { ServerVersion } from "../postgres/mod.ts";
import type { ObjectOf } from "./object.ts";
import { typeOf } from "./render_type.ts";
import { definitionFor } from "./storage_parameters.ts";
import type { SnapshotIndex } from "./snapshot.ts";

/** `create table`, without defaults, constraints and partition of, which are statements of their own. */
export function createTable(
  table: ObjectOf<"table">,
  snapshot: SnapshotIndex,
  version: ServerVersion,
): string {
  const columns = snapshot.columnsOf(table.id)
    .filter((column) => table.partition !== null || column.isLocal)
    .map((column) => columnDefinition(column, version, notNullOf(snapshot, table, column)));
  const names = version < 180000 ? [] : ownNamesOfNotNull(snapshot, table);
  const parents = table.inherits.map((id) => {
    const parent = snapshot.get("table", id);
    return parent === undefined ? [] : [quoteName(parent)];
  }).flat();
  const inherits = parents.length === 0 ? "" : ` inherits (${parents.join(", ")})`;
  const partition = table.partitionKey === null ? "" : ` partition by ${table.partitionKey}`;
  const unlogged = table.isUnlogged ? "unlogged " : "";
  // Partitioned tables name the method of their partitions from 17 on.
  const since = table.partitionKey === null ? 120000 : 170000;
  const using = table.accessMethod === null || version < since
    ? ""
    : ` using ${quoteIdentifier(table.accessMethod)}`;
  return `create ${unlogged}table ${quoteName(table)} (${
    [...columns, ...names].join(", ")
  })${inherits}${partition}${using}`;
}

/** A child's NOT NULL on a parent's column can have a name of its own from its CREATE TABLE only. */
function ownNamesOfNotNull(snapshot: SnapshotIndex, table: ObjectOf<"table">): string[] {
  return snapshot.ofTable(table.id, "constraint")
    .filter((constraint) =>
      constraint.type === "notNull" && table.partition === null && constraint.isInherited &&
      constraint.isLocal && constraint.isValidated
    )
    .filter((constraint) => snapshot.get("column", constraint.column ?? "")?.isLocal === false)
    .map((constraint) => `constraint ${quoteIdentifier(constraint.name)} ${constraint.definition}`);
}

/**
 * Name, type, collation, generation and NOT NULL.
 * @param notNull the constraint, where the source has one.
 */
export function columnDefinition(
  column: ObjectOf<"column">,
  version: ServerVersion,
  notNull?: ObjectOf<"constraint">,
): string {
  const parts = [quoteIdentifier(column.name), typeOf(column)];
  if (column.generated !== null && version < 120000) return parts.join(" ");
  if (column.generated !== null) {
    // Virtual columns came with 18; the value is the same.
    const kind = column.generated.isStored || version < 180000 ? "stored" : "virtual";
    parts.push(`generated always as (${column.generated.expression}) ${kind}`);
  }
  if (column.isNotNull) {
    const isNamed = notNull !== undefined && version >= 180000;
    parts.push(isNamed ? inlineNotNull(notNull) : "not null");
  }
  return parts.join(" ");
}

/** The NOT NULL that a column's definition says, where the source has names for that. */
export function notNullOf(
  snapshot: SnapshotIndex,
  table: ObjectOf<"table">,
  column: ObjectOf<"column">,
): ObjectOf<"constraint"> | undefined {
  return snapshot.ofTable(table.id, "constraint").find((constraint) =>
    constraint.column === column.id && isInlineNotNull(constraint, column, table)
  );
}

function inlineNotNull(constraint: ObjectOf<"constraint">): string {
  const reach = constraint.definition.endsWith(" NO INHERIT") ? " no inherit" : "";
  return `constraint ${quoteIdentifier(constraint.name)} not null${reach}`;
}

/** Whether a new column's definition says this NOT NULL. One of a parent's column comes with that. */
export function isInlineNotNull(
  constraint: ObjectOf<"constraint">,
  column: ObjectOf<"column">,
  table: ObjectOf<"table">,
): boolean {
  return constraint.type === "notNull" && constraint.isValidated &&
    (table.partition !== null || column.isLocal);
}

/** Recurses to partitions and to children, as it did on the source. */
export function addConstraint(
  constraint: ObjectOf<"constraint">,
  table: ObjectOf<"table">,
): string {
  return `alter table ${quoteName(table)} add constraint ${quoteIdentifier(constraint.name)} ` +
    constraint.definition;
}

/** @param options.isConcurrent outside of transactions. */
export function createIndex(
  index: ObjectOf<"index">,
  table: QualifiedName,
  version: ServerVersion,
  options: { isConcurrent: boolean } = { isConcurrent: false },
): string {
  const definition = definitionFor(index.definition, index.settings.options, version);
  const words = `${index.isUnique ? "unique " : ""}index${
    options.isConcurrent ? " concurrently" : ""
  }`;
  return `create ${words} ${quoteIdentifier(index.name)} on ${quoteName(table)} ${definition}`;
}

/**
 * DEFERRABLE and NO ACTION whatever the source has: cascades arrive as events, and rows may be deleted
 * and inserted again within a transaction.
 */
export function addForeignKey(
  key: ObjectOf<"foreignKey">,
  tables: { table: ObjectOf<"table">; references: ObjectOf<"table"> },
  isValidatedLater: boolean,
): string {
  const list = (columns: readonly string[]) =>
    key.hasPeriod
      ? [
        ...columns.slice(0, -1).map((column) => quoteIdentifier(column)),
        `period ${quoteList(columns.slice(-1))}`,
      ].join(", ")
      : quoteList(columns);
  return `alter table ${quoteName(tables.table)} add constraint ${quoteIdentifier(key.name)} ` +
    `foreign key (${list(key.columns)}) references ${quoteName(tables.references)} ` +
    `(${list(key.referencedColumns)})${key.isMatchFull ? " match full" : ""} ` +
    `deferrable initially immediate${key.isEnforced ? "" : " not enforced"}` +
    (isValidatedLater ? " not valid" : "");
}

export function attachPartition(
  table: ObjectOf<"table">,
  parent: ObjectOf<"table">,
): string {
  return `alter table ${quoteName(parent)} attach partition ${quoteName(table)} ` +
    (table.partition?.bound ?? "");
}
