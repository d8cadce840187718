/** The demo's few options. */
import { parseArgs } from "node:util";
import { availableMajors, newestMajor } from "../postgres/mod.ts";

export interface DemoOptions {
  sourceVersion: number;
  targetVersion: number;
  /** How long the writers write, at least. */
  writeSeconds: number;
  /** Print the log of both instances as it comes. */
  isVerbose: boolean;
}

export const usage = `teleport's demo: two servers, two instances, one shop under load.

  deno task demo [--source-version N] [--target-version N] [--seconds N] [--verbose]

  --source-version N  PostgreSQL major of the source. Default: ${newestMajor}.
  --target-version N  PostgreSQL major of the target. Default: ${newestMajor}.
  --seconds N         How long the clients write. Default: 20.
  --verbose           Show the log of both instances.
`;

/** Undefined where help was asked for. @throws Error that says which option is wrong. */
export function parseOptions(words: readonly string[]): DemoOptions | undefined {
  const { values } = parseArgs({
    args: [...words],
    options: {
      "source-version": { type: "string", default: String(newestMajor) },
      "target-version": { type: "string", default: String(newestMajor) },
      seconds: { type: "string", default: "20" },
      verbose: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    sourceVersion: parseMajor(values["source-version"]),
    targetVersion: parseMajor(values["target-version"]),
    writeSeconds: parseSeconds(values.seconds),
    isVerbose: values.verbose,
  };
}

function parseMajor(text: string): number {
  const majors = availableMajors();
  const major = majors.find((candidate) => String(candidate) === text);
  if (major !== undefined) return major;
  throw new Error(`There is no PostgreSQL ${text} here; there are ${majors.join(", ")}`);
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 86_400) return seconds;
  throw new Error(`--seconds is ${text}, expected a whole number from 1 to 86400`);
}
