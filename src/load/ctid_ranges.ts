/** Ranges of places in a heap: whole pages, or parts of a page where TOAST makes its rows heavy. */
import type { LeafChunk } from "./chunk_size.ts";
import type { Leaf } from "./leaf.ts";

/** A chunk of fewer pages is part of one. */
const leastPages = 0.75;

export interface Range {
  /** SQL over the leaf's row `t`. */
  condition: string;
  bytes: number;
}

/** The last one is open: rows beyond it came after the plan, and have events. */
export function* ctidRanges(
  leaf: Leaf & { rowsPerPage: number },
  chunk: LeafChunk,
): Generator<Range, void, void> {
  const pageBytes = leaf.bytes / leaf.pages;
  let lower = "(0,0)";
  let bytes = 0;
  for (const bound of bounds(leaf, chunk)) {
    const width = bound.pages * pageBytes;
    yield {
      condition: `t.ctid >= '${lower}'::tid and t.ctid < '${bound.place}'::tid`,
      bytes: Math.round(width),
    };
    lower = bound.place;
    bytes += width;
  }
  yield {
    condition: `t.ctid >= '${lower}'::tid`,
    bytes: Math.max(0, Math.round(leaf.bytes - bytes)),
  };
}

/** Where one range ends and the next begins; `pages` lie between a bound and the one before. */
function* bounds(
  leaf: Leaf & { rowsPerPage: number },
  chunk: LeafChunk,
): Generator<{ place: string; pages: number }, void, void> {
  const wanted = chunk.bytes * leaf.pages / leaf.bytes;
  const step = Math.max(1, Math.round(wanted));
  // Rows have numbers from 1 on in their page, with gaps: the last part takes what is above.
  const rowsPerPart = Math.ceil(wanted < leastPages ? leaf.rowsPerPage * wanted : leaf.rowsPerPage);
  const parts = Math.ceil(leaf.rowsPerPage / rowsPerPart);
  for (let page = 0; page < leaf.pages; page += step) {
    for (let part = 1; part < parts; part++) {
      yield { place: `(${page},${part * rowsPerPart + 1})`, pages: 1 / parts };
    }
    if (page + step < leaf.pages) yield { place: `(${page + step},0)`, pages: step / parts };
  }
}
