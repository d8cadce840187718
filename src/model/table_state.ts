/**
 * The state of one table on its way to one target.
 *
 *   partial ───────load───────▶ queued ──begin──▶ loading ──caughtUp──▶ rejoining ──batch──▶ streaming
 *      │  ▲ ◀────giveUp─────────┘ ▲ ▲  ◀─restart───┘                      │ ▲                │  │
 *      │  └──────── batch ──────┐ │ │                                     │ │                │  │
 *      └──hold──▶ held ─────────┴─┼─┼─────────────────────────── hold ◀───┘ │                │  │
 *                  │ ▲            └─┴──────────────── load ─────────────────┼────────────────┘  │
 *                  │ └─────────────────────────────── hold ─────────────────┼───────────────────┘
 *                  └────────────────────────────────  batch (streaming where the table is loaded)
 *
 *   queued, loading ──cancel──▶ cancelling ──giveUp──▶ partial, ──hold──▶ held where events were kept for it
 *
 * `partial`, `streaming`: the table's changes travel in every batch, at the target's position.
 * `queued` keeps no events but where `requestLoad` says so, or a load begins again: its load will read what is there then. All others have a position of their
 * own and keep the events after it. `cancelling`: nothing more is sent, and the target has yet to remove what the
 * load brought and to give the table its keys and indexes back. `giveUp`: a table that nobody asked to load, while the target holds
 * rows of its own: they are not replaced unasked; or one whose load was cancelled.
 */

export type TableState =
  | "partial"
  | "queued"
  | "loading"
  | "cancelling"
  | "rejoining"
  | "streaming"
  | "held";

export type TableEvent =
  | "load"
  | "begin"
  | "caughtUp"
  | "restart"
  | "batch"
  | "hold"
  | "giveUp"
  | "cancel";

/** The next state, or undefined where the event cannot happen. */
export const transitions = {
  partial: {
    load: "queued",
    begin: undefined,
    caughtUp: undefined,
    restart: undefined,
    batch: "partial",
    hold: "held",
    giveUp: undefined,
    cancel: undefined,
  },
  queued: {
    load: "queued",
    begin: "loading",
    caughtUp: undefined,
    restart: "queued",
    batch: undefined,
    hold: "queued",
    giveUp: "partial",
    cancel: "cancelling",
  },
  loading: {
    load: "queued",
    begin: "loading",
    caughtUp: "rejoining",
    restart: "queued",
    batch: undefined,
    hold: "queued",
    giveUp: "partial",
    cancel: "cancelling",
  },
  cancelling: {
    load: "queued",
    begin: undefined,
    caughtUp: undefined,
    restart: undefined,
    batch: undefined,
    hold: "held",
    giveUp: "partial",
    cancel: "cancelling",
  },
  rejoining: {
    load: "queued",
    begin: undefined,
    caughtUp: undefined,
    restart: "queued",
    batch: "streaming",
    hold: "held",
    giveUp: undefined,
    cancel: undefined,
  },
  streaming: {
    load: "queued",
    begin: undefined,
    caughtUp: undefined,
    restart: undefined,
    batch: "streaming",
    hold: "held",
    giveUp: undefined,
    cancel: undefined,
  },
  held: {
    load: "queued",
    begin: undefined,
    caughtUp: undefined,
    restart: undefined,
    batch: "streaming",
    hold: "held",
    giveUp: undefined,
    cancel: undefined,
  },
} as const satisfies Record<TableState, Record<TableEvent, TableState | undefined>>;

/** Whether the table's changes travel in every batch, from the target's own position. */
export function travelsWithTarget(state: TableState): boolean {
  return state === "partial" || state === "streaming";
}
