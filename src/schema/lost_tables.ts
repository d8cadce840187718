/** Tables that are not on the target as teleport left them, so that they have to be loaded again. */
import { type QualifiedName, quoteName } from "../model/mod.ts";
import type { StoredSchema } from "./applied.ts";
import type { ObjectOf, SchemaObject } from "./object.ts";
import { SnapshotIndex } from "./snapshot.ts";
import type { TargetCatalog } from "./target_catalog.ts";

/**
 * What somebody dropped on the target counts as not applied, so that it is made again. For a table that
 * is said: its rows are gone.
 */
export function withoutLost(
  before: SnapshotIndex,
  catalog: TargetCatalog,
  ours: ReadonlySet<string>,
): { before: SnapshotIndex; lost: QualifiedName[] } {
  const tables = before.all("table")
    .filter((table) => !ours.has(table.id) && catalog.table(table) === undefined);
  const ids = new Set(tables.map((table) => table.id));
  const isLost = (object: SchemaObject): boolean => {
    if ("table" in object) return ids.has(object.table);
    switch (object.kind) {
      case "table":
        return ids.has(object.id);
      case "sequence":
        return object.owner?.isIdentity
          ? ids.has(object.owner.table)
          : !catalog.sequences.has(quoteName(object));
      case "enum":
      case "composite":
      case "domain":
      case "range":
        return !catalog.types.has(quoteName(object));
      case "view":
        return catalog.view(object) === undefined;
      case "function":
        return !catalog.hasFunction(object);
      case "definition":
        return !catalog.hasDefinition(object);
      default:
        return false;
    }
  };
  const kept = [...before.byId.values()].filter((object) => ours.has(object.id) || !isLost(object));
  return {
    before: new SnapshotIndex({ objects: kept }),
    lost: tables.map(({ schema, name }) => ({ schema, name })),
  };
}

/**
 * Tables that were the source's before it is known again what is, and do not look it: somebody renamed or changed
 * them, and what is added to them here comes without rows and values.
 */
export function findChanged(
  stored: StoredSchema,
  after: SnapshotIndex,
  catalog: TargetCatalog,
): QualifiedName[] {
  const isSame = (table: ObjectOf<"table">) => {
    const present = catalog.table(table);
    const parts = new Set(after.partitionsOf(table.id).map((part) => quoteName(part)));
    return present !== undefined &&
      after.columnsOf(table.id)
        .every((column) => column.generated !== null || present.columns.has(column.name)) &&
      catalog.partitionsOf(present.row.oid).every((part) => parts.has(quoteName(part)));
  };
  return after.all("table").filter((table) => stored.has(table.id) && !isSame(table))
    .map(({ schema, name }) => ({ schema, name }));
}
