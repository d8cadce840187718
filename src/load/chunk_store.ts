/** The chunks of a load as teleport.chunk keeps them: what is left to do survives any crash. */
import { z } from "zod";
import { type Position, positionSchema } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import type { PlannedChunk } from "./plan.ts";

const chunkRow = z.object({
  number: z.number(),
  leaf: z.number(),
  mark: z.string(),
  condition: z.string(),
  bytes: z.coerce.number(),
});

/** A chunk that has rows to send. */
export type StoredChunk = z.output<typeof chunkRow>;

const markRow = z.object({ leaf: z.number(), mark: z.string() });

export type LeafMark = z.output<typeof markRow>;

const planRow = z.object({
  after: positionSchema.nullable(),
  chunks: z.coerce.number(),
  isBegun: z.boolean(),
  bytes: z.coerce.number(),
});

/** What is stored of a load. */
export interface StoredPlan {
  /** Chunks to send, those that have been sent included. */
  chunks: number;
  /** Whether one of them has been sent. */
  isBegun: boolean;
  /** Of those that are left. */
  bytes: number;
  marks: LeafMark[];
  /** The plan was made on what this snapshot shows, or on something later. */
  after: Position;
}

const blockSize = 1000;

/**
 * Replaces what was planned for the table before. Each block is a transaction of its own, since to plan may take
 * long: a plan whose last chunk is not there is none.
 */
export async function storeChunks(
  connection: Connection,
  plan: {
    target: string;
    relation: number;
    load: string;
    chunks: AsyncIterable<PlannedChunk> | Iterable<PlannedChunk>;
  },
): Promise<void> {
  await connection.run(
    "delete from teleport.chunk where target = $1 and relation = $2::oid",
    [plan.target, plan.relation],
  );
  const { after } = await connection.row(
    z.object({ after: positionSchema }),
    "select pg_catalog.txid_current_snapshot()::text as after",
  );
  let block: PlannedChunk[] = [];
  let first = 0;
  const store = async (isLast: boolean) => {
    await storeBlock(connection, { ...plan, block, first, after: isLast ? after : null });
    first += block.length;
    block = [];
  };
  for await (const chunk of plan.chunks) {
    if (block.length === blockSize) await store(false);
    block.push(chunk);
  }
  await store(true);
}

async function storeBlock(
  connection: Connection,
  { target, relation, load, block, first, after }: {
    target: string;
    relation: number;
    load: string;
    block: readonly PlannedChunk[];
    first: number;
    after: Position | null;
  },
): Promise<void> {
  await connection.run(
    `insert into teleport.chunk
       (load, number, target, relation, leaf, mark, condition, bytes, planned_after)
     select $1, $4::integer + i - 1, $2, $3::oid, ($5::oid[])[i], ($6::text[])[i],
       nullif(($7::text[])[i], ''), ($8::bigint[])[i], case when i = $9::integer then $10 end
     from pg_catalog.generate_series(1, $9::integer) i`,
    [
      load,
      target,
      relation,
      first,
      block.map((chunk) => chunk.leaf),
      block.map((chunk) => chunk.mark),
      block.map((chunk) => chunk.condition ?? ""),
      block.map((chunk) => chunk.bytes),
      block.length,
      after,
    ],
  );
}

/** Undefined where the load was not planned to the end. */
export async function readPlan(
  connection: Connection,
  load: string,
): Promise<StoredPlan | undefined> {
  const { after, ...plan } = await connection.row(
    planRow,
    `select pg_catalog.max(planned_after) as after,
       pg_catalog.count(condition) as chunks, pg_catalog.count(done_at) > 0 as "isBegun",
       coalesce(pg_catalog.sum(case when done_at is null then bytes end), 0) as bytes
     from teleport.chunk where load = $1`,
    [load],
  );
  if (after === null) return undefined;
  const marks = await connection.rows(
    markRow,
    "select distinct leaf, mark from teleport.chunk where load = $1",
    [load],
  );
  return { ...plan, marks, after };
}

/** The first `limit` chunks after number `after` that have not been sent. */
export async function listWaiting(
  connection: Connection,
  { load, after, limit }: { load: string; after: number; limit: number },
): Promise<StoredChunk[]> {
  return await connection.rows(
    chunkRow,
    `select number, leaf, mark, condition, bytes from teleport.chunk
     where load = $1 and number > $2 and done_at is null and condition is not null
     order by number limit $3`,
    [load, after, limit],
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
    `update teleport.chunk
     set rows = null, done_at = null, sent_at = pg_catalog.clock_timestamp()
     where load = $1 and number = $2`,
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
  // What the target holds of it is ours from now on, but where the chunk went beside the table.
  await connection.run(
    `update teleport.table_state set is_ours = true
     where load = $1 and not is_ours and existing is distinct from 'merge'`,
    [chunk.load],
  );
}
