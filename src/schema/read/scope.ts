/** Which tables a snapshot holds: those that the expression names, and every partition of them. */
import { matchesExpression, type TargetExpression } from "../../model/mod.ts";
import type { RelationRow } from "../catalog/mod.ts";

export interface ScopedTable {
  row: RelationRow;
  /** The partitioned table, where that is in scope too. */
  partitionOf: string | undefined;
  /** Parents of old-style inheritance that are in scope. */
  inherits: string[];
}

/** By oid. A partition comes along with its root; without it, it stands as a table of its own. */
export function chooseTables(
  relations: readonly RelationRow[],
  expression: TargetExpression,
): Map<string, ScopedTable> {
  const tables = new Map(
    relations.filter((row) => row.kind === "r" || row.kind === "p").map((row) => [row.oid, row]),
  );
  const known = new Map<string, boolean>();
  const isInScope = (row: RelationRow): boolean => {
    const before = known.get(row.oid);
    if (before !== undefined) return before;
    const parent = row.is_partition ? tables.get(row.parents[0] ?? "") : undefined;
    const is = matchesExpression(expression, row) || (parent !== undefined && isInScope(parent));
    known.set(row.oid, is);
    return is;
  };
  const chosen = [...tables.values()].filter(isInScope);
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
