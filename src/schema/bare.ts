/**
 * A table's keys and indexes, off for its initial load (DESIGN §6); bare_end.ts builds them again. In the
 * caller's transaction on the target; each may be repeated. For a partitioned table all of this is
 * done to its partitions too, the root's first.
 */
import { type QualifiedName, quoteIdentifier, quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { dropHalfBuilt, listHalfBuilt } from "./half_built.ts";
import { findPart, type KeyPart, partsOf, treeOf } from "./key_parts.ts";
import type { ObjectOf } from "./object.ts";
import { idOf } from "./read/drafts.ts";
import { type SchemaSnapshot, SnapshotIndex } from "./snapshot.ts";
import { TargetCatalog } from "./target_catalog.ts";
import { withTargetPath } from "./target_path.ts";

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

/** A part of an index whose table is outside: PostgreSQL does not let it go alone. */
function hangsElsewhere(index: SnapshotIndex, ids: ReadonlySet<string>, part: KeyPart): boolean {
  const parent = part.parent === null ? undefined : index.byId.get(part.parent);
  return parent !== undefined && "table" in parent && !ids.has(parent.table);
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
