/**
 * The events that a target has not had yet, as SQL: two index probes, however long some transaction
 * stays open. Never a scan from xmin, never an order by id or time.
 */
import { parsePosition, type Position } from "../model/mod.ts";

interface TxidWindow {
  from: Position;
  limit: bigint | undefined;
}

/** A condition on `txid` for the events after `from`, below txid `limit` where the window is cut. */
export function windowPredicate(txid: string, window: TxidWindow): string {
  return `(${windowRanges(txid, window).join(" or ")})`;
}

/** Its alternatives, of which no event meets two. Numbers are txids that parsed as such, so they stand in the text. */
function windowRanges(txid: string, { from, limit }: TxidWindow): string[] {
  const { xmax, xip } = parsePosition(from);
  const after = limit === undefined
    ? `${txid} >= ${xmax}`
    : `(${txid} >= ${xmax} and ${txid} < ${limit})`;
  // Transactions in progress at `from` are below its xmax, so below every limit.
  return xip.length === 0 ? [after] : [after, `${txid} = any ('{${xip.join(",")}}'::bigint[])`];
}

/**
 * `from` clause over the three slots with the window pushed into each. The range and the transactions in
 * progress, which lie before it, are members of their own: a planner finds an index for each.
 */
export function windowEvents(
  columns: string,
  window: TxidWindow,
  condition = "true",
): string {
  return [0, 1, 2].flatMap((slot) =>
    windowRanges("e.txid", window).map((range) =>
      `select ${columns} from teleport.event_${slot} e where ${range} and ${condition}`
    )
  ).join(" union all ");
}
