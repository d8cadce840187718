/**
 * Cuts a table into chunks: ranges of ctid where the server can scan them (14 and newer), ranges of
 * the key before, where a ctid range would be a whole scan each (EXPERIMENTS part two, §8), and where the
 * table's file changes too often for places to last.
 *
 * Made after capture is in place and from pg_relation_size, never relpages; the last range is open.
 */
import { z } from "zod";
import type { CapturedRelation } from "../capture/mod.ts";
import { quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { type ChunkSize, sizeChunk } from "./chunk_size.ts";
import { ctidRanges } from "./ctid_ranges.ts";
import { keyRanges } from "./key_ranges.ts";
import { type Leaf, readLeaves } from "./leaf.ts";

const firstVersionWithRangeScans = 140000;
const guessedRowsPerPage = 50;

/** A range of one leaf. */
export interface PlannedChunk {
  leaf: number;
  /** While the leaf has this mark, the plan holds: see LeafMarks. */
  mark: string;
  /** SQL over the leaf's row `t`; null where the leaf has no rows, of which there is nothing to send. */
  condition: string | null;
  bytes: number;
}

export interface PlanOptions extends ChunkSize {
  /** Whether places in a file are of no use, since the file is another one every few minutes. */
  byKey: boolean;
}

/** Asks the server for no more than what the chunks that are taken need. */
export async function* planChunks(
  connection: Connection,
  table: CapturedRelation,
  options: PlanOptions,
): AsyncGenerator<PlannedChunk, void, void> {
  for (const leaf of await readLeaves(connection, table.root)) {
    yield* planLeaf(connection, { table, leaf, options });
  }
}

async function* planLeaf(
  connection: Connection,
  { table, leaf, options }: { table: CapturedRelation; leaf: Leaf; options: PlanOptions },
): AsyncGenerator<PlannedChunk, void, void> {
  const whole = { leaf: leaf.leaf, mark: leaf.marks.columns, bytes: leaf.bytes };
  // Rows that come into it from now on have events. Only a heap without pages is known to have none.
  if (leaf.isHeap && leaf.pages === 0) return yield { ...whole, condition: null };
  // What one snapshot shows does not depend on where it lies.
  if (leaf.pages === 0 || leaf.bytes <= options.chunkBytes) {
    return yield { ...whole, condition: "true" };
  }
  const rowsPerPage = leaf.rowsPerPage ?? await sampleRowsPerPage(connection, leaf);
  const counted = { ...leaf, rowsPerPage };
  const chunk = sizeChunk(counted, options);
  const byPlace = !options.byKey && leaf.isHeap && connection.version >= firstVersionWithRangeScans;
  const mark = byPlace ? leaf.marks.file : leaf.marks.columns;
  const ranges = byPlace
    ? ctidRanges(counted, chunk)
    : keyRanges(connection, { table, leaf, chunk });
  for await (const range of ranges) yield { leaf: leaf.leaf, mark, ...range };
}

/** Of a heap that has no statistics, by its first rows. */
async function sampleRowsPerPage(connection: Connection, leaf: Leaf): Promise<number> {
  if (!leaf.isHeap) return guessedRowsPerPage;
  const { rows, pages } = await connection.row(
    z.object({ rows: z.number(), pages: z.number() }),
    `select pg_catalog.count(*)::float8 as rows, pg_catalog.count(distinct s.page)::float8 as pages
     from (select (t.ctid::text::point)[0] as page from only ${quoteName(leaf)} t limit 1000) s`,
  );
  return pages === 0 ? guessedRowsPerPage : rows / pages;
}
