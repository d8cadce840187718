/**
 * A table's keys and indexes, off for its initial load and on again after it (DESIGN §6). In the
 * caller's transaction on the target; each may be repeated. For a partitioned table all of this is
 * done to its partitions too: theirs first where something is built, the root's first where dropped.
 */
import {
  displayName,
  type QualifiedName,
  quoteIdentifier,
  quoteName,
  TeleportError,
} from "../model/mod.ts";
import type { Connection, ServerVersion } from "../postgres/mod.ts";
import { Bindings } from "./bindings.ts";
import { dropHalfBuilt, listHalfBuilt } from "./half_built.ts";
import { changeIndexSettings, markedOthers, settingsAtCreation } from "./index_settings.ts";
import type { ObjectOf } from "./object.ts";
import { commentsOn } from "./plan/mod.ts";
import { idOf } from "./read/drafts.ts";
import { addConstraint, createIndex } from "./render_table.ts";
import { type SchemaSnapshot, SnapshotIndex } from "./snapshot.ts";
import { TargetCatalog } from "./target_catalog.ts";
import { withTargetPath } from "./target_path.ts";
import { isOurs, readEpoch } from "./ways.ts";

type KeyPart = ObjectOf<"constraint" | "index">;

/**
 * What tables are called in a snapshot, those of them that it has. The source's oid tells, whatever it calls one by now;
 * the name does where a restored source has other oids.
 */
export function findTables(
  snapshot: SchemaSnapshot,
  tables: readonly (QualifiedName & { oid: number })[],
): QualifiedName[] {
  const index = new SnapshotIndex(snapshot);
  return tables.flatMap((table) => {
    const known = index.get("table", idOf.table(String(table.oid))) ?? index.findTable(table);
    return known === undefined ? [] : [{ schema: known.schema, name: known.name }];
  });
}

/** Drops the foreign keys of tables of the snapshot, in and out. */
export async function dropForeignKeys(
  connection: Connection,
  snapshot: SchemaSnapshot,
  tables: readonly QualifiedName[],
): Promise<void> {
  for (const table of tables) await makeBare(connection, snapshot, table, { keepsKeys: true });
}

/**
 * Drops the table's foreign keys, in and out, and unless it keeps them its keys and its indexes, where the
 * snapshot knows them, and what is half built of others.
 */
export async function makeBare(
  connection: Connection,
  snapshot: SchemaSnapshot,
  table: QualifiedName,
  { keepsKeys }: { keepsKeys: boolean } = { keepsKeys: false },
): Promise<void> {
  const index = new SnapshotIndex(snapshot);
  const tree = treeOf(index, table);
  const ids = new Set(tree.map(({ id }) => id));
  const foreignKeys = index.all("foreignKey")
    .filter((key) => ids.has(key.table) || ids.has(key.references));
  const others = foreignKeys.flatMap((key) => [key.table, key.references])
    .flatMap((id) => index.get("table", id) ?? []);
  await withTargetPath(connection, index, async () => {
    const catalog = await TargetCatalog.readTables(connection, [...tree, ...others]);
    const statements = [
      ...foreignKeys.flatMap((key) => dropForeignKey(catalog, index, key)),
      ...(keepsKeys ? [] : tree).flatMap((member) =>
        partsOf(index, member).filter((part) => !hangsElsewhere(index, ids, part))
          .flatMap((part) => dropPart({ catalog, index }, member, part))
      ),
    ];
    await runAll(connection, statements);
    if (keepsKeys) return;
    const oids = tree.flatMap((member) => catalog.table(member)?.row.oid ?? []);
    await dropHalfBuilt(connection, await listHalfBuilt(connection, oids));
  });
}

/**
 * Builds the primary key or, where the table has none, the unique key that stands for it.
 * @param key the columns by which rows are told apart, where the caller knows them.
 * @throws DatabaseError 23505: the rows are not those of one moment.
 */
export async function buildPrimaryKey(
  connection: Connection,
  snapshot: SchemaSnapshot,
  table: QualifiedName,
  key?: readonly string[],
): Promise<void> {
  await build(connection, { snapshot, table }, (index, member) => {
    const part = keyOf(partsOf(index, member), key);
    return part === undefined ? [] : [part];
  });
}

/** Builds everything that is still missing but foreign keys. */
export async function buildIndexes(
  connection: Connection,
  snapshot: SchemaSnapshot,
  table: QualifiedName,
): Promise<void> {
  await build(connection, { snapshot, table }, allPartsOf);
}

async function build(
  connection: Connection,
  place: { snapshot: SchemaSnapshot; table: QualifiedName },
  choose: (index: SnapshotIndex, table: ObjectOf<"table">) => KeyPart[],
): Promise<void> {
  const index = new SnapshotIndex(place.snapshot);
  const tree = treeOf(index, place.table);
  const { version } = connection;
  const epoch = await readEpoch(connection);
  await withTargetPath(connection, index, async () => {
    const catalog = await TargetCatalog.readTables(connection, tree);
    // Partitions first: then the root's takes theirs up, under the names that they have.
    const statements = tree.toReversed().flatMap((member) =>
      choose(index, member)
        .filter((part) => !isOurs(part, epoch) && canHavePart(connection, member, part))
        .filter((part) => findPart({ catalog, index }, member, part) === undefined)
        .flatMap((part) => [
          part.kind === "index" ? createIndex(part, member, version) : addConstraint(part, member),
          ...setIndex(index, member, part, version),
          ...commentsOn(part.id, index),
        ])
    );
    const bindings = statements.length === 0 ? undefined : await Bindings.read(connection, index);
    for (const statement of statements) await connection.run(statement);
    const mistake = await bindings?.findMistake();
    if (mistake !== undefined) {
      throw new TeleportError(
        "schema_mismatch",
        `Indexes of ${displayName(place.table)}: ${mistake}`,
      );
    }
  });
}

/** What a new key or index is besides. */
function setIndex(
  index: SnapshotIndex,
  table: ObjectOf<"table">,
  part: KeyPart,
  version: ServerVersion,
): string[] {
  if (part.settings === null) return [];
  const others = markedOthers(index, part);
  const place = { table, name: part.name, version, others };
  return changeIndexSettings(settingsAtCreation(part), part.settings, place);
}

/**
 * The same choice as for capture's key, where the caller does not say: the primary key, else the key
 * with the fewest columns, else the first by name.
 */
function keyOf(parts: readonly KeyPart[], key?: readonly string[]): KeyPart | undefined {
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
function partsOf(index: SnapshotIndex, table: ObjectOf<"table">): KeyPart[] {
  const constraints = index.ofTable(table.id, "constraint").filter((constraint) =>
    (constraint.type !== "check" && constraint.type !== "notNull") ||
    (!constraint.isValidated && !constraint.isInherited)
  );
  return [...constraints, ...index.ofTable(table.id, "index")];
}

/** With the checks that came while it was bare. */
function allPartsOf(index: SnapshotIndex, table: ObjectOf<"table">): KeyPart[] {
  const parts = partsOf(index, table);
  const checks = index.ofTable(table.id, "constraint").filter((constraint) =>
    constraint.type === "check" && !constraint.isInherited && !parts.includes(constraint)
  );
  return [...parts, ...checks];
}

/** Before 11 a partitioned table has no keys and indexes; its partitions have. */
function canHavePart(
  connection: Connection,
  table: ObjectOf<"table">,
  part: KeyPart,
): boolean {
  if (part.kind === "constraint" && !part.isEnforced && connection.version < 180000) return false;
  if (part.kind === "constraint" && part.type === "notNull") return connection.version >= 180000;
  const isCheck = part.kind === "constraint" && part.type === "check";
  return table.partitionKey === null || connection.version >= 110000 || isCheck;
}

/** A part of an index whose table is outside: PostgreSQL does not let it go alone. */
function hangsElsewhere(index: SnapshotIndex, ids: ReadonlySet<string>, part: KeyPart): boolean {
  const parent = part.parent === null ? undefined : index.byId.get(part.parent);
  return parent !== undefined && "table" in parent && !ids.has(parent.table);
}

function treeOf(index: SnapshotIndex, name: QualifiedName): ObjectOf<"table">[] {
  const table = index.findTable(name);
  if (table !== undefined) return index.treeOf(table);
  throw new TeleportError("schema_mismatch", `No schema was applied for ${displayName(name)}`, {
    hint: "The source sends its schema again.",
  });
}

function findPart(
  { catalog, index }: { catalog: TargetCatalog; index: SnapshotIndex },
  table: ObjectOf<"table">,
  part: KeyPart,
) {
  const isFree = (name: string) => {
    const owner = index.ofTable(part.table, part.kind).find((other) => other.name === name);
    return owner === undefined || owner.id === part.id;
  };
  return part.kind === "index"
    ? catalog.findIndex(table, part, isFree)
    : catalog.findConstraint(table, part, isFree);
}

function dropPart(
  at: { catalog: TargetCatalog; index: SnapshotIndex },
  table: ObjectOf<"table">,
  part: KeyPart,
): string[] {
  const found = findPart(at, table, part);
  if (found === undefined) return [];
  const name = quoteIdentifier(found.name);
  return part.kind === "index"
    ? [`drop index if exists ${quoteIdentifier(table.schema)}.${name}`]
    : [`alter table ${quoteName(table)} drop constraint if exists ${name}`];
}

function dropForeignKey(
  catalog: TargetCatalog,
  index: SnapshotIndex,
  key: ObjectOf<"foreignKey">,
): string[] {
  const table = index.get("table", key.table);
  const references = index.get("table", key.references);
  if (table === undefined || references === undefined) return [];
  const found = catalog.findForeignKey(key, { table, references });
  if (found === undefined) return [];
  return [
    `alter table ${quoteName(table)} drop constraint if exists ${quoteIdentifier(found.name)}`,
  ];
}

async function runAll(connection: Connection, statements: readonly string[]): Promise<void> {
  if (statements.length > 0) await connection.run(statements.join(";\n"));
}
