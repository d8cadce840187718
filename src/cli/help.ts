/** The texts of `teleport --help` and `teleport VERB --help`. */
import type { ExitCode } from "../model/mod.ts";
import { describeOption, generalOptions, type OptionName } from "./options.ts";
import { describeVerb, type VerbDescription, type VerbName, verbNames } from "./verbs.ts";

const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  0: "done",
  1: "a failure at run time, or findings",
  2: "the command line is wrong",
  3: "the configuration is wrong",
  4: "the database cannot be reached or refuses",
  5: "the other instance cannot be reached or refuses",
  6: "the teleport schema in the database is of another version",
  70: "a bug in teleport",
};

/** Purpose, usage, verbs, options with defaults, exit codes and examples. */
export function helpText(): string {
  return [
    "teleport replicates PostgreSQL databases, rows and schema, by triggers.",
    "",
    "One instance runs beside each database. An instance whose configuration has targets sends the",
    "changes of its database to theirs.",
    "",
    "Usage",
    "  teleport --config FILE [options]",
    "  teleport VERB --config FILE [options]",
    "",
    "Verbs (teleport VERB --help says more)",
    ...verbNames.map((name) => `  ${name.padEnd(22)}${describeVerb(name).summary}`),
    "",
    "Options (one dash or two; --name VALUE or --name=VALUE)",
    ...generalOptions.flatMap(optionLines),
    "",
    "Exit codes",
    ...exitCodeLines(),
    "",
    "Examples",
    "  Run an instance, source or target:",
    "    teleport --config source.yml",
    "  Copy the tables of my-target once, while the instances run:",
    "    teleport load --config source.yml --target my-target",
    "  The same in the words of before:",
    "    teleport --config source.yml --mode initial-load --load-target my-target",
    "",
  ].join("\n");
}

/** As `helpText`, of one verb. */
export function verbHelpText(name: VerbName): string {
  const verb: VerbDescription = describeVerb(name);
  return [
    ...verb.purpose,
    "",
    "Usage",
    ...verb.usage.map((line) => `  ${line}`),
    "",
    "Options (one dash or two; --name VALUE or --name=VALUE)",
    ...verb.options.flatMap(optionLines),
    "",
    "Exit codes",
    ...exitCodeLines(verb.exitCodes),
    "",
    "Examples",
    ...verb.examples.flatMap(([what, line]) => [`  ${what}`, `    ${line}`]),
    "",
  ].join("\n");
}

function optionLines(name: OptionName): string[] {
  const { value, short, default: otherwise, help } = describeOption(name);
  const dashed = `${short === undefined ? "" : `-${short}, `}--${name}`;
  const left = value === undefined ? dashed : `${dashed} ${value}`;
  const right = otherwise === undefined ? help : [...help, `Default: ${otherwise}.`];
  return right.map((line, index) => `  ${(index === 0 ? left : "").padEnd(22)}${line}`);
}

function exitCodeLines(special: VerbDescription["exitCodes"] = {}): string[] {
  const meanings: Readonly<Record<string, string>> = { ...exitCodeMeanings, ...special };
  return Object.entries(meanings).map(([code, meaning]) => `  ${code.padEnd(4)}${meaning}`);
}
