/** Catalog rows as snapshot objects, but for what they depend on, which closure.ts adds. */
import { displayName, TeleportError } from "../../model/mod.ts";
import type {
  ColumnRow,
  ConstraintRow,
  DomainCheckRow,
  ExtensionRow,
  IndexRow,
  RelationRow,
  SequenceRow,
  TypeRow,
} from "../catalog/mod.ts";
import type { Collation, ObjectOf, SchemaObject } from "../object.ts";
import type { Renaming } from "../renaming.ts";
import type { ScopedTable } from "./scope.ts";

export const idOf = {
  schema: (oid: string) => `schema:${oid}`,
  extension: (oid: string) => `extension:${oid}`,
  type: (oid: string) => `type:${oid}`,
  sequence: (oid: string) => `sequence:${oid}`,
  function: (oid: string) => `function:${oid}`,
  table: (oid: string) => `table:${oid}`,
  column: (table: string, number: number) => `column:${table}.${number}`,
  default: (table: string, number: number) => `default:${table}.${number}`,
  constraint: (oid: string) => `constraint:${oid}`,
  index: (oid: string) => `index:${oid}`,
  relation: (oid: string) => `relation:${oid}`,
  view: (oid: string) => `view:${oid}`,
  definition: ({ what, oid }: { what: string; oid: string }) =>
    `${what === "aggregate" ? "function" : what}:${oid}`,
} as const;

const nothing: string[] = [];

export function draftLeftOut(
  id: string,
  details: { what: string; name: string; reason: string },
): ObjectOf<"leftOut"> {
  return { kind: "leftOut", id, dependsOn: nothing, ...details };
}

/** Extensions stay in the schema that they are in. */
export function draftExtension(row: ExtensionRow, isNamed: boolean): SchemaObject {
  const { name, schema, version } = row;
  const id = idOf.extension(row.oid);
  return { kind: "extension", id, dependsOn: nothing, schema, name, version, isNamed };
}

export function draftTable({ row, partitionOf, inherits }: ScopedTable, renaming: Renaming) {
  return {
    kind: "table",
    id: idOf.table(row.oid),
    dependsOn: nothing,
    schema: renaming.schema(row.schema),
    name: row.name,
    isUnlogged: row.is_unlogged,
    partitionKey: row.partition_key === null ? null : renaming.text(row.partition_key),
    partition: partitionOf === undefined
      ? null
      : { parent: idOf.table(partitionOf), bound: renaming.text(row.bound ?? "") },
    inherits: inherits.map(idOf.table),
    hasKey: row.has_key,
  } satisfies ObjectOf<"table">;
}

export function draftColumn(row: ColumnRow, scoped: ScopedTable, renaming: Renaming) {
  const hasParent = scoped.partitionOf !== undefined || scoped.inherits.length > 0;
  return {
    kind: "column",
    id: idOf.column(row.table, row.number),
    dependsOn: nothing,
    table: idOf.table(row.table),
    number: row.number,
    name: row.name,
    type: renaming.text(row.type),
    typeIdentity: row.type_identity,
    collation: toCollation(row.collation_schema, row.collation_name, renaming),
    isNotNull: row.is_not_null,
    isInherited: hasParent && row.is_inherited,
    isLocal: !hasParent || row.is_local,
    generated: row.generated === "" ? null : {
      isStored: row.generated === "s",
      expression: renaming.text(row.default_expression ?? ""),
    },
    missingValue: row.missing_value,
  } satisfies ObjectOf<"column">;
}

export function draftDefault(row: ColumnRow, renaming: Renaming): SchemaObject | undefined {
  if (row.generated !== "" || row.default_oid === null || row.default_expression === null) {
    return undefined;
  }
  return {
    kind: "default",
    id: idOf.default(row.table, row.number),
    dependsOn: nothing,
    table: idOf.table(row.table),
    column: idOf.column(row.table, row.number),
    oid: row.default_oid,
    expression: renaming.text(row.default_expression),
  };
}

const constraintTypes = { p: "primary", u: "unique", x: "exclusion", c: "check" } as const;

export function draftConstraint(
  row: ConstraintRow,
  scoped: ScopedTable,
  renaming: Renaming,
): SchemaObject {
  const { type, name } = row;
  const base = { id: idOf.constraint(row.oid), dependsOn: nothing };
  const table = idOf.table(row.table);
  if (type === "f") {
    const what = { what: "foreign key", name: `${displayName(scoped.row)}.${name}` };
    if (!row.is_enforced) return draftLeftOut(base.id, { ...what, reason: "it is NOT ENFORCED" });
    return {
      ...base,
      kind: "foreignKey",
      table,
      name,
      columns: row.columns,
      references: idOf.table(row.references ?? ""),
      referencedColumns: row.referenced_columns,
      isMatchFull: row.is_match_full,
      hasPeriod: row.has_period,
    };
  }
  const hasParent = scoped.partitionOf !== undefined || scoped.inherits.length > 0;
  return {
    ...base,
    kind: "constraint",
    type: constraintTypes[type],
    table,
    name,
    definition: renaming.text(row.definition),
    isValidated: row.is_validated,
    isInherited: hasParent && row.is_inherited,
    isLocal: !hasParent || row.is_local,
    parent: scoped.partitionOf === undefined || row.parent === null
      ? null
      : idOf.constraint(row.parent),
    key: row.is_key ? row.columns : null,
  };
}

export function draftIndex(row: IndexRow, scoped: ScopedTable, renaming: Renaming): SchemaObject {
  return {
    kind: "index",
    id: idOf.index(row.oid),
    dependsOn: nothing,
    schema: renaming.schema(row.schema),
    name: row.name,
    table: idOf.table(row.table),
    isUnique: row.is_unique,
    definition: renaming.text(indexBody(row)),
    parent: scoped.partitionOf === undefined || row.parent === null ? null : idOf.index(row.parent),
    key: row.key,
  };
}

/** `USING ...` of `CREATE [UNIQUE] INDEX name ON [ONLY] table USING ...`; names are never parsed. */
export function indexBody(row: IndexRow): string {
  const start = `CREATE ${row.is_unique ? "UNIQUE " : ""}INDEX ${row.quoted_name} ON `;
  const prefix = row.table_names.flatMap((table) => [`${start}${table} `, `${start}ONLY ${table} `])
    .find((candidate) => row.definition.startsWith(`${candidate}USING `));
  if (prefix === undefined) {
    throw new TeleportError("bug", `Index ${row.name} has a definition of an unexpected form`);
  }
  return row.definition.slice(prefix.length);
}

export function draftSequence(row: SequenceRow, renaming: Renaming): ObjectOf<"sequence"> {
  const { type, start, increment, min, max, cache } = row;
  const { owner_table: table, owner_number: number } = row;
  return {
    kind: "sequence",
    id: idOf.sequence(row.oid),
    dependsOn: nothing,
    schema: renaming.schema(row.schema),
    name: row.name,
    ...{ type, start, increment, min, max, cache },
    isCycled: row.is_cycled,
    isUnlogged: row.is_unlogged,
    owner: table === null || number === null ? null : {
      table: idOf.table(table),
      column: idOf.column(table, number),
      isIdentity: row.is_identity === true,
    },
  };
}

/** What a type consists of that lies in other rows. */
export interface TypeParts {
  attributes: readonly ColumnRow[];
  checks: readonly DomainCheckRow[];
}

export function draftType(row: TypeRow, parts: TypeParts, renaming: Renaming): SchemaObject {
  const base = {
    id: idOf.type(row.oid),
    dependsOn: nothing,
    schema: renaming.schema(row.schema),
    name: row.name,
  };
  switch (row.kind) {
    case "e":
      return {
        ...base,
        kind: "enum",
        labels: row.label_oids.map((oid, at) => ({ oid, name: row.label_names[at] ?? "" })),
      };
    case "c":
      return { ...base, kind: "composite", attributes: draftAttributes(parts, renaming) };
    case "d":
      return {
        ...base,
        kind: "domain",
        type: renaming.text(row.base_type ?? ""),
        typeIdentity: row.type_identity,
        collation: toCollation(row.collation_schema, row.collation_name, renaming),
        default: row.default_expression === null ? null : renaming.text(row.default_expression),
        isNotNull: row.is_not_null,
        checks: parts.checks.map(({ oid, name, definition }) => ({
          oid,
          name,
          definition: renaming.text(definition),
        })),
      };
    case "r":
      return draftRange(row, base, renaming);
    case "b":
      return draftLeftOut(base.id, {
        what: "type",
        name: displayName(row),
        reason: "base types are written in C",
      });
  }
}

function draftRange(
  row: TypeRow,
  base: Pick<ObjectOf<"range">, "id" | "dependsOn" | "schema" | "name">,
  renaming: Renaming,
): SchemaObject {
  if (row.has_canonical) {
    const reason = "ranges with a canonical function are written in C";
    return draftLeftOut(base.id, { what: "type", name: displayName(row), reason });
  }
  const inTargetTerms = (text: string | null) => text === null ? null : renaming.text(text);
  return {
    ...base,
    kind: "range",
    subtype: renaming.text(row.subtype ?? ""),
    operatorClass: inTargetTerms(row.operator_class),
    collation: toCollation(row.range_collation_schema, row.range_collation_name, renaming),
    subtypeDiff: inTargetTerms(row.subtype_diff),
    multirange: row.multirange,
  };
}

function draftAttributes(parts: TypeParts, renaming: Renaming) {
  return [...parts.attributes].sort((one, other) => one.number - other.number).map((row) => ({
    number: row.number,
    name: row.name,
    type: renaming.text(row.type),
    typeIdentity: row.type_identity,
    collation: toCollation(row.collation_schema, row.collation_name, renaming),
  }));
}

function toCollation(
  schema: string | null,
  name: string | null,
  renaming: Renaming,
): Collation {
  return schema === null || name === null ? null : { schema: renaming.schema(schema), name };
}

/** A foreign table. */
export function draftRelation(row: RelationRow): SchemaObject {
  return draftLeftOut(idOf.relation(row.oid), {
    what: "foreign table",
    name: displayName(row),
    reason: "its rows are another server's",
  });
}
