/** How far the loads of a target are, for people. */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";

const progressRow = z.object({
  relation: z.number(),
  chunks: z.coerce.number(),
  chunksDone: z.coerce.number(),
  rows: z.coerce.number(),
  bytes: z.coerce.number(),
  bytesDone: z.coerce.number(),
});

/** `bytes` are of the source's heap files and their TOAST, by plan. */
export type TableLoadProgress = z.output<typeof progressRow>;

export async function readLoadProgress(
  connection: Connection,
  target: string,
): Promise<TableLoadProgress[]> {
  return await connection.rows(
    progressRow,
    `select relation, pg_catalog.count(condition) as chunks, pg_catalog.count(done_at) as "chunksDone",
       coalesce(pg_catalog.sum(rows), 0) as rows, pg_catalog.sum(bytes) as bytes,
       coalesce(pg_catalog.sum(case when done_at is not null then bytes end), 0) as "bytesDone"
     from teleport.chunk where target = $1 group by relation`,
    [target],
  );
}
