/** Which tables a snapshot holds: those that the expression names, with all partitions of their trees. */
import { matchesExpression, type TargetExpression } from "../../model/mod.ts";
import type { RelationRow } from "../catalog/mod.ts";

export interface ScopedTable {
  row: RelationRow;
  /** The partitioned table, where that is in scope too. */
  partitionOf: string | undefined;
  /** Parents of old-style inheritance that are in scope. */
  inherits: string[];
}

/** By oid. A tree of partitions is in scope as a whole as soon as one of its members is named. */
export function chooseTables(
  relations: readonly RelationRow[],
  expression: TargetExpression,
): Map<string, ScopedTable> {
  const tables = new Map(
    relations.filter((row) => row.kind === "r" || row.kind === "p").map((row) => [row.oid, row]),
  );
  const rootOf = (row: RelationRow): RelationRow => {
    const parent = row.is_partition ? tables.get(row.parents[0] ?? "") : undefined;
    return parent === undefined ? row : rootOf(parent);
  };
  const named = [...tables.values()].filter((row) => matchesExpression(expression, row));
  const roots = new Set(named.map((row) => rootOf(row).oid));
  const chosen = [...tables.values()].filter((row) => roots.has(rootOf(row).oid));
  const oids = new Set(chosen.map((row) => row.oid));
  return new Map(chosen.map((row) => {
    const parents = row.parents.filter((parent) => oids.has(parent));
    return [row.oid, {
      row,
      partitionOf: row.is_partition ? parents[0] : undefined,
      inherits: row.is_partition ? [] : parents,
    }];
  }));
}
