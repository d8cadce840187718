/**
 * Foreign keys, made when the rows of both ends are there. In the caller's transaction on the target;
 * may be repeated.
 */
import { type QualifiedName, quoteIdentifier, quoteName } from "../model/mod.ts";
import type { Connection, ServerVersion } from "../postgres/mod.ts";
import { executeSteps } from "./execute.ts";
import { kindRank, type ObjectOf } from "./object.ts";
import { commentsOn, type Step } from "./plan/mod.ts";
import { addForeignKey } from "./render_table.ts";
import { type SchemaSnapshot, SnapshotIndex } from "./snapshot.ts";
import { TargetCatalog } from "./target_catalog.ts";
import { withTargetPath } from "./target_path.ts";

export interface ForeignKeyReport {
  created: number;
  /** Names of foreign keys of which one end is not ready. */
  waiting: string[];
  /** Names of those that the rows or the server did not allow. */
  refused: { object: string; error: string }[];
  /** Those that have yet to be validated. */
  unvalidated: UnvalidatedKey[];
}

export interface UnvalidatedKey {
  /** For people. */
  object: string;
  table: QualifiedName;
  name: string;
  /** Whether it was made just now. */
  isNew: boolean;
}

/**
 * @param isReady whether the rows of a table are complete; asked of the root of a
 *   partition where that has a key.
 * @param options.validatesLater leaves NOT VALID what can be validated afterwards, under weaker locks.
 * @throws DatabaseError of the transient and unreachable classes.
 */
export async function buildForeignKeys(
  connection: Connection,
  snapshot: SchemaSnapshot,
  isReady: (table: QualifiedName) => boolean,
  { validatesLater }: { validatesLater: boolean } = { validatesLater: false },
): Promise<ForeignKeyReport> {
  const index = new SnapshotIndex(snapshot);
  const keys = index.all("foreignKey");
  if (keys.length === 0) return { created: 0, waiting: [], refused: [], unvalidated: [] };
  return await withTargetPath(connection, index, async () => {
    const catalog = await readTables(connection, index, keys);
    const waiting: string[] = [];
    const steps: Step[] = [];
    const unvalidated: UnvalidatedKey[] = [];
    const { version } = connection;
    for (const key of keys) {
      const table = index.get("table", key.table);
      const references = index.get("table", key.references);
      if (table === undefined || references === undefined) continue;
      const isAllReady = [table, references].every((end) => isReady(index.unitOf(end)));
      const object = `foreign key ${index.nameOf(key)}`;
      const there = catalog.findForeignKey(key, { table, references });
      if (there !== undefined) {
        // Of one's own, which a crash left so. What the target had before stays as it is.
        const isOurs = there.name === key.name && / DEFERRABLE/.test(there.definition);
        const isOpen = isOurs && !there.is_validated && there.is_enforced &&
          mayValidateLater(version, key, table);
        if (isOpen && isAllReady) {
          unvalidated.push({ object, table, name: there.name, isNew: false });
        }
        continue;
      }
      if (!key.isEnforced && version < 180000) continue; // named where it came along
      if (!isAllReady) {
        waiting.push(index.nameOf(key));
        continue;
      }
      steps.push(toStep({ version, index, validatesLater }, key, { table, references }));
      if (validatesLater && mayValidateLater(version, key, table)) {
        unvalidated.push({ object, table, name: key.name, isNew: true });
      }
    }
    const refusals = await executeSteps(connection, steps);
    const refused = steps.flatMap((step) => {
      const error = refusals.get(step.id)?.error;
      const key = index.byId.get(step.object);
      return error === undefined || key === undefined
        ? []
        : [{ object: `foreign key ${index.nameOf(key)}`, error }];
    });
    const left = new Set(refused.map(({ object }) => object));
    return {
      created: steps.length - refused.length,
      waiting,
      refused,
      unvalidated: unvalidated.filter(({ object }) => !left.has(object)),
    };
  });
}

/** Validates one, in the caller's transaction. @throws DatabaseError 23503 where rows do not allow it. */
export async function validateForeignKey(
  connection: Connection,
  { table, name }: UnvalidatedKey,
): Promise<void> {
  await connection.run(
    `alter table ${quoteName(table)} validate constraint ${quoteIdentifier(name)}`,
  );
}

/** Takes back one that rows do not allow, in the caller's transaction. */
export async function dropForeignKey(
  connection: Connection,
  { table, name }: UnvalidatedKey,
): Promise<void> {
  await connection.run(
    `alter table if exists ${quoteName(table)} drop constraint if exists ${quoteIdentifier(name)}`,
  );
}

/** Not of partitioned tables before 18. */
function isInTwo(
  version: ServerVersion,
  key: ObjectOf<"foreignKey">,
  table: ObjectOf<"table">,
): boolean {
  return key.isEnforced && (table.partitionKey === null || version >= 180000);
}

function mayValidateLater(
  version: ServerVersion,
  key: ObjectOf<"foreignKey">,
  table: ObjectOf<"table">,
): boolean {
  return key.isValidated && isInTwo(version, key, table);
}

/** NOT VALID and VALIDATE hold weaker locks for the long part. */
function toStep(
  { version, index, validatesLater }: {
    version: ServerVersion;
    index: SnapshotIndex;
    validatesLater: boolean;
  },
  key: ObjectOf<"foreignKey">,
  tables: { table: ObjectOf<"table">; references: ObjectOf<"table"> },
): Step {
  const validates = !validatesLater && mayValidateLater(version, key, tables.table);
  const validate = `alter table ${quoteName(tables.table)} validate constraint ${
    quoteIdentifier(key.name)
  }`;
  return {
    id: key.id,
    object: key.id,
    action: "add foreign key",
    statements: [
      addForeignKey(key, tables, isInTwo(version, key, tables.table)),
      ...(validates ? [validate] : []),
      ...commentsOn(key.id, index),
    ],
    dependsOn: [],
    rank: kindRank.foreignKey,
  };
}

async function readTables(
  connection: Connection,
  index: SnapshotIndex,
  keys: readonly ObjectOf<"foreignKey">[],
): Promise<TargetCatalog> {
  const ids = new Set(keys.flatMap((key) => [key.table, key.references]));
  const tables = [...ids].flatMap((id) => index.get("table", id) ?? []);
  return await TargetCatalog.readTables(connection, tables);
}
