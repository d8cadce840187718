/**
 * Frees event slots whose every event all targets have committed, and moves writers on to an empty one.
 *
 * The rule, exactly (EXPERIMENTS §1: check-then-lock lost 19 keys, snapshot-before-lock 14, this none of
 * 177,000): READ COMMITTED; lock out whoever adds or rewinds a position; LOCK the slot IN ACCESS
 * EXCLUSIVE MODE NOWAIT; then, in a new statement, every event is visible in every position; TRUNCATE;
 * commit. A lock that is not to be had is normal: the slot waits for the next call.
 */
import { z } from "zod";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import selectIsFree from "./queries/slot_is_free.sql" with { type: "text" };
import selectSlots from "./queries/slots.sql" with { type: "text" };

/** Why a slot that is worth freeing stays: somebody holds it, or a position has not passed its events. */
export type PinReason = "locked" | "unconfirmed";

export interface SlotReport {
  slot: number;
  bytes: number;
  isCurrent: boolean;
  isFreed: boolean;
  /** Only where freeing was tried in vain. */
  pinned?: { reason: PinReason; sinceMs: number };
}

export interface VacuumReport {
  slots: SlotReport[];
  /** Size of the queue after this call, indexes included. */
  bytes: number;
  freed: number;
  /** The slot that writers were moved on to. */
  movedTo?: number;
  /** No slot is empty to move on to: the current one grows until a pinned one is freed. */
  isStuck: boolean;
}

/** What a caller keeps from one call to the next: since when each slot holds events, or is pinned. */
export interface SlotMemory {
  filledAt: Map<number, number>;
  pinnedAt: Map<number, number>;
}

export interface VacuumOptions {
  /** A slot smaller than this is freed only by age. TRUNCATE bloats pg_class under a pinned xmin. */
  minBytes?: number;
  /** A slot that holds events for so long is freed at any size. */
  maxAgeMs?: number;
  /** The longest wait for the lock on the positions. */
  lockTimeoutMs?: number;
  /** Without one every slot counts as old. */
  memory?: SlotMemory;
  /** Milliseconds of a clock that does not go back. */
  now?: () => number;
}

const slotRow = z.object({
  slot: z.number(),
  bytes: z.coerce.number(),
  isCurrent: z.boolean(),
  isEmpty: z.boolean(),
});
type Slot = z.output<typeof slotRow>;

export function createSlotMemory(): SlotMemory {
  return { filledAt: new Map(), pinnedAt: new Map() };
}

export async function vacuumSlots(
  connection: Connection,
  options: VacuumOptions = {},
): Promise<VacuumReport> {
  const settings = {
    minBytes: options.minBytes ?? 8 * 1024 * 1024,
    maxAgeMs: options.maxAgeMs ?? 60_000,
    lockTimeoutMs: options.lockTimeoutMs ?? 200,
  };
  const memory = options.memory ?? createSlotMemory();
  const now = (options.now ?? (() => performance.now()))();
  const before = await connection.rows(slotRow, selectSlots);
  noteFilling(before, memory, now);
  const isWorthIt = (slot: Slot) =>
    !slot.isEmpty && (slot.bytes > settings.minBytes || options.memory === undefined ||
      now - (memory.filledAt.get(slot.slot) ?? now) >= settings.maxAgeMs);

  const reports = new Map<number, SlotReport>();
  for (const slot of before) {
    const { isCurrent, bytes } = slot;
    const report: SlotReport = { slot: slot.slot, bytes, isCurrent, isFreed: false };
    reports.set(slot.slot, report);
    if (!isWorthIt(slot)) {
      memory.pinnedAt.delete(slot.slot);
      continue;
    }
    const outcome = await freeSlot(connection, slot.slot, settings.lockTimeoutMs);
    if (outcome === "freed") {
      report.isFreed = true;
      memory.filledAt.delete(slot.slot);
      memory.pinnedAt.delete(slot.slot);
    } else {
      const pinnedAt = memory.pinnedAt.get(slot.slot) ?? now;
      memory.pinnedAt.set(slot.slot, pinnedAt);
      report.pinned = { reason: outcome, sinceMs: now - pinnedAt };
    }
  }
  // Most calls find nothing to free.
  const isAsBefore = [...reports.values()].every(({ isFreed, pinned }) =>
    !isFreed && pinned === undefined
  );
  const after = isAsBefore ? before : await connection.rows(slotRow, selectSlots);
  return await moveOn(connection, { after, reports, isWorthIt });
}

/** Moves writers off a current slot that is worth freeing, since it never empties while they write. */
async function moveOn(
  connection: Connection,
  { after, reports, isWorthIt }: {
    after: readonly Slot[];
    reports: ReadonlyMap<number, SlotReport>;
    isWorthIt: (slot: Slot) => boolean;
  },
): Promise<VacuumReport> {
  const current = after.find((slot) => slot.isCurrent);
  const mustMove = current !== undefined && isWorthIt(current);
  const next = mustMove ? nextEmpty(after, current.slot) : undefined;
  if (next !== undefined) {
    // setval, never nextval: that may lead into a slot which a long transaction pins.
    await connection.run("select pg_catalog.setval('teleport.slot', $1::bigint)", [next]);
  }
  return {
    slots: after.map((slot) => {
      const report = reports.get(slot.slot);
      return {
        isFreed: false,
        ...report,
        slot: slot.slot,
        bytes: slot.bytes,
        isCurrent: slot.isCurrent,
      };
    }),
    bytes: after.reduce((sum, slot) => sum + slot.bytes, 0),
    freed: [...reports.values()].filter((report) => report.isFreed).length,
    ...(next === undefined ? {} : { movedTo: next }),
    isStuck: mustMove && next === undefined,
  };
}

function nextEmpty(slots: readonly Slot[], current: number): number | undefined {
  return [1, 2]
    .map((step) => (current + step) % 3)
    .find((candidate) => slots.some((slot) => slot.slot === candidate && slot.isEmpty));
}

function noteFilling(slots: readonly Slot[], memory: SlotMemory, now: number): void {
  for (const { slot, isEmpty } of slots) {
    if (isEmpty) memory.filledAt.delete(slot);
    else if (!memory.filledAt.has(slot)) memory.filledAt.set(slot, now);
  }
}

async function freeSlot(
  connection: Connection,
  slot: number,
  lockTimeoutMs: number,
): Promise<"freed" | PinReason> {
  try {
    return await connection.transaction("read committed", async () => {
      await connection.lockTables(["teleport.target"], {
        mode: "share row exclusive",
        timeoutMs: Math.max(1, lockTimeoutMs),
      });
      await connection.run(`lock table teleport.event_${slot} in access exclusive mode nowait`);
      // A new statement, whose snapshot is younger than the lock: no writer is in flight.
      const { isFree } = await connection.row(
        z.object({ isFree: z.boolean() }),
        selectIsFree.replaceAll("teleport.event_0", `teleport.event_${slot}`),
      );
      if (!isFree) return "unconfirmed";
      await connection.run(`truncate table teleport.event_${slot}`);
      await connection.run("update teleport.instance set truncations = truncations + 1");
      return "freed";
    });
  } catch (error) {
    if (error instanceof DatabaseError && error.sqlstate === "55P03") return "locked";
    throw error;
  }
}
