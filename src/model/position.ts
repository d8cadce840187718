/**
 * Positions: which transactions of a source have been seen. The text form is PostgreSQL's
 * txid_snapshot, `xmin:xmax:xip,...`; txids are 64 bit and never wrap.
 *
 * What a position has not seen is exactly `txid >= xmax or txid in xip`. Nothing here orders or cuts
 * by time or sequence: sequence order is not commit order.
 */
import { z } from "zod";

/** A txid_snapshot in text form. */
export type Position = string & { readonly __brand: "Position" };

export interface Snapshot {
  xmin: bigint;
  xmax: bigint;
  /** Transactions in progress, ascending, each xmin <= x < xmax. */
  xip: readonly bigint[];
}

export const positionSchema = z.string()
  .regex(/^\d{1,19}:\d{1,19}:(\d{1,19}(,\d{1,19})*)?$/, "expected xmin:xmax:xip,…")
  .transform((text) => text as Position);

/** Sees nothing: every event lies after it. */
export const originPosition = "1:1:" as Position;

export function parsePosition(position: Position): Snapshot {
  const [xmin = "", xmax = "", xip = ""] = position.split(":");
  return {
    xmin: BigInt(xmin),
    xmax: BigInt(xmax),
    xip: xip === "" ? [] : xip.split(",").map(BigInt),
  };
}

export function formatPosition(snapshot: Snapshot): Position {
  return `${snapshot.xmin}:${snapshot.xmax}:${snapshot.xip.join(",")}` as Position;
}

export function isVisible(snapshot: Snapshot, txid: bigint): boolean {
  return txid < snapshot.xmax && !snapshot.xip.includes(txid);
}

/** Whether every transaction that `earlier` has seen has been seen by `later` too. */
export function covers(later: Position, earlier: Position): boolean {
  const after = parsePosition(later);
  const before = parsePosition(earlier);
  const running = new Set(before.xip);
  const isUnseenBefore = (txid: bigint) => txid >= before.xmax || running.has(txid);
  if (!after.xip.every(isUnseenBefore)) return false;
  if (after.xmax >= before.xmax) return true;
  const unseenTail = before.xip.filter((txid) => txid >= after.xmax).length;
  return BigInt(unseenTail) === before.xmax - after.xmax;
}

/**
 * The position that has seen what `snapshot` has, of transactions below `limit` only.
 * Transactions still running in `snapshot` stay unseen (EXPERIMENTS §4: dropping them lost a key).
 */
export function cutPosition(snapshot: Snapshot, limit: bigint): Position {
  const xip = snapshot.xip.filter((txid) => txid < limit);
  return formatPosition({ xmin: xip[0] ?? limit, xmax: limit, xip });
}

/** The position with those of its transactions in progress that `later` does not have in progress too. */
export function withoutRunning(position: Position, later: Snapshot): Position {
  const snapshot = parsePosition(position);
  if (snapshot.xip.length === 0) return position;
  const running = new Set(later.xip);
  return formatPosition({ ...snapshot, xip: snapshot.xip.filter((txid) => !running.has(txid)) });
}
