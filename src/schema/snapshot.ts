/**
 * A SchemaSnapshot: every object of one source for one target, at one moment, in one order.
 */
import { createHash } from "node:crypto";
import { displayName, type QualifiedName } from "../model/mod.ts";
import { kindRank, type ObjectKind, type ObjectOf, type SchemaObject } from "./object.ts";

export interface SchemaSnapshot {
  /** By kind, then by id: the same catalogs give the same list. */
  readonly objects: readonly SchemaObject[];
}

/** Puts objects into the one order. */
export function toSnapshot(objects: Iterable<SchemaObject>): SchemaSnapshot {
  const sorted = [...objects].sort((one, other) =>
    kindRank[one.kind] - kindRank[other.kind] || compareIds(one.id, other.id)
  );
  return { objects: sorted };
}

/** Numbers in ids compare as numbers. */
export function compareIds(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : one > other ? 1 : 0);
}

/** SHA-256 in hex of the snapshot's canonical JSON. */
export function hashSnapshot(snapshot: SchemaSnapshot): string {
  const hash = createHash("sha256");
  for (const object of toSnapshot(snapshot.objects).objects) {
    hash.update(canonicalJson(object) + "\n");
  }
  return hash.digest("hex");
}

/** JSON with the keys of every object in alphabetical order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, inner: unknown) =>
      inner !== null && typeof inner === "object" && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1))
        : inner,
  );
}

/** Look-ups in a snapshot. */
export class SnapshotIndex {
  readonly byId: ReadonlyMap<string, SchemaObject>;
  readonly #byKind = new Map<ObjectKind, SchemaObject[]>();
  readonly #parts = new Map<string, string[]>();
  readonly #byTable = new Map<string, SchemaObject[]>();
  readonly #inheritors = new Map<string, ObjectOf<"table">[]>();
  readonly #children = new Map<string, ObjectOf<"table">[]>();

  constructor(snapshot: SchemaSnapshot) {
    this.byId = new Map(snapshot.objects.map((object) => [object.id, object]));
    for (const object of snapshot.objects) {
      append(this.#byKind, object.kind, object);
      if ("parent" in object && object.parent !== null) {
        append(this.#parts, object.parent, object.id);
      }
      if ("table" in object) append(this.#byTable, object.table, object);
      if (object.kind === "table" && object.partition !== null) {
        append(this.#children, object.partition.parent, object);
      }
      if (object.kind === "table") {
        for (const parent of object.inherits) append(this.#inheritors, parent, object);
      }
    }
  }

  all<Kind extends ObjectKind>(kind: Kind): ObjectOf<Kind>[] {
    return (this.#byKind.get(kind) ?? []).filter((object) => isKind(object, kind));
  }

  /** Ids of the partitions' parts of a partitioned table's index or constraint. */
  partsOf(id: string): readonly string[] {
    return this.#parts.get(id) ?? [];
  }

  get<Kind extends ObjectKind>(kind: Kind, id: string): ObjectOf<Kind> | undefined {
    const object = this.byId.get(id);
    return object !== undefined && isKind(object, kind) ? object : undefined;
  }

  /** Columns, defaults, constraints, foreign keys or indexes of a table. */
  ofTable<Kind extends ObjectKind>(table: string, kind: Kind): ObjectOf<Kind>[] {
    return (this.#byTable.get(table) ?? []).filter((object) => isKind(object, kind));
  }

  /** A table's columns in the order of their numbers. */
  columnsOf(table: string): ObjectOf<"column">[] {
    return this.ofTable(table, "column").sort((one, other) => one.number - other.number);
  }

  findTable(name: QualifiedName): ObjectOf<"table"> | undefined {
    return this.all("table").find((table) =>
      table.schema === name.schema && table.name === name.name
    );
  }

  partitionsOf(table: string): readonly ObjectOf<"table">[] {
    return this.#children.get(table) ?? [];
  }

  /** A table and its partitions at every level, the table first. */
  treeOf(table: ObjectOf<"table">): ObjectOf<"table">[] {
    return [table, ...this.partitionsOf(table.id).flatMap((child) => this.treeOf(child))];
  }

  /** A table, its partitions and the children that inherit from it, at every level, each once. */
  heirsOf(table: ObjectOf<"table">): ObjectOf<"table">[] {
    const met = new Set([table]);
    for (const heir of met) {
      for (const child of this.partitionsOf(heir.id)) met.add(child);
      for (const child of this.#inheritors.get(heir.id) ?? []) met.add(child);
    }
    return [...met];
  }

  /** What rows travel as: the top of a tree of partitions where it has a key, else the table itself. */
  unitOf(table: ObjectOf<"table">): ObjectOf<"table"> {
    const root = this.#rootOf(table);
    return root.hasKey ? root : table;
  }

  #rootOf(table: ObjectOf<"table">): ObjectOf<"table"> {
    const parent = table.partition && this.get("table", table.partition.parent);
    return parent ? this.#rootOf(parent) : table;
  }

  /** What people call an object. */
  nameOf(object: SchemaObject): string {
    if ("schema" in object) return displayName(object);
    if (object.kind === "comment") return this.nameOf(this.byId.get(object.on) ?? object);
    const table = "table" in object ? this.get("table", object.table) : undefined;
    const prefix = table ? `${displayName(table)}.` : "";
    if (object.kind === "default") return this.nameOf(this.byId.get(object.column) ?? object);
    return "name" in object ? prefix + object.name : object.id;
  }
}

function isKind<Kind extends ObjectKind>(
  object: SchemaObject,
  kind: Kind,
): object is ObjectOf<Kind> {
  return object.kind === kind;
}

function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
