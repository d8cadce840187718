/** What a run tells: its counts, and all that may explain a failure. */
import type { Pair } from "../pair/mod.ts";
import type { Disturbance } from "./disturbance.ts";
import type { Property } from "./follow.ts";
import { BatchDiffers, type Oracle } from "./oracle.ts";
import type { Workload } from "./workload.ts";

export interface Run {
  seed: number;
  /** Milliseconds since the epoch. */
  startedAt: number;
  writers: number;
  property: Property;
  pair: Pair;
  oracle: Oracle;
  workload: Workload;
  disturbance: Disturbance | undefined;
}

const logLines = 30;

export function describe(run: Run): string {
  const { verified, rows, cut, truncating, attempts } = run.oracle.counts;
  const seconds = Math.round((Date.now() - run.startedAt) / 1000);
  return [
    `PostgreSQL ${run.property.source} to ${run.property.target}, TELEPORT_TEST_SEED=${run.seed}`,
    `${verified} batches and ${rows} rows compared in ${seconds} s`,
    `${attempts} batches opened, ${truncating} with truncations, ${cut} cut ones applied`,
    `${run.disturbance?.ended ?? 0} sessions ended`,
    `${run.workload.tally.committed} transactions of ${run.writers} writers`,
  ].join("; ") + `\n${run.workload.tally}`;
}

/** The failure with the seed, the log, and what was written to the tables that differ. */
export function explain(error: unknown, run: Run): Error {
  const tables = error instanceof BatchDiffers
    ? error.verdict.differences.map(({ table }) => table)
    : [];
  const parts = [
    error instanceof Error ? error.stack ?? error.message : String(error),
    describe(run),
    ...tables.map((table) =>
      `Last transactions that name ${table}:\n${run.workload.trace.about(table)}`
    ),
    `The log:\n${run.pair.lines.slice(-logLines).join("\n")}`,
  ];
  return new Error(parts.join("\n"), { cause: error });
}
