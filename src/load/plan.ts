/**
 * Cuts a table into chunks: ranges of ctid where the server can scan them (14 and newer), ranges of
 * the key before, where a ctid range would be a whole scan each (EXPERIMENTS part two, §8).
 *
 * Made after capture is in place and from pg_relation_size, never relpages; the last range is open.
 */
import { z } from "zod";
import { type CapturedRelation, keyOperand } from "../capture/mod.ts";
import { quoteLiteral, quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { type Leaf, readLeaves } from "./leaf.ts";

const pageBytes = 8192;
const minChunkPages = 128;
const maxChunkPages = 8192;

/** A range of one leaf. `condition` is SQL over the leaf's row `t`. */
export interface PlannedChunk {
  leaf: number;
  filenode: number;
  condition: string;
  bytes: number;
}

/** @param batchSize rows that a chunk should have, about. */
export async function planChunks(
  connection: Connection,
  table: CapturedRelation,
  batchSize: number,
): Promise<PlannedChunk[]> {
  const chunks: PlannedChunk[] = [];
  for (const leaf of await readLeaves(connection, table.root)) {
    if (connection.version >= 140000 && await isHeap(connection, leaf)) {
      chunks.push(...ctidRanges(leaf, batchSize));
    } else chunks.push(...await keyRanges(connection, { table, leaf, batchSize }));
  }
  return chunks;
}

async function isHeap(connection: Connection, leaf: Leaf): Promise<boolean> {
  const { isHeap } = await connection.row(
    z.object({ isHeap: z.boolean() }),
    `select a.amname = 'heap' as "isHeap"
     from pg_catalog.pg_class c join pg_catalog.pg_am a on a.oid = c.relam where c.oid = $1`,
    [leaf.leaf],
  );
  return isHeap;
}

function ctidRanges(leaf: Leaf, batchSize: number): PlannedChunk[] {
  const rowsPerPage = leaf.rows > 0 && leaf.pages > 0 ? leaf.rows / leaf.pages : 50;
  const wanted = Math.ceil(batchSize / Math.max(rowsPerPage, 0.1));
  const step = Math.min(Math.max(wanted, minChunkPages), maxChunkPages);
  const pages = Math.ceil(leaf.bytes / pageBytes);
  const chunks: PlannedChunk[] = [];
  for (let first = 0; first === 0 || first < pages; first += step) {
    const isLast = first + step >= pages;
    const upper = isLast ? "" : ` and t.ctid < '(${first + step},0)'::tid`;
    chunks.push({
      leaf: leaf.leaf,
      filenode: leaf.filenode,
      condition: `t.ctid >= '(${first},0)'::tid${upper}`,
      bytes: (isLast ? Math.max(pages - first, 0) : step) * pageBytes,
    });
  }
  return chunks;
}

interface KeyRangeOptions {
  table: CapturedRelation;
  leaf: Leaf;
  batchSize: number;
}

/** One index scan in total; boundaries are keys as text. A key of a type of an extension, or without an encoding: one chunk. */
async function keyRanges(
  connection: Connection,
  { table, leaf, batchSize }: KeyRangeOptions,
): Promise<PlannedChunk[]> {
  // Boundaries pass through here as text, which bytes without an encoding do not survive.
  const { encoding } = await connection.row(
    z.object({ encoding: z.string() }),
    "select pg_catalog.current_setting('server_encoding') as encoding",
  );
  const isOrderable = encoding !== "SQL_ASCII" &&
    table.key.every(({ equality, collation }) =>
      equality === "operator(pg_catalog.=)" && collation === undefined
    );
  const bounds = isOrderable ? await readBounds(connection, { table, leaf, batchSize }) : [];
  const conditions = [undefined, ...bounds].map((lower, index) => {
    const upper = bounds[index];
    const parts = [
      ...(lower === undefined ? [] : [`${keyRow(table)} > ${boundRow(table, lower)}`]),
      ...(upper === undefined ? [] : [`${keyRow(table)} <= ${boundRow(table, upper)}`]),
    ];
    return parts.length === 0 ? "true" : parts.join(" and ");
  });
  const bytes = Math.round(leaf.bytes / conditions.length);
  return conditions.map((condition) => ({
    leaf: leaf.leaf,
    filenode: leaf.filenode,
    condition,
    bytes,
  }));
}

async function readBounds(
  connection: Connection,
  { table, leaf, batchSize }: KeyRangeOptions,
): Promise<string[][]> {
  const bounds: string[][] = [];
  const columns = table.key.map((column) => keyOperand(column, "t"));
  const texts = columns.map((column) => `pg_catalog.format('%s', ${column})`);
  while (true) {
    const lower = bounds.at(-1);
    const condition = lower === undefined ? "true" : `${keyRow(table)} > ${boundRow(table, lower)}`;
    const [next] = await connection.rows(
      z.object({ bound: z.array(z.string()) }),
      `select array[${texts.join(", ")}] as bound from only ${quoteName(leaf)} t
       where ${condition} order by ${columns.join(", ")} offset ${batchSize - 1} limit 1`,
    );
    if (next === undefined) return bounds;
    bounds.push(next.bound);
  }
}

function keyRow(table: CapturedRelation): string {
  return `(${table.key.map((column) => keyOperand(column, "t")).join(", ")})`;
}

function boundRow(table: CapturedRelation, bound: readonly string[]): string {
  const values = table.key.map(({ type }, index) => `${quoteLiteral(bound[index] ?? "")}::${type}`);
  return `(${values.join(", ")})`;
}
