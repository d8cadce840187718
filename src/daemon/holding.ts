/** Holding: one table leaves the batches, with its events kept, until it can be applied again. */
import type { UnreadableTable } from "../batch/mod.ts";
import { displayName, type Position } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { moveTable } from "../state/mod.ts";
import type { Log } from "./log.ts";
import type { TrackedTable } from "./table_registry.ts";

const longestHoldMs = 60_000;

export interface Hold {
  target: string;
  log: Log;
  /** First wait before the table is tried again; doubles up to a minute. */
  delayMs: number;
  /** The target's position: where the table's own begins, unless it has one. */
  position: Position;
  reason: string;
}

export async function holdTable(
  control: Connection,
  { table, progress }: TrackedTable,
  { target, log, delayMs, position, reason }: Hold,
): Promise<void> {
  await moveTable(control, {
    target,
    relation: table.root,
    from: progress,
    event: "hold",
    position: progress.position ?? position,
    reason,
    retryInMs: Math.min(delayMs * 2 ** Math.min(progress.attempts, 16), longestHoldMs),
  });
  if (progress.state === "held" && progress.reason === reason) return;
  log.error("A table is held: its changes wait, all others flow", {
    table: displayName(table),
    reason,
  });
}

/**
 * Holds a table that the source may not read. @returns false where the table is not tracked, so that
 * there is nothing to hold.
 */
export async function holdUnreadable(
  control: Connection,
  tracked: readonly TrackedTable[],
  { error, ...hold }: Omit<Hold, "reason"> & { error: UnreadableTable },
): Promise<boolean> {
  const known = tracked.find(({ table }) => table.root === error.root);
  if (known === undefined) return false;
  await holdTable(control, known, { ...hold, reason: error.message });
  return true;
}
