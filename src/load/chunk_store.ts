/** The chunks of a load as teleport.chunk keeps them: what is left to do survives any crash. */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";
import type { PlannedChunk } from "./plan.ts";

const chunkRow = z.object({
  number: z.number(),
  leaf: z.number(),
  filenode: z.number(),
  condition: z.string(),
  bytes: z.coerce.number(),
  isDone: z.boolean(),
});

export type StoredChunk = z.output<typeof chunkRow>;

const blockSize = 1000;

/** Replaces what was planned for the table before. */
export async function storeChunks(
  connection: Connection,
  plan: { target: string; relation: number; load: string; chunks: readonly PlannedChunk[] },
): Promise<void> {
  await connection.transaction("read committed", async () => {
    await connection.run(
      "delete from teleport.chunk where target = $1 and relation = $2::oid",
      [plan.target, plan.relation],
    );
    for (let first = 0; first < plan.chunks.length; first += blockSize) {
      const block = plan.chunks.slice(first, first + blockSize);
      await connection.run(
        `insert into teleport.chunk (load, number, target, relation, leaf, filenode, condition, bytes)
         select $1, $4::integer + i - 1, $2, $3::oid, ($5::oid[])[i], ($6::oid[])[i], ($7::text[])[i],
           ($8::bigint[])[i]
         from pg_catalog.generate_series(1, $9::integer) i`,
        [
          plan.load,
          plan.target,
          plan.relation,
          first,
          block.map((chunk) => chunk.leaf),
          block.map((chunk) => chunk.filenode),
          block.map((chunk) => chunk.condition),
          block.map((chunk) => chunk.bytes),
          block.length,
        ],
      );
    }
  });
}

export async function listChunks(connection: Connection, load: string): Promise<StoredChunk[]> {
  return await connection.rows(
    chunkRow,
    `select number, leaf, filenode, condition, bytes, done_at is not null as "isDone"
     from teleport.chunk where load = $1 order by number`,
    [load],
  );
}

/**
 * Records that a chunk is about to be sent; false where its load was given up. The commit flushes every
 * commit that the chunk's snapshot has seen: what a source with asynchronous commits loses in a crash,
 * events included, must not have reached the target.
 */
export async function markSent(
  connection: Connection,
  chunk: { load: string; number: number },
): Promise<boolean> {
  const marked = await connection.run(
    "update teleport.chunk set rows = null, done_at = null where load = $1 and number = $2",
    [chunk.load, chunk.number],
  );
  return marked === 1;
}

export async function markDone(
  connection: Connection,
  chunk: { load: string; number: number; rows: number },
): Promise<void> {
  await connection.run(
    `update teleport.chunk set done_at = pg_catalog.clock_timestamp(), rows = $3
     where load = $1 and number = $2`,
    [chunk.load, chunk.number, chunk.rows],
  );
  // It gets on: failures of before are no reason to wait longer after the next.
  await connection.run(
    `update teleport.table_state set attempts = 0, reason = null
     where load = $1 and (attempts > 0 or reason is not null)`,
    [chunk.load],
  );
  // What the target holds of it is ours from now on.
  await connection.run(
    "update teleport.table_state set may_replace = true where load = $1 and not may_replace",
    [chunk.load],
  );
}
