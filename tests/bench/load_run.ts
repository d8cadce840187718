/** One measured load, by whatever way. */
import { serverCpuSeconds } from "./cpu.ts";
import type { Stage } from "./stage.ts";

export interface LoadRun {
  /** Until every table is there with its keys, indexes and statistics. */
  seconds: number;
  /** Until the last row was there. */
  copySeconds: number;
  /** Processor seconds meanwhile, by process; servers as a whole. */
  cpu: Record<string, number>;
  /** The most that each instance ever had resident, in MB; none for the pipe. */
  peakMb?: { source: number; target: number };
}

/** Watches processor time of both servers. @returns what tells how much it was. */
export function watchServers({ source, target }: Stage): () => Record<string, number> {
  const before = { source: serverCpuSeconds(source.pid), target: serverCpuSeconds(target.pid) };
  return () => ({
    "source server": serverCpuSeconds(source.pid) - before.source,
    "target server": serverCpuSeconds(target.pid) - before.target,
  });
}
