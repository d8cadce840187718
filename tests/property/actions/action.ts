/** One thing that a writer does inside a transaction. */
import type { Random } from "../../pair/mod.ts";

export interface Action {
  /** What it exercises; the test counts by it. */
  kind: string;
  /** How often, in relation to the others. */
  weight: number;
  /** Oldest and newest major whose tables it needs; see `schemaFor`. */
  since?: number;
  until?: number;
  /** Oldest source that understands its statements, where that is newer. */
  sourceSince?: number;
  /** Statements to run one after the other. Any may fail: that is a part of the schedule. */
  statements: (random: Random) => string[];
}

/** Keys are few, so that writers meet. */
export const customer = (random: Random): number => random.int(1, 50);
export const sku = (random: Random): string => `'sku-${random.int(1, 20)}'`;
export const mood = (random: Random): string => `'${random.pick(["glad", "calm", "cross"])}'`;
/** A short text, null at times, with characters that COPY escapes. */
export const text = (random: Random): string =>
  random.pick([
    "null",
    "''",
    `'text ${random.int(1, 99)}'`,
    String.raw`E'tab\there\nnew line\\ back \\N'`,
    "'ünïcödé 漢字 🐘'",
    `'${"long ".repeat(random.int(1, 20))}'`,
  ]);
