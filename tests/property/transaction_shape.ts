/** How writers wrap their actions: from single statements to long transactions that come to nothing. */

export interface TransactionShape {
  kind: string;
  weight: number;
  /** Undefined: each statement commits by itself. */
  isolation?: "read committed" | "repeatable read" | "serializable";
  /** Least and most actions. */
  actions: readonly [number, number];
  /** Pause after each action. */
  pauseMs: readonly [number, number];
  /** Probability that it is rolled back at its end. */
  rollsBack: number;
  hasSavepoints?: boolean;
  /** Ends in two phases, with a pause between them. */
  isPrepared?: boolean;
  /** Where a TRUNCATE may stand: it shuts everybody out until the transaction ends. */
  truncates?: "last" | "anywhere";
}

const short = { actions: [1, 4], pauseMs: [0, 3], rollsBack: 0.05 } as const;
const long = { actions: [2, 5], pauseMs: [50, 400], rollsBack: 0.2 } as const;

export const shapes: readonly TransactionShape[] = [
  { kind: "single statements", weight: 8, actions: [1, 1], pauseMs: [0, 0], rollsBack: 0 },
  { kind: "short", weight: 12, isolation: "read committed", ...short },
  { kind: "rolled back", weight: 3, isolation: "read committed", ...short, rollsBack: 1 },
  { kind: "savepoints", weight: 6, isolation: "read committed", ...short, hasSavepoints: true },
  { kind: "repeatable read", weight: 2, isolation: "repeatable read", ...short },
  { kind: "serializable", weight: 1, isolation: "serializable", ...short },
  { kind: "long", weight: 2, isolation: "read committed", ...long },
  {
    kind: "long, savepoints",
    weight: 1,
    isolation: "read committed",
    ...long,
    hasSavepoints: true,
  },
  { kind: "long, repeatable read", weight: 1, isolation: "repeatable read", ...long },
  { kind: "prepared", weight: 2, isolation: "read committed", ...short, isPrepared: true },
  { kind: "truncating", weight: 2, isolation: "read committed", ...short, truncates: "last" },
  {
    kind: "truncating, then more",
    weight: 1,
    isolation: "read committed",
    ...short,
    rollsBack: 0.3,
    hasSavepoints: true,
    truncates: "anywhere",
  },
];
