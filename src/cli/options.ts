/** The command line's options: the only list of them, for the parser and for the help text. */

export interface OptionDescription {
  /** What its value is called in the help text; undefined for a switch. */
  value?: string;
  short?: string;
  /** The only values that it takes. */
  choices?: readonly string[];
  default?: string;
  /** May be given more than once. */
  repeats?: true;
  help: readonly string[];
}

export const optionDescriptions = {
  config: {
    value: "FILE",
    help: ["The configuration, a YAML file. Needed."],
  },
  mode: {
    value: "MODE",
    choices: ["replicate", "initial-load"],
    default: "replicate",
    help: [
      "replicate: follow the source until told to stop.",
      "initial-load: copy a target's tables.",
    ],
  },
  "load-target": {
    value: "NAME",
    help: ["The target to load, a name under targets.", "Needed with -mode initial-load."],
  },
  target: {
    value: "NAME",
    help: ["The target, a name under targets. Needed."],
  },
  table: {
    value: "SCHEMA.NAME",
    repeats: true,
    help: ["A table, as the source names it. Once for each table."],
  },
  existing: {
    value: "MODE",
    choices: ["merge", "replace"],
    help: [
      "What becomes of rows that the target has:",
      "merge: changed where they differ, deleted where the source",
      "lacks them. replace: all of them make room first.",
      "Default: load.existing of the configuration, else replace.",
    ],
  },
  json: {
    help: [
      "One JSON object per line on stdout: progress, then the",
      "result, or the error. Without it, text on stdout at the end.",
    ],
  },
  "log-level": {
    value: "LEVEL",
    choices: ["debug", "info", "warn", "error"],
    default: "info",
    help: ["Least level to log: debug, info, warn, error."],
  },
  "log-format": {
    value: "FORMAT",
    choices: ["auto", "text", "json"],
    default: "auto",
    help: ["text, json (one object per line), or", "auto: text on a terminal, json elsewhere."],
  },
  help: { short: "h", help: ["Print this text."] },
  version: { help: ["Print the version."] },
} as const satisfies Record<string, OptionDescription>;

export type OptionName = keyof typeof optionDescriptions;

export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(optionDescriptions, name);
}

export function describeOption(name: OptionName): OptionDescription {
  return optionDescriptions[name];
}

/** Of the command line without a verb. */
export const generalOptions: readonly OptionName[] = [
  "config",
  "mode",
  "load-target",
  "log-level",
  "log-format",
  "help",
  "version",
];
