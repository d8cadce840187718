/** Catalog rows as snapshot objects, but for what they depend on, which closure.ts adds. */
import { displayName } from "../../model/mod.ts";
import type {
  ColumnRow,
  DomainCheckRow,
  ExtensionRow,
  RelationRow,
  SequenceRow,
  TypeRow,
} from "../catalog/mod.ts";
import type { Collation, ObjectOf, SchemaObject } from "../object.ts";
import type { Renaming } from "../renaming.ts";

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
  statistics: (oid: string) => `statistics:${oid}`,
  relation: (oid: string) => `relation:${oid}`,
  view: (oid: string) => `view:${oid}`,
  definition: ({ what, oid }: { what: string; oid: string }) =>
    `${what === "aggregate" ? "function" : what}:${oid}`,
} as const;

export const nothing: string[] = [];

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

export function toCollation(
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
