/** The relations that store a table's rows, what they hold, and the marks that tell when it is another. */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";
import leavesQuery from "./leaves.sql" with { type: "text" };

const leafRow = z.object({
  leaf: z.number(),
  schema: z.string(),
  name: z.string(),
  filenode: z.number(),
  column_marks: z.string().nullable(),
  heap_bytes: z.number(),
  toast_bytes: z.number(),
  block_bytes: z.number(),
  row_estimate: z.number(),
  page_estimate: z.number(),
  is_heap: z.boolean(),
});

export interface Leaf {
  leaf: number;
  schema: string;
  name: string;
  /** Of the main fork, now. */
  pages: number;
  /** Of main fork and TOAST. */
  bytes: number;
  /** Rows on a page when the statistics were taken last; undefined where that was never, or without rows. */
  rowsPerPage: number | undefined;
  isHeap: boolean;
  marks: LeafMarks;
}

/**
 * By `file`, a rewrite or a TRUNCATE makes a leaf another: places of rows mean nothing any more. By
 * `columns`, only that does which may change values without row events: VACUUM FULL, CLUSTER and TRUNCATE,
 * which has an event, leave them alone. But for the VACUUM FULL after a column came with a default: that
 * writes it into the rows.
 */
export interface LeafMarks {
  file: string;
  columns: string;
}

export async function readLeaves(connection: Connection, root: number): Promise<Leaf[]> {
  const rows = await connection.rows(leafRow, leavesQuery, [root]);
  return rows.map((row) => ({
    leaf: row.leaf,
    schema: row.schema,
    name: row.name,
    pages: Math.ceil(row.heap_bytes / row.block_bytes),
    bytes: row.heap_bytes + row.toast_bytes,
    rowsPerPage: row.row_estimate > 0 && row.page_estimate > 0
      ? row.row_estimate / row.page_estimate
      : undefined,
    isHeap: row.is_heap,
    marks: {
      file: `file ${row.filenode}`,
      columns: `columns ${row.column_marks ?? ""}`,
    },
  }));
}
