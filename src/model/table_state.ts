/**
 * The state of one table on its way to one target.
 *
 *   partial ───────load───────▶ queued ──begin──▶ loading ──caughtUp──▶ rejoining ──batch──▶ streaming
 *      │  ▲                       ▲  ▲               │                      │ ▲                │  │
 *      │  └──────── batch ──────┐ │  └───restart─────┘                      │ │                │  │
 *      └──hold──▶ held ─────────┴─┼───────────────────────────── hold ◀─────┘ │                │  │
 *                  │ ▲            └──────────────── load ─────────────────────┼────────────────┘  │
 *                  │ └───────────────────────────── hold ─────────────────────┼───────────────────┘
 *                  └──────────────────────────────  batch (streaming where the table is loaded)
 *
 * `partial`, `streaming`: the table's changes travel in every batch, at the target's position.
 * All others have a position of their own, and keep the events after it.
 */

export type TableState = "partial" | "queued" | "loading" | "rejoining" | "streaming" | "held";

export type TableEvent = "load" | "begin" | "caughtUp" | "restart" | "batch" | "hold";

/** The next state, or undefined where the event cannot happen. */
export const transitions = {
  partial: {
    load: "queued",
    begin: undefined,
    caughtUp: undefined,
    restart: undefined,
    batch: "partial",
    hold: "held",
  },
  queued: {
    load: "queued",
    begin: "loading",
    caughtUp: undefined,
    restart: "queued",
    batch: undefined,
    hold: "queued",
  },
  loading: {
    load: "queued",
    begin: "loading",
    caughtUp: "rejoining",
    restart: "queued",
    batch: undefined,
    hold: "queued",
  },
  rejoining: {
    load: "queued",
    begin: undefined,
    caughtUp: undefined,
    restart: "queued",
    batch: "streaming",
    hold: "held",
  },
  streaming: {
    load: "queued",
    begin: undefined,
    caughtUp: undefined,
    restart: undefined,
    batch: "streaming",
    hold: "held",
  },
  held: {
    load: "queued",
    begin: undefined,
    caughtUp: undefined,
    restart: undefined,
    batch: "streaming",
    hold: "held",
  },
} as const satisfies Record<TableState, Record<TableEvent, TableState | undefined>>;

/** Whether the table's changes travel in every batch, from the target's own position. */
export function travelsWithTarget(state: TableState): boolean {
  return state === "partial" || state === "streaming";
}
