/** What an operator is told of a table: its state, in the order of a load, with the parts that a state has. */
import type { TableState } from "./table_state.ts";

export const loadPhases = [
  "partial",
  "pending",
  "loading",
  "building",
  "catching_up",
  "streaming",
  "held",
  "cancelling",
] as const;

/**
 * `partial`: not loaded, changes travel. `pending`: a load was asked for and has not begun. `building`: all rows are
 * there, its indexes are not. `catching_up`: with its indexes, it takes what changed meanwhile.
 */
export type LoadPhase = (typeof loadPhases)[number];

const phaseOfState = {
  partial: "partial",
  queued: "pending",
  loading: "loading",
  cancelling: "cancelling",
  rejoining: "catching_up",
  streaming: "streaming",
  held: "held",
} as const satisfies Record<TableState, LoadPhase>;

/** @param table.isCopied whether all rows of its load are there. */
export function phaseOf(table: { state: TableState; isCopied: boolean }): LoadPhase {
  return table.state === "loading" && table.isCopied ? "building" : phaseOfState[table.state];
}
