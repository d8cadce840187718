/** What a section of the benchmark gets and gives. */
import type { Stage } from "./stage.ts";

export interface Settings {
  /** Paired runs, of which the medians count. */
  rounds: number;
  /** Small amounts, to see that it works. */
  isQuick: boolean;
  /** A queue of ten million events in the window's section. */
  isFull: boolean;
  /** Factor of the amount that the load's section loads. */
  size: number;
}

export interface SectionOptions extends Settings {
  stage: Stage;
}

/** A line of the table. Cells without a value stay empty. */
export interface Line {
  what: string;
  /** Without replication, or with the small amount. */
  baseline?: string;
  teleport?: string;
  native?: string;
  /** What the aim is about. */
  ratio?: string;
  aim?: string;
  isReached?: boolean;
}

export interface SectionResult {
  lines: Line[];
  /** Sentences below the table. */
  notes: string[];
}

export type Section = (options: SectionOptions) => Promise<SectionResult>;

/** Something to hold a measurement against. */
export interface Aim {
  text: string;
  isReached: (value: number) => boolean;
}

export function atLeast(bound: number, unit = ""): Aim {
  return { text: `>= ${bound}${unit}`, isReached: (value) => value >= bound };
}

export function atMost(bound: number, unit = ""): Aim {
  return { text: `<= ${bound}${unit}`, isReached: (value) => value <= bound };
}

export function below(bound: number, unit = ""): Aim {
  return { text: `< ${bound}${unit}`, isReached: (value) => value < bound };
}

/** The cells of a line that say whether `value` reaches the aim. */
export function judged(aim: Aim, value: number): Pick<Line, "aim" | "isReached"> {
  return { aim: aim.text, isReached: aim.isReached(value) };
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
