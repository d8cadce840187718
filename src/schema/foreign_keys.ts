/**
 * Foreign keys, made when the rows of both ends are there. In the caller's transaction on the target;
 * may be repeated.
 */
import { type QualifiedName, quoteIdentifier, quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
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
}

/**
 * @param isReady whether the rows of a table are complete; asked of the root of a
 *   partition where that has a key.
 * @throws DatabaseError of the transient and unreachable classes.
 */
export async function buildForeignKeys(
  connection: Connection,
  snapshot: SchemaSnapshot,
  isReady: (table: QualifiedName) => boolean,
): Promise<ForeignKeyReport> {
  const index = new SnapshotIndex(snapshot);
  const keys = index.all("foreignKey");
  if (keys.length === 0) return { created: 0, waiting: [], refused: [] };
  return await withTargetPath(connection, index, async () => {
    const catalog = await readTables(connection, index, keys);
    const waiting: string[] = [];
    const steps: Step[] = [];
    for (const key of keys) {
      const table = index.get("table", key.table);
      const references = index.get("table", key.references);
      if (table === undefined || references === undefined) continue;
      if (catalog.findForeignKey(key, { table, references }) !== undefined) continue;
      if (!key.isEnforced && connection.version < 180000) continue; // named where it came along
      const ends = [table, references].map((end) => index.unitOf(end));
      if (ends.every(isReady)) {
        steps.push(toStep({ connection, index }, key, { table, references }));
      } else waiting.push(index.nameOf(key));
    }
    const refusals = await executeSteps(connection, steps);
    const refused = steps.flatMap((step) => {
      const error = refusals.get(step.id)?.error;
      const key = index.byId.get(step.object);
      return error === undefined || key === undefined
        ? []
        : [{ object: `foreign key ${index.nameOf(key)}`, error }];
    });
    return { created: steps.length - refused.length, waiting, refused };
  });
}

/** NOT VALID and VALIDATE hold weaker locks for the long part. Not on partitioned tables before 18. */
function toStep(
  { connection, index }: { connection: Connection; index: SnapshotIndex },
  key: ObjectOf<"foreignKey">,
  tables: { table: ObjectOf<"table">; references: ObjectOf<"table"> },
): Step {
  const isInTwo = key.isEnforced &&
    (tables.table.partitionKey === null || connection.version >= 180000);
  const validate = `alter table ${quoteName(tables.table)} validate constraint ${
    quoteIdentifier(key.name)
  }`;
  return {
    id: key.id,
    object: key.id,
    action: "add foreign key",
    statements: [
      addForeignKey(key, tables, isInTwo),
      ...(isInTwo && key.isValidated ? [validate] : []),
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
