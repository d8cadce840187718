/** The program's verbs: what each is for, and what it takes. For the parser and for the help texts. */
import type { ExitCode } from "../model/mod.ts";
import type { OptionName } from "./options.ts";

export interface VerbDescription {
  /** In the list of verbs: one line. */
  summary: string;
  purpose: readonly string[];
  usage: readonly string[];
  options: readonly OptionName[];
  /** Those of its options that it cannot do without. */
  needed: readonly OptionName[];
  /** Where an exit code says more than in general. */
  exitCodes: Readonly<Partial<Record<ExitCode, string>>>;
  examples: readonly (readonly [what: string, line: string])[];
}

const logging = ["log-level", "log-format", "help"] as const;

export const verbDescriptions = {
  load: {
    summary: "Copy the tables of a target that are not there yet.",
    purpose: [
      "Copies the rows of every table that a target lacks, while the source is written to. Tables that",
      "are loaded are left alone. The running instance does the work; where none runs, this command",
      "does. What is done is kept: the same command takes a load up where it was.",
      "",
      "Ctrl-C leaves the load to the running instance, or stops the work where this command does it.",
      "A second one ends the command at once.",
    ],
    usage: ["teleport load --config FILE --target NAME [options]"],
    options: ["config", "target", "json", ...logging],
    needed: ["config", "target"],
    exitCodes: {
      0: "every table is loaded and follows",
      1: "left before that; loads were cancelled or given up; a failure at run time",
    },
    examples: [
      ["Load the tables of my-target:", "teleport load --config source.yml --target my-target"],
      [
        "The same for a program, a JSON object per line:",
        "teleport load --config source.yml --target my-target --json",
      ],
    ],
  },
  reload: {
    summary: "Copy tables again that the target has, while the others follow.",
    purpose: [
      "Copies the rows of the named tables again. A partitioned table goes as a whole, by its own name.",
      "One whose load is queued or under way is followed; to begin that anew, cancel it first. All else",
      "is as with teleport load, Ctrl-C too.",
    ],
    usage: ["teleport reload --config FILE --target NAME --table SCHEMA.NAME [options]"],
    options: ["config", "target", "table", "existing", "json", ...logging],
    needed: ["config", "target", "table"],
    exitCodes: {
      0: "the tables are loaded and follow",
      1: "left before that; loads were cancelled or given up; a failure at run time",
      2: "the command line is wrong, or the target has no such table",
    },
    examples: [
      [
        "Load two tables again:",
        "teleport reload --config source.yml --target my-target --table public.a --table public.b",
      ],
      [
        "Without emptying the table first:",
        "teleport reload --config source.yml --target my-target --table public.a --existing merge",
      ],
    ],
  },
  cancel: {
    summary: "Give up the loads of a target that are queued or under way.",
    purpose: [
      "Gives up the loads of a target's tables, or of those that are named. What a load had brought is",
      "removed on the target, which gives the table its keys and indexes back; between databases that",
      "replicate to each other, where a load only adds rows, these stay. The table is not loaded then:",
      "its state is partial, and only what changes from now on comes to it, until teleport load.",
      "That is so too for a table that was loaded before and was to be loaded again. A table that has",
      "all of its rows and its indexes is left alone.",
    ],
    usage: ["teleport cancel --config FILE --target NAME [--table SCHEMA.NAME] [options]"],
    options: ["config", "target", "table", "json", ...logging],
    needed: ["config", "target"],
    exitCodes: {
      0: "no load is left, or there was none to give up",
      1: "left before the target had given up; a failure at run time",
      2: "the command line is wrong, or the target has no such table",
    },
    examples: [
      ["Cancel all loads of my-target:", "teleport cancel --config source.yml --target my-target"],
      [
        "Cancel that of one table:",
        "teleport cancel --config source.yml --target my-target --table public.a",
      ],
    ],
  },
} as const satisfies Record<string, VerbDescription>;

export type VerbName = keyof typeof verbDescriptions;

export function isVerbName(name: string): name is VerbName {
  return Object.hasOwn(verbDescriptions, name);
}

export function describeVerb(name: VerbName): VerbDescription {
  return verbDescriptions[name];
}

export const verbNames: readonly VerbName[] = Object.keys(verbDescriptions).filter(isVerbName);
