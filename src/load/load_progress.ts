/** How far the loads of a target are, for people. */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";
import type { TimedChunk } from "./load_rate.ts";
import estimatedBytesQuery from "./estimated_bytes.sql" with { type: "text" };
import recentChunksQuery from "./recent_chunks.sql" with { type: "text" };

const mostRecentChunks = 256;

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

const recentChunk = z.object({
  relation: z.number(),
  bytes: z.coerce.number(),
  sentAt: z.number(),
  doneAt: z.number().nullable(),
  now: z.number(),
});

/** What `rateOf` needs; `now` is by the database's clock, undefined where no chunk was ever sent. */
export async function readRecentChunks(
  connection: Connection,
  target: string,
): Promise<{ chunks: TimedChunk[]; now: number | undefined }> {
  const chunks = await connection.rows(recentChunk, recentChunksQuery, [target, mostRecentChunks]);
  return { chunks, now: chunks[0]?.now };
}

/** About how many bytes of files tables have that are not planned yet. */
export async function estimateBytes(
  connection: Connection,
  relations: readonly number[],
): Promise<Map<number, number>> {
  if (relations.length === 0) return new Map();
  const rows = await connection.rows(
    z.object({ relation: z.number(), bytes: z.coerce.number() }),
    estimatedBytesQuery,
    [[...relations]],
  );
  return new Map(rows.map(({ relation, bytes }) => [relation, bytes]));
}
