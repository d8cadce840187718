/**
 * The events that a target has not had yet, as SQL: two index probes, however long some transaction
 * stays open. Never a scan from xmin, never an order by id or time.
 */
import { parsePosition, type Position } from "../model/mod.ts";

/**
 * A condition on `txid` for the events after `from`, below txid `limit` where the window is cut.
 * Numbers are txids that parsed as such, so they stand in the text.
 */
export function windowPredicate(
  txid: string,
  window: { from: Position; limit: bigint | undefined },
): string {
  const { xmax, xip } = parsePosition(window.from);
  const after = window.limit === undefined
    ? `${txid} >= ${xmax}`
    : `(${txid} >= ${xmax} and ${txid} < ${window.limit})`;
  if (xip.length === 0) return `(${after})`;
  // Transactions in progress at `from` are below its xmax, so below every limit.
  return `(${after} or ${txid} = any ('{${xip.join(",")}}'::bigint[]))`;
}

/** `from` clause over the three slots with the window pushed into each. */
export function windowEvents(
  columns: string,
  window: { from: Position; limit: bigint | undefined },
  condition = "true",
): string {
  const predicate = windowPredicate("e.txid", window);
  return [0, 1, 2].map((slot) =>
    `select ${columns} from teleport.event_${slot} e where ${predicate} and ${condition}`
  ).join(" union all ");
}
