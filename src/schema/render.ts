/** Statements that make objects, in the words of the target's version. Names are always quoted. */
import {
  type QualifiedName,
  quoteIdentifier,
  quoteList,
  quoteLiteral,
  quoteName,
} from "../model/mod.ts";
import type { ServerVersion } from "../postgres/mod.ts";
import type { Collation, ObjectOf, TypeObject } from "./object.ts";
import type { SnapshotIndex } from "./snapshot.ts";

/** `create table`, without defaults, constraints and partition of, which are statements of their own. */
export function createTable(
  table: ObjectOf<"table">,
  snapshot: SnapshotIndex,
  version: ServerVersion,
): string {
  const columns = snapshot.columnsOf(table.id)
    .filter((column) => table.partition !== null || column.isLocal)
    .map((column) => columnDefinition(column, version));
  const parents = table.inherits.map((id) => {
    const parent = snapshot.get("table", id);
    return parent === undefined ? [] : [quoteName(parent)];
  }).flat();
  const inherits = parents.length === 0 ? "" : ` inherits (${parents.join(", ")})`;
  const partition = table.partitionKey === null ? "" : ` partition by ${table.partitionKey}`;
  const unlogged = table.isUnlogged ? "unlogged " : "";
  return `create ${unlogged}table ${quoteName(table)} (${
    columns.join(", ")
  })${inherits}${partition}`;
}

/** Name, type, collation, generation and NOT NULL. */
export function columnDefinition(column: ObjectOf<"column">, version: ServerVersion): string {
  const parts = [quoteIdentifier(column.name), typeOf(column)];
  if (column.generated !== null) {
    // Virtual columns came with 18; the value is the same.
    const kind = column.generated.isStored || version < 180000 ? "stored" : "virtual";
    parts.push(`generated always as (${column.generated.expression}) ${kind}`);
  }
  if (column.isNotNull) parts.push("not null");
  return parts.join(" ");
}

/** A column's or attribute's type and collation. */
export function typeOf(column: { type: string; collation: Collation }): string {
  return column.type + collate(column.collation);
}

function collate(collation: Collation): string {
  return collation === null ? "" : ` collate ${quoteName(collation)}`;
}

export function createType(type: TypeObject, version: ServerVersion): string {
  const name = quoteName(type);
  switch (type.kind) {
    case "enum":
      return `create type ${name} as enum (${
        type.labels.map((label) => quoteLiteral(label.name)).join(", ")
      })`;
    case "composite":
      return `create type ${name} as (${
        type.attributes.map((attribute) =>
          `${quoteIdentifier(attribute.name)} ${typeOf(attribute)}`
        ).join(", ")
      })`;
    case "domain":
      return createDomain(type);
    case "range":
      return createRange(type, version);
  }
}

/** With its checks: later they would be refused once a table uses the domain inside another type. */
function createDomain(domain: ObjectOf<"domain">): string {
  const parts = [`create domain ${quoteName(domain)} as ${typeOf(domain)}`];
  if (domain.default !== null) parts.push(`default ${domain.default}`);
  const checks = domain.checks.map(({ name, definition }) => ({
    isValid: !definition.endsWith(" NOT VALID"),
    text: `constraint ${quoteIdentifier(name)} ${definition}`,
  }));
  parts.push(...checks.filter(({ isValid }) => isValid).map(({ text }) => text));
  if (domain.isNotNull) parts.push("not null");
  const later = checks.filter(({ isValid }) => !isValid)
    .map(({ text }) => `alter domain ${quoteName(domain)} add ${text}`);
  return [parts.join(" "), ...later].join(";\n");
}

function createRange(range: ObjectOf<"range">, version: ServerVersion): string {
  const options = [`subtype = ${range.subtype}`];
  if (range.operatorClass !== null) options.push(`subtype_opclass = ${range.operatorClass}`);
  if (range.collation !== null) options.push(`collation = ${quoteName(range.collation)}`);
  if (range.subtypeDiff !== null) options.push(`subtype_diff = ${range.subtypeDiff}`);
  if (range.multirange !== null && version >= 140000) {
    const name = quoteName({ schema: range.schema, name: range.multirange });
    options.push(`multirange_type_name = ${name}`);
  }
  return `create type ${quoteName(range)} as range (${options.join(", ")})`;
}

export function createSequence(sequence: ObjectOf<"sequence">, version: ServerVersion): string {
  const unlogged = sequence.isUnlogged && version >= 150000 ? "unlogged " : "";
  return `create ${unlogged}sequence ${quoteName(sequence)} ${sequenceOptions(sequence, version)}`;
}

/** The options as CREATE, ALTER and an identity column's parentheses take them. */
export function sequenceOptions(sequence: ObjectOf<"sequence">, version: ServerVersion): string {
  const { type, increment, min, max, start, cache, isCycled } = sequence;
  const as = version < 100000 ? "" : `as ${type} `;
  return `${as}increment by ${increment} minvalue ${min} maxvalue ${max} start with ${start} ` +
    `cache ${cache} ${isCycled ? "" : "no "}cycle`;
}

/** BY DEFAULT whatever the source has: rows come with their values, and updates must be able to set them. */
export function identityOf(sequence: ObjectOf<"sequence">, version: ServerVersion): string {
  // "as type" is not for identity columns: their own type says it.
  const options = sequenceOptions(sequence, version).replace(/^as .*? increment/, "increment");
  return `generated by default as identity (sequence name ${quoteName(sequence)} ${options})`;
}

export function createFunction(routine: ObjectOf<"function">): string {
  return `create or replace ${routine.routine} ${quoteName(routine)}${routine.definition}`;
}

/** Recurses to partitions and to children, as it did on the source. */
export function addConstraint(
  constraint: ObjectOf<"constraint">,
  table: ObjectOf<"table">,
): string {
  return `alter table ${quoteName(table)} add constraint ${quoteIdentifier(constraint.name)} ` +
    constraint.definition;
}

export function createIndex(index: ObjectOf<"index">, table: QualifiedName): string {
  return `create ${index.isUnique ? "unique " : ""}index ${quoteIdentifier(index.name)} ` +
    `on ${quoteName(table)} ${index.definition}`;
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
    `deferrable initially immediate${isValidatedLater ? " not valid" : ""}`;
}

export function attachPartition(
  table: ObjectOf<"table">,
  parent: ObjectOf<"table">,
): string {
  return `alter table ${quoteName(parent)} attach partition ${quoteName(table)} ` +
    (table.partition?.bound ?? "");
}
