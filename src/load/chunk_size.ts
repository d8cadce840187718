/** How much of a table one chunk carries. */
import type { Leaf } from "./leaf.ts";

/** What the configuration asks for. */
export interface ChunkSize {
  /** Rows that a chunk has at least, about. */
  batchSize: number;
  /** Bytes of heap and TOAST that it carries, about. */
  chunkBytes: number;
}

/** However large `batchSize` rows are, a chunk carries at most so many times `chunkBytes`. */
const mostTimes = 4;

/** A chunk of a leaf: so many rows, and so many bytes in them. Either may be below one row's. */
export interface LeafChunk {
  rows: number;
  bytes: number;
}

/** @param leaf one that has pages. */
export function sizeChunk(leaf: Leaf & { rowsPerPage: number }, size: ChunkSize): LeafChunk {
  const rowBytes = leaf.bytes / leaf.pages / leaf.rowsPerPage;
  const wanted = Math.max(size.batchSize * rowBytes, size.chunkBytes);
  const bytes = Math.min(wanted, size.chunkBytes * mostTimes);
  return { rows: bytes / rowBytes, bytes };
}
