/** What a partitioned table's rows hold in a column younger than they: its partitions alone know. */
import type { ColumnRow } from "../catalog/mod.ts";
import type { ScopedTable } from "./scope.ts";

/**
 * Gives a partitioned table's columns the missing value of the same column of its partitions, since the
 * target adds the column to all of them by adding it to the partitioned table.
 */
export function withLeafValues(
  rows: readonly ColumnRow[],
  tables: ReadonlyMap<string, ScopedTable>,
): ColumnRow[] {
  const values = new Map<string, string>();
  for (const { table, name, missing_value: value } of rows) {
    if (value === null) continue;
    let parent = tables.get(table)?.partitionOf;
    while (parent !== undefined) {
      values.set(`${parent} ${name}`, value);
      parent = tables.get(parent)?.partitionOf;
    }
  }
  return rows.map((row) => {
    const value = row.missing_value ?? values.get(`${row.table} ${row.name}`) ?? null;
    return { ...row, missing_value: value };
  });
}
