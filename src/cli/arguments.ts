/**
 * What the command line asks for: a verb and its options, or options alone. `-name` means `--name`,
 * `--name=value` means `--name value`; every mistake is a usage error of its own, with what was most likely meant.
 */
import type { LoadRequest } from "../daemon/initial_load.ts";
import type { LogLevel } from "../daemon/log.ts";
import { GivenOptions, type Grammar, usage } from "./given_options.ts";
import { describeOption, generalOptions } from "./options.ts";
import { closestTo } from "./suggestion.ts";
import { describeVerb, isVerbName, type VerbName, verbNames } from "./verbs.ts";

export type LogFormat = "auto" | "text" | "json";

interface Instance {
  configPath: string;
  logLevel: LogLevel;
  logFormat: LogFormat;
}

export type Command =
  | { kind: "help"; verb?: VerbName }
  | { kind: "version" }
  | ({ kind: "replicate" } & Instance)
  | ({ kind: "initial-load"; targetName: string } & Instance)
  | ({ kind: "verb"; targetName: string; isJson: boolean; request: LoadRequest } & Instance);

/** @throws TeleportError `usage` */
export function parseArguments(words: readonly string[]): Command {
  const [first = "", ...rest] = words;
  const isHelp = words.some((word) => /^(-h|--?help)$/.test(word));
  if (isVerbName(first)) return isHelp ? { kind: "help", verb: first } : parseVerb(first, rest);
  if (isHelp) return { kind: "help" };
  const near = /^[a-z]/i.test(first) ? closestTo(first, verbNames) : undefined;
  if (near !== undefined) throw usage(`There is no verb ${first}`, `Did you mean ${near}?`);
  return parseGeneral(
    new GivenOptions(words, { options: generalOptions, help: "teleport --help" }),
  );
}

function parseGeneral(given: GivenOptions): Command {
  if (given.has("version")) return { kind: "version" };
  const instance = instanceOf(given, "teleport --config FILE");
  const mode = given.choose("mode");
  const targetName = given.get("load-target");
  if (mode === "replicate") {
    if (targetName === undefined) return { kind: "replicate", ...instance };
    throw usage("--load-target goes with -mode initial-load only", "Add -mode initial-load.");
  }
  if (targetName !== undefined) return { kind: "initial-load", targetName, ...instance };
  const hint = "Name the target to load, as under targets in the configuration: -load-target NAME";
  throw usage("-mode initial-load needs --load-target", hint);
}

function parseVerb(verb: VerbName, words: readonly string[]): Command {
  const { options, needed, usage: [line = ""] } = describeVerb(verb);
  const grammar: Grammar = { options, help: `teleport ${verb} --help` };
  const given = new GivenOptions(words, grammar);
  const instance = instanceOf(given, line);
  const missing = needed.find((name) => !given.has(name));
  if (missing !== undefined) {
    const value = describeOption(missing).value ?? "";
    throw usage(`--${missing} is missing`, `Add --${missing} ${value}: ${line}`);
  }
  return {
    kind: "verb",
    targetName: given.get("target") ?? "",
    isJson: given.has("json"),
    request: requestOf(verb, given),
    ...instance,
  };
}

function requestOf(verb: VerbName, given: GivenOptions): LoadRequest {
  const tables = given.all("table");
  switch (verb) {
    case "load":
      return { kind: "load" };
    case "reload":
      return {
        kind: "reload",
        tables,
        ...(given.has("existing") ? { existing: given.choose("existing") } : {}),
      };
    case "cancel":
      return { kind: "cancel", tables };
  }
}

function instanceOf(given: GivenOptions, line: string): Instance {
  const configPath = given.get("config");
  if (configPath === undefined) {
    throw usage("--config is missing", `Name the configuration: ${line}`);
  }
  return {
    configPath,
    logLevel: given.choose("log-level"),
    logFormat: given.choose("log-format"),
  };
}
