/**
 * Checks in the batch's snapshot that the keys which capture wrote still name the rows that they meant,
 * and reads which columns travel.
 */
import { type CapturedRelation, listCaptured } from "../capture/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { readColumns, type SentColumn } from "./columns.ts";
import type { RelationShape } from "./relation_shape.ts";
import { catalogsMoved } from "./restart.ts";
import type { VerifiedRelations } from "./verified_relations.ts";

export interface CheckedRelation {
  /** Names of the columns whose values travel, in order. */
  columns: readonly SentColumn[];
  /** What the table, its columns and its partitions are, as `readColumnMarks` gives it. */
  columnMarks: string;
  /** What the users' types in its columns are; empty without any. */
  typeMarks: string;
  /** Whether events name rows by the key that the relation has. */
  isKeyCurrent: boolean;
}

/**
 * @param options.shapes of each table at least.
 * @param options.verified what was found before; what is found now is added.
 * @throws TeleportError `catalogs_moved` when capture has to be synced first.
 */
export async function checkRelations(
  connection: Connection,
  tables: readonly CapturedRelation[],
  { shapes, verified }: {
    shapes: ReadonlyMap<number, RelationShape>;
    verified: VerifiedRelations;
  },
): Promise<Map<number, CheckedRelation>> {
  const checked = new Map<number, CheckedRelation>();
  const unknown: { table: CapturedRelation; shape: RelationShape }[] = [];
  for (const table of tables) {
    const shape = shapes.get(table.root);
    if (shape === undefined) throw catalogsMoved(`${table.schema}.${table.name} is gone`);
    const columns = verified.columnsOf(shape);
    if (columns === undefined) unknown.push({ table, shape });
    else checked.set(table.root, { columns, ...marksOf(shape), isKeyCurrent: true });
  }
  if (unknown.length === 0) return checked;
  const roots = unknown.map(({ table }) => table.root);
  const captured = new Map((await listCaptured(connection, roots)).map((now) => [now.root, now]));
  const columnsOf = await readColumns(connection, roots);
  for (const { table, shape } of unknown) {
    const isKeyCurrent = isCurrent(captured.get(table.root), table);
    const columns = columnsOf.get(table.root) ?? [];
    if (isKeyCurrent) verified.add(shape, columns);
    checked.set(table.root, { columns, ...marksOf(shape), isKeyCurrent });
  }
  return checked;
}

function marksOf({ columnMarks, typeMarks }: RelationShape) {
  return { columnMarks, typeMarks };
}

function isCurrent(now: CapturedRelation | undefined, table: CapturedRelation): boolean {
  if (now === undefined) throw catalogsMoved(`${table.schema}.${table.name} is no longer captured`);
  if (now.generation !== table.generation) {
    throw catalogsMoved(`the key of ${table.schema}.${table.name} changed`);
  }
  return now.isSignatureCurrent;
}
