/** Tables and what hangs on them: catalog rows as snapshot objects. */
import { TeleportError } from "../../model/mod.ts";
import type { ColumnRow, ConstraintRow, IndexRow, StatisticsRow } from "../catalog/mod.ts";
import type { IndexSettings, ObjectOf, SchemaObject } from "../object.ts";
import type { Renaming } from "../renaming.ts";
import { draftLeftOut, idOf, nothing, toCollation } from "./drafts.ts";
import type { ScopedTable } from "./scope.ts";

const replicaIdentities = { d: "default", f: "full", n: "nothing", i: "index" } as const;

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
    ofType: row.of_type === null ? null : idOf.type(row.of_type),
    accessMethod: row.access_method,
    options: row.options.toSorted(),
    replicaIdentity: replicaIdentities[row.replica_identity],
    hasKey: row.has_key,
  } satisfies ObjectOf<"table">;
}

const storages = { p: "plain", e: "external", m: "main", x: "extended" } as const;
const compressions: Readonly<Record<string, string>> = { p: "pglz", l: "lz4" };

/** What ALTER COLUMN sets besides the value. */
export function columnSettings(row: ColumnRow) {
  const { compression, statistics, options } = row;
  return {
    storage: storages[row.storage],
    compression: compression === null ? null : compressions[compression] ?? compression,
    statistics,
    options: options.toSorted(),
  };
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
      oid: row.default_oid ?? "0",
      isStored: row.generated === "s",
      expression: renaming.text(row.default_expression ?? ""),
    },
    ...columnSettings(row),
    typeStorage: storages[row.type_storage],
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

const constraintTypes = {
  p: "primary",
  u: "unique",
  x: "exclusion",
  c: "check",
  n: "notNull",
} as const;

export function draftConstraint(
  row: ConstraintRow,
  scoped: ScopedTable,
  renaming: Renaming,
): SchemaObject {
  const { type, name } = row;
  const base = { id: idOf.constraint(row.oid), dependsOn: nothing };
  const table = idOf.table(row.table);
  if (type === "f") {
    return {
      ...base,
      kind: "foreignKey",
      table,
      name,
      columns: row.columns,
      references: idOf.table(row.references ?? ""),
      referencedColumns: row.referenced_columns,
      isMatchFull: row.is_match_full,
      isValidated: row.is_validated,
      isEnforced: row.is_enforced,
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
    isEnforced: row.is_enforced,
    isInherited: hasParent && row.is_inherited,
    isLocal: !hasParent || row.is_local,
    parent: scoped.partitionOf === undefined || row.parent === null
      ? null
      : idOf.constraint(row.parent),
    key: row.is_key ? row.columns : null,
    column: type === "n" ? idOf.column(row.table, row.numbers[0] ?? 0) : null,
    settings: type === "c" || type === "n" ? null : settingsOf(row),
  };
}

/** @param scoped the table; undefined for a materialized view. */
export function draftIndex(
  row: IndexRow,
  scoped: ScopedTable | undefined,
  renaming: Renaming,
): ObjectOf<"index"> {
  return {
    kind: "index",
    id: idOf.index(row.oid),
    dependsOn: nothing,
    schema: renaming.schema(row.schema),
    name: row.name,
    table: scoped === undefined ? idOf.view(row.table) : idOf.table(row.table),
    isUnique: row.is_unique,
    definition: renaming.text(indexBody(row)),
    parent: scoped?.partitionOf === undefined || row.parent === null
      ? null
      : idOf.index(row.parent),
    key: scoped === undefined ? null : row.key,
    settings: settingsOf(row),
  };
}

export function settingsOf(row: IndexRow | ConstraintRow): IndexSettings {
  return {
    options: row.options,
    statistics: row.statistics.map((item) => {
      const [position, target] = item.split("=");
      return { position: Number(position), target: Number(target) };
    }),
    isClustered: row.is_clustered,
    isReplicaIdentity: row.is_replica_identity,
  };
}

const statisticsKinds: Readonly<Record<string, "ndistinct" | "dependencies" | "mcv">> = {
  d: "ndistinct",
  f: "dependencies",
  m: "mcv",
};

export function draftStatistics(row: StatisticsRow, renaming: Renaming): ObjectOf<"statistics"> {
  return {
    kind: "statistics",
    id: idOf.statistics(row.oid),
    dependsOn: nothing,
    schema: renaming.schema(row.schema),
    name: row.name,
    table: idOf.table(row.table),
    // "e", of each expression, comes by itself.
    kinds: row.kinds.flatMap((kind) => statisticsKinds[kind] ?? []),
    columns: renaming.text(row.columns),
    hasExpressions: row.expression_count > 0,
    isSingleExpression: row.expression_count === 1 && (row.column_count ?? 0) === 0,
    target: row.target,
  };
}

/** A tablespace is a place on the source's disks: what is in one is made in the target's default one. */
export function draftTablespace(
  row: { oid: string; tablespace: string | null },
  place: string,
): SchemaObject | undefined {
  return row.tablespace === null ? undefined : draftLeftOut(`tablespace:${row.oid}`, {
    what: "tablespace",
    name: `${row.tablespace} of ${place}`,
    reason: "tablespaces are not replicated",
  });
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
