/**
 * A bare table's keys and indexes, on again after its load (DESIGN §6). In the caller's transaction on the target; each
 * may be repeated. For a partitioned table all of this is done to its partitions too, theirs first. What
 * separate_builds.ts has built already gets its name here.
 */
import { displayName, type QualifiedName, TeleportError } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { Bindings } from "./bindings.ts";
import { dropHalfBuilt, type HalfBuiltIndex, listHalfBuilt } from "./half_built.ts";
import { changeIndexSettings, markedOthers, settingsAtCreation } from "./index_settings.ts";
import {
  allPartsOf,
  canHavePart,
  findPart,
  keyOf,
  type KeyPart,
  partsOf,
  treeOf,
} from "./key_parts.ts";
import type { ObjectOf } from "./object.ts";
import { commentsOn } from "./plan/mod.ts";
import { addConstraint, createIndex } from "./render_table.ts";
import { isSeparateName, nameSeparate, separateName } from "./separate_index.ts";
import { type SchemaSnapshot, SnapshotIndex } from "./snapshot.ts";
import { TargetCatalog } from "./target_catalog.ts";
import { withTargetPath } from "./target_path.ts";
import { isOurs, readEpoch } from "./ways.ts";

/** How parts were made, by id. */
export type MadeParts = ReadonlyMap<string, string>;

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

/**
 * Builds everything that is still missing but foreign keys.
 * @returns what was made, for `isAsMade`.
 */
export async function buildIndexes(
  connection: Connection,
  snapshot: SchemaSnapshot,
  table: QualifiedName,
): Promise<MadeParts> {
  return await build(connection, { snapshot, table }, allPartsOf, { clears: true });
}

/** Whether parts that were made of another snapshot would be made so of this one. */
export function isAsMade(
  connection: Connection,
  snapshot: SchemaSnapshot,
  made: MadeParts,
): boolean {
  const index = new SnapshotIndex(snapshot);
  return [...made].every(([id, text]) => {
    const part = index.get("constraint", id) ?? index.get("index", id);
    const member = part && index.get("table", part.table);
    return part !== undefined && member !== undefined &&
      describePart(connection, index, { member, part }) === text;
  });
}

interface Missing {
  member: ObjectOf<"table">;
  /** Oid of the member on the target. */
  oid: string;
  part: KeyPart;
}

/** What the tree lacks here, its partitions' parts first: the root's takes theirs up, under the names that they have. */
export async function listMissing(
  connection: Connection,
  index: SnapshotIndex,
  tree: readonly ObjectOf<"table">[],
  choose: (index: SnapshotIndex, table: ObjectOf<"table">) => KeyPart[] = allPartsOf,
): Promise<Missing[]> {
  const epoch = await readEpoch(connection);
  const catalog = await TargetCatalog.readTables(connection, tree);
  return tree.toReversed().flatMap((member) =>
    choose(index, member)
      .filter((part) => !isOurs(part, epoch) && canHavePart(connection, member, part))
      .filter((part) => findPart({ catalog, index }, member, part) === undefined)
      .map((part) => ({ member, oid: catalog.table(member)?.row.oid ?? "", part }))
  );
}

async function build(
  connection: Connection,
  place: { snapshot: SchemaSnapshot; table: QualifiedName },
  choose: (index: SnapshotIndex, table: ObjectOf<"table">) => KeyPart[],
  { clears }: { clears: boolean } = { clears: false },
): Promise<MadeParts> {
  const index = new SnapshotIndex(place.snapshot);
  const tree = treeOf(index, place.table);
  return await withTargetPath(connection, index, async () => {
    const missing = await listMissing(connection, index, tree, choose);
    const separate = await listSeparate(connection, tree);
    const statements = missing.flatMap(({ member, oid, part }) => {
      const built = separate.get(separateName(oid, part));
      if (built !== undefined) separate.delete(built.name);
      const first = built && nameSeparate({ member, part, built });
      const [create = "", ...rest] = statementsOf(connection, index, { member, part });
      return [first ?? create, ...rest];
    });
    const stale = clears ? [...separate.values()] : [];
    await dropHalfBuilt(connection, stale);
    await runBound(connection, index, { statements, table: place.table });
    return new Map(missing.map((one) => [one.part.id, describePart(connection, index, one)]));
  });
}

/** What is built and has no name yet. @returns it by the name that it has meanwhile. */
async function listSeparate(
  connection: Connection,
  tree: readonly QualifiedName[],
): Promise<Map<string, HalfBuiltIndex>> {
  const catalog = await TargetCatalog.readTables(connection, tree);
  const oids = tree.flatMap((member) => catalog.table(member)?.row.oid ?? []);
  const found = await listHalfBuilt(connection, oids);
  return new Map(
    found.filter(({ name, isBuilt }) => isBuilt && isSeparateName(name))
      .map((built) => [built.name, built]),
  );
}

/** @throws TeleportError `schema_mismatch` where a name means something that is not replicated. */
export async function runBound(
  connection: Connection,
  index: SnapshotIndex,
  { statements, table }: { statements: readonly string[]; table: QualifiedName },
): Promise<void> {
  if (statements.length === 0) return;
  const bindings = await Bindings.read(connection, index);
  for (const statement of statements) await connection.run(statement);
  const mistake = await bindings?.findMistake();
  if (mistake === undefined) return;
  throw new TeleportError("schema_mismatch", `Indexes of ${displayName(table)}: ${mistake}`);
}

type MemberPart = Pick<Missing, "member" | "part">;

function statementsOf(
  connection: Connection,
  index: SnapshotIndex,
  { member, part }: MemberPart,
): string[] {
  const { version } = connection;
  return [
    part.kind === "index" ? createIndex(part, member, version) : addConstraint(part, member),
    ...setIndex(connection, index, { member, part }),
    ...commentsOn(part.id, index),
  ];
}

function describePart(connection: Connection, index: SnapshotIndex, part: MemberPart): string {
  return JSON.stringify(statementsOf(connection, index, part));
}

/** What a new key or index is besides. */
function setIndex(
  { version }: Connection,
  index: SnapshotIndex,
  { member: table, part }: MemberPart,
): string[] {
  if (part.settings === null) return [];
  const others = markedOthers(index, part);
  const place = { table, name: part.name, version, others };
  return changeIndexSettings(settingsAtCreation(part), part.settings, place);
}
