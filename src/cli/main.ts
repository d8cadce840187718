/**
 * The command line program: arguments and configuration in, exit code out. Errors end here: each is
 * printed once, with what to do next.
 */
import { createLog, type Log } from "../daemon/log.ts";
import { type Config, exitCode, TeleportError, withoutPasswords } from "../model/mod.ts";
import { type Command, parseArguments } from "./arguments.ts";
import { readConfig } from "./config_file.ts";
import { helpText, verbHelpText } from "./help.ts";
import { errorJson } from "./load_json.ts";
import { Screen, terminalPaper } from "./screen.ts";
import { closestTo } from "./suggestion.ts";
import { printNote, printResult } from "./terminal.ts";
import { version } from "./version.ts";

type Environment = Readonly<Record<string, string>>;
type InstanceCommand = Extract<Command, { configPath: string }>;

/** What the commands that run an instance get beside the configuration. */
export interface RunOptions {
  log: Log;
  version: string;
}

/** Runs the program to its end. Returns the exit code; never throws. */
export async function main(words: readonly string[], environment: Environment): Promise<number> {
  try {
    return await dispatch(parseArguments(words), environment);
  } catch (error) {
    return reportFailure(error);
  }
}

function dispatch(command: Command, environment: Environment): Promise<number> | number {
  switch (command.kind) {
    case "help":
      printResult(command.verb === undefined ? helpText() : verbHelpText(command.verb));
      return exitCode.done;
    case "version":
      printResult(`teleport ${version}\n`);
      return exitCode.done;
    case "replicate":
      return runInstance(command, environment);
    case "initial-load":
    case "verb":
      return runLoading(command, environment);
  }
}

type InstanceOf<Kind extends Command["kind"]> = Extract<InstanceCommand, { kind: Kind }>;

/** The instance's modules are imported late: `--help` and a mistake in the configuration need none. */
async function runInstance(
  command: InstanceOf<"replicate">,
  environment: Environment,
): Promise<number> {
  const config = readConfig(command.configPath, environment);
  const { runReplicate } = await import("./run.ts");
  return await runReplicate(config, { log: openLog(command, printNote), version });
}

async function runLoading(
  command: InstanceOf<"initial-load" | "verb">,
  environment: Environment,
): Promise<number> {
  const { configPath, targetName: target } = command;
  const isJson = command.kind === "verb" && command.isJson;
  try {
    const config = readConfig(configPath, environment);
    requireTarget(config, target);
    const isPainted = Deno.stderr.isTerminal() && !isJson;
    using screen = await Screen.open(terminalPaper, { isPainted });
    const log = openLog(command, (line) => screen.note(line));
    const { runLoad } = await import("./load.ts");
    return await runLoad(config, {
      ...{ configPath, target, isJson },
      request: command.kind === "verb" ? command.request : { kind: "load" },
      isMode: command.kind === "initial-load",
    }, { log, version, screen });
  } catch (error) {
    if (isJson && error instanceof TeleportError) printResult(withoutPasswords(errorJson(error)));
    throw error;
  }
}

function openLog(
  { logLevel, logFormat }: InstanceCommand,
  write: (line: string) => void,
): Log {
  const automatic = Deno.stderr.isTerminal() ? "text" : "json";
  const format = logFormat === "auto" ? automatic : logFormat;
  return createLog({ level: logLevel, format, write });
}

function requireTarget(config: Config, name: string): void {
  if (Object.hasOwn(config.targets, name)) return;
  const names = Object.keys(config.targets);
  const near = closestTo(name, names);
  const known = names.length === 0
    ? "The configuration has no targets."
    : `The configuration has ${names.join(", ")}.`;
  throw new TeleportError("usage", `There is no target ${JSON.stringify(name)}`, {
    hint: near === undefined ? known : `Did you mean ${near}? ${known}`,
  });
}

function reportFailure(error: unknown): number {
  if (error instanceof TeleportError) {
    const hint = error.hint === undefined ? "" : `hint: ${withoutPasswords(error.hint)}\n`;
    printNote(`${withoutPasswords(error.message)}\n${hint}`);
    return error.exitCode;
  }
  const report = error instanceof Error ? error.stack ?? error.message : String(error);
  printNote(`This is a bug in teleport ${version}. Please report it with the following:\n`);
  printNote(`${withoutPasswords(report)}\n`);
  return exitCode.bug;
}
