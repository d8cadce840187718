/** What a bare table lacks: its keys and indexes, and checks that old rows need not pass. */
import { displayName, type QualifiedName, TeleportError } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import type { ConstraintRow, IndexRow } from "./catalog/mod.ts";
import type { ObjectOf } from "./object.ts";
import type { SnapshotIndex } from "./snapshot.ts";
import type { TargetCatalog } from "./target_catalog.ts";

export type KeyPart = ObjectOf<"constraint" | "index">;

/** The table and its partitions, at every level. */
export function treeOf(index: SnapshotIndex, name: QualifiedName): ObjectOf<"table">[] {
  const table = index.findTable(name);
  if (table !== undefined) return index.treeOf(table);
  throw new TeleportError("schema_mismatch", `No schema was applied for ${displayName(name)}`, {
    hint: "The source sends its schema again.",
  });
}

/**
 * The same choice as for capture's key, where the caller does not say: the primary key, else the key
 * with the fewest columns, else the first by name.
 */
export function keyOf(parts: readonly KeyPart[], key?: readonly string[]): KeyPart | undefined {
  const primary = parts.find((part) => part.kind === "constraint" && part.type === "primary");
  const candidates = parts.flatMap((part) => part.key === null ? [] : [{ part, key: part.key }])
    .sort((one, other) =>
      one.key.length - other.key.length || (one.part.name < other.part.name ? -1 : 1)
    );
  const wanted = key &&
    candidates.find((candidate) =>
      candidate.key.length === key.length && candidate.key.every((column) => key.includes(column))
    );
  return wanted?.part ?? primary ?? candidates[0]?.part;
}

/** What a bare table does not have: keys, indexes, and checks that old rows need not pass. */
export function partsOf(index: SnapshotIndex, table: ObjectOf<"table">): KeyPart[] {
  const constraints = index.ofTable(table.id, "constraint").filter((constraint) =>
    (constraint.type !== "check" && constraint.type !== "notNull") ||
    (!constraint.isValidated && !constraint.isInherited)
  );
  return [...constraints, ...index.ofTable(table.id, "index")];
}

/** With the checks that came while it was bare. */
export function allPartsOf(index: SnapshotIndex, table: ObjectOf<"table">): KeyPart[] {
  const parts = partsOf(index, table);
  const checks = index.ofTable(table.id, "constraint").filter((constraint) =>
    constraint.type === "check" && !constraint.isInherited && !parts.includes(constraint)
  );
  return [...parts, ...checks];
}

/** Before 11 a partitioned table has no keys and indexes; its partitions have. */
export function canHavePart(
  connection: Connection,
  table: ObjectOf<"table">,
  part: KeyPart,
): boolean {
  if (part.kind === "constraint" && !part.isEnforced && connection.version < 180000) return false;
  if (part.kind === "constraint" && part.type === "notNull") return connection.version >= 180000;
  const isCheck = part.kind === "constraint" && part.type === "check";
  return table.partitionKey === null || connection.version >= 110000 || isCheck;
}

/** As the target has it, by name or by meaning. */
export function findPart(
  { catalog, index }: { catalog: TargetCatalog; index: SnapshotIndex },
  table: ObjectOf<"table">,
  part: KeyPart,
): ConstraintRow | IndexRow | undefined {
  const isFree = (name: string) => {
    const owner = index.ofTable(part.table, part.kind).find((other) => other.name === name);
    return owner === undefined || owner.id === part.id;
  };
  return part.kind === "index"
    ? catalog.findIndex(table, part, isFree)
    : catalog.findConstraint(table, part, isFree);
}
