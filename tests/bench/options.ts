/** The benchmark's command line. */
import { parseArgs } from "node:util";
import { availableMajors, newestMajor } from "../postgres/mod.ts";
import type { Settings } from "./section.ts";

export interface BenchOptions extends Settings {
  sections: string[];
  major: number;
  /** Put the table into docs/benchmarks.md. */
  writes: boolean;
  /** An aim that is missed is a failure. */
  isStrict: boolean;
}

const defaultRounds = 3;

export function usage(sections: readonly string[]): string {
  return `teleport's benchmark: what it costs and how fast it is, beside native logical replication.

  deno task bench [--only A,B] [--rounds N] [--major N] [--quick] [--full] [--size N]
                  [--strict] [--write]

  --only A,B   These sections: ${sections.join(", ")}. Default: all.
  --rounds N   Paired runs, of which the medians count. Default: ${defaultRounds}.
  --major N    PostgreSQL major of both servers, 14 or newer. Default: ${newestMajor}.
  --quick      Small amounts: to see that it works, not to compare.
  --full       A queue of 10,000,000 events in "window" instead of 1,000,000.
  --size N     Tables of N times the size in "load"; 1 is 2 GB. Default: 1.
  --strict     End with 1 where an aim is missed.
  --write      Put the table into docs/benchmarks.md.
`;
}

/** Undefined where help was asked for. @throws Error that says which option is wrong. */
export function parseOptions(
  words: readonly string[],
  sections: readonly string[],
): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: "string", default: sections.join(",") },
      rounds: { type: "string" },
      major: { type: "string", default: String(newestMajor) },
      quick: { type: "boolean", default: false },
      full: { type: "boolean", default: false },
      size: { type: "string", default: "1" },
      write: { type: "boolean", default: false },
      strict: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    sections: parseSections(values.only, sections),
    rounds: parseRounds(values.rounds ?? String(values.quick ? 1 : defaultRounds)),
    major: parseMajor(values.major),
    isQuick: values.quick,
    isFull: values.full,
    size: parseSize(values.size),
    writes: values.write,
    isStrict: values.strict,
  };
}

function parseSections(text: string, sections: readonly string[]): string[] {
  const wanted = text.split(",").map((word) => word.trim());
  const unknown = wanted.find((word) => !sections.includes(word));
  if (unknown === undefined) return sections.filter((section) => wanted.includes(section));
  throw new Error(`There is no section ${unknown}; there are ${sections.join(", ")}`);
}

function parseRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= 100) return rounds;
  throw new Error(`--rounds is ${text}, expected a whole number from 1 to 100`);
}

function parseSize(text: string): number {
  const size = Number(text);
  if (size > 0 && size <= 1000) return size;
  throw new Error(`--size is ${text}, expected a number above 0 and up to 1000`);
}

/** Commits in procedures and a subscription's slot options, as they are used here, came by 14. */
function parseMajor(text: string): number {
  const majors = availableMajors().filter((major) => major >= 14);
  const major = majors.find((candidate) => String(candidate) === text);
  if (major !== undefined) return major;
  throw new Error(`There is no PostgreSQL ${text} here; there are ${majors.join(", ")}`);
}
