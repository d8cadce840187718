/** Foreign keys make sense on the target only between tables whose rows travel. */
import { displayName } from "../../model/mod.ts";
import type { ConstraintRow } from "../catalog/mod.ts";
import type { ObjectOf, SchemaObject } from "../object.ts";
import { draftLeftOut } from "./drafts.ts";
import type { ScopedTable } from "./scope.ts";

/** A foreign key to or from rows that do not travel, since they have no key, would refuse every other. */
export function withTravellingRows(
  object: ObjectOf<"foreignKey">,
  row: ConstraintRow,
  tables: ReadonlyMap<string, ScopedTable>,
): SchemaObject {
  const travels = (oid: string): boolean => {
    const scoped = tables.get(oid);
    if (scoped === undefined || scoped.row.has_key) return true;
    return scoped.partitionOf !== undefined && travels(scoped.partitionOf);
  };
  const keyless = [row.table, row.references ?? ""].find((oid) => !travels(oid));
  const table = tables.get(keyless ?? "")?.row;
  const owner = tables.get(row.table)?.row;
  if (table === undefined || owner === undefined) return object;
  return draftLeftOut(object.id, {
    what: "foreign key",
    name: `${displayName(owner)}.${row.name}`,
    reason: `the rows of ${displayName(table)} do not travel: it has no key`,
  });
}
