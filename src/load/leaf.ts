/** The relations that store a table's rows, and the files they are stored in. */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";
import leavesQuery from "./leaves.sql" with { type: "text" };

const leafRow = z.object({
  leaf: z.number(),
  schema: z.string(),
  name: z.string(),
  filenode: z.number(),
  bytes: z.coerce.number(),
  rows: z.number(),
  pages: z.number(),
});

/** `rows` and `pages` are the planner's estimates; `rows` is -1 (0 before 14) where it has none. */
export type Leaf = z.output<typeof leafRow>;

export async function readLeaves(connection: Connection, root: number): Promise<Leaf[]> {
  return await connection.rows(leafRow, leavesQuery, [root]);
}

/** Whether two plans are on the same files: a rewrite, TRUNCATE, ATTACH or DETACH tells them apart. */
export function filesOf(leaves: readonly { leaf: number; filenode: number }[]): string {
  return [...new Set(leaves.map(({ leaf, filenode }) => `${leaf}/${filenode}`))].sort().join();
}
