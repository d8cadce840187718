/** The relations of a batch as its own snapshot has them. */
import { z } from "zod";
import { type Connection, forVersion } from "../postgres/mod.ts";
import { displayName } from "../model/mod.ts";
import { catalogsMoved } from "./restart.ts";
import relationShapes from "./relation_shapes.sql" with { type: "text" };

const shapeRow = z.object({
  root: z.number(),
  schema: z.string(),
  name: z.string(),
  members: z.array(z.coerce.number()),
  columnMarks: z.string(),
  typeMarks: z.string(),
  marks: z.string(),
  isPlain: z.boolean(),
});

/** See relation_shapes.sql. `marks` change with whatever the key or the columns depend on. */
export type RelationShape = z.output<typeof shapeRow>;

export async function readShapes(
  connection: Connection,
  roots: readonly number[],
): Promise<Map<number, RelationShape>> {
  if (roots.length === 0) return new Map();
  const query = forVersion(relationShapes, connection.version);
  const rows = await connection.rows(shapeRow, query, [[...roots]]);
  return new Map(rows.map((shape) => [shape.root, shape]));
}

/**
 * What each relation's name, columns and partitions are, as text to compare: rows travel by names and as text,
 * and would go to the wrong place where one column, table, partition or label of an enum takes another's.
 */
export async function readColumnMarks(
  connection: Connection,
  roots: readonly number[],
): Promise<Map<number, string>> {
  const shapes = await readShapes(connection, roots);
  return new Map([...shapes].map(([root, { columnMarks }]) => [root, columnMarks]));
}

/**
 * To be called when all has been read, outside its transaction: values are written with their types as they
 * are now, not as of the snapshot, and no lock keeps a type from changing.
 * @param tables of which `typeMarks` are those of the snapshot.
 * @throws TeleportError `catalogs_moved`: what was read must not be used.
 */
export async function assertTypes(
  connection: Connection,
  tables: readonly { root: number; typeMarks: string }[],
): Promise<void> {
  const concerned = tables.filter(({ typeMarks }) => typeMarks !== "");
  const shapes = await readShapes(connection, concerned.map(({ root }) => root));
  for (const { root, typeMarks } of concerned) {
    const now = shapes.get(root);
    if (now?.typeMarks !== typeMarks) {
      throw catalogsMoved(`types of ${now === undefined ? root : displayName(now)} changed`);
    }
  }
}
