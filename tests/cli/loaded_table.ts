/** Reports of loads that were never run. */
import type { LoadedTable, LoadReport } from "../../src/daemon/mod.ts";
import { totalOf } from "../../src/daemon/load_report.ts";

let relations = 0;

export function loadedTable(changes: Partial<LoadedTable>): LoadedTable {
  return {
    relation: ++relations,
    schema: "public",
    name: "item",
    state: "loading",
    phase: "loading",
    isLoaded: false,
    since: "",
    reason: null,
    attempts: 0,
    requestedAt: null,
    chunks: 0,
    chunksDone: 0,
    rows: 0,
    bytes: 0,
    bytesDone: 0,
    bytesPerSecond: null,
    secondsLeft: null,
    begunAt: null,
    seconds: null,
    indexSeconds: null,
    ...changes,
  };
}

export function reportOf(tables: readonly LoadedTable[], rate: number | null = null): LoadReport {
  return { tables, total: totalOf(tables, rate) };
}
