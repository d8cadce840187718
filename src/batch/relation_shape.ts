/** The relations of a batch as its own snapshot has them. */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";
import relationShapes from "./relation_shapes.sql" with { type: "text" };

const shapeRow = z.object({
  root: z.number(),
  schema: z.string(),
  name: z.string(),
  members: z.array(z.coerce.number()),
  columnMarks: z.string(),
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
  const rows = await connection.rows(shapeRow, relationShapes, [[...roots]]);
  return new Map(rows.map((shape) => [shape.root, shape]));
}
