/**
 * What the command line asks for. `-name` means `--name`, `--name=value` means `--name value`; every
 * mistake is a usage error of its own, with what was most likely meant.
 */
import type { LogLevel } from "../daemon/log.ts";
import { TeleportError } from "../model/mod.ts";
import {
  describeOption,
  isOptionName,
  optionDescriptions,
  type OptionName,
  optionNames,
} from "./options.ts";
import { closestTo } from "./suggestion.ts";

export type LogFormat = "auto" | "text" | "json";

interface Instance {
  configPath: string;
  logLevel: LogLevel;
  logFormat: LogFormat;
}

export type Command =
  | { kind: "help" }
  | { kind: "version" }
  | ({ kind: "replicate" } & Instance)
  | ({ kind: "initial-load"; targetName: string } & Instance);

type Given = ReadonlyMap<OptionName, string>;

/** @throws TeleportError `usage` */
export function parseArguments(words: readonly string[]): Command {
  if (words.some((word) => /^(-h|--?help)$/.test(word))) return { kind: "help" };
  const given = readOptions(words);
  if (given.has("version")) return { kind: "version" };
  const configPath = given.get("config");
  if (configPath === undefined) {
    throw usage("--config is missing", "Name the configuration: teleport --config FILE");
  }
  const instance = {
    configPath,
    logLevel: choose(given, "log-level"),
    logFormat: choose(given, "log-format"),
  };
  const mode = choose(given, "mode");
  const targetName = given.get("load-target");
  if (mode === "replicate") {
    if (targetName === undefined) return { kind: "replicate", ...instance };
    throw usage("--load-target goes with -mode initial-load only", "Add -mode initial-load.");
  }
  if (targetName !== undefined) return { kind: "initial-load", targetName, ...instance };
  const hint = "Name the target to load, as under targets in the configuration: -load-target NAME";
  throw usage("-mode initial-load needs --load-target", hint);
}

function readOptions(words: readonly string[]): Given {
  const given = new Map<OptionName, string>();
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    const [, written = "", inline] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (written === "") throw notAnOption(word);
    const name = findOption(written);
    if (given.has(name)) throw usage(`--${name} is given twice`, "Give it once.");
    const takes = describeOption(name).value;
    if (takes === undefined) {
      if (inline !== undefined) throw usage(`--${name} takes no value`, `Write --${name} alone.`);
      given.set(name, "");
      continue;
    }
    const value = inline ?? words[++index];
    if (value === undefined || value === "" || (inline === undefined && value.startsWith("-"))) {
      throw usage(`--${name} needs a value`, `Write --${name} ${takes} or --${name}=${takes}.`);
    }
    given.set(name, value);
  }
  return given;
}

function findOption(written: string): OptionName {
  const name = optionNames.find((option) =>
    option === written || describeOption(option).short === written
  );
  if (name !== undefined) return name;
  const near = closestTo(written, optionNames);
  throw usage(
    `There is no option --${written}`,
    near === undefined ? "teleport --help lists the options." : `Did you mean --${near}?`,
  );
}

function notAnOption(word: string): TeleportError {
  const near = isOptionName(word) ? word : undefined;
  return usage(
    `Expected an option such as --config FILE, not ${JSON.stringify(word)}`,
    near === undefined ? "teleport --help lists the options." : `Did you mean --${near}?`,
  );
}

type ChoiceOption = {
  [Name in OptionName]: typeof optionDescriptions[Name] extends { choices: readonly string[] }
    ? Name
    : never;
}[OptionName];

type ChoiceOf<Name extends ChoiceOption> = typeof optionDescriptions[Name]["choices"][number];

function choose<Name extends ChoiceOption>(given: Given, name: Name): ChoiceOf<Name> {
  const description = optionDescriptions[name];
  const value = given.get(name) ?? description.default;
  const choices: readonly ChoiceOf<Name>[] = description.choices;
  const choice = choices.find((candidate) => candidate === value);
  if (choice !== undefined) return choice;
  const near = closestTo(value, choices);
  throw usage(
    `--${name} is ${JSON.stringify(value)}, expected one of ${choices.join(", ")}`,
    near === undefined ? "teleport --help says what each means." : `Did you mean ${near}?`,
  );
}

function usage(message: string, hint: string): TeleportError {
  return new TeleportError("usage", message, { hint });
}
