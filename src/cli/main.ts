/**
 * The command line program: arguments and configuration in, exit code out. Errors end here: each is
 * printed once, with what to do next.
 */
import { createLog, type Log } from "../daemon/log.ts";
import { type Config, exitCode, TeleportError, withoutPasswords } from "../model/mod.ts";
import { type Command, parseArguments } from "./arguments.ts";
import { readConfig } from "./config_file.ts";
import { helpText } from "./help.ts";
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
      printResult(helpText());
      return exitCode.done;
    case "version":
      printResult(`teleport ${version}\n`);
      return exitCode.done;
    case "replicate":
    case "initial-load":
      return runInstance(command, readConfig(command.configPath, environment));
  }
}

/** The instance's modules are imported late: `--help` and a mistake in the configuration need none. */
async function runInstance(command: InstanceCommand, config: Config): Promise<number> {
  const options: RunOptions = { log: openLog(command), version };
  if (command.kind === "replicate") {
    const { runReplicate } = await import("./run.ts");
    return await runReplicate(config, options);
  }
  requireTarget(config, command.targetName);
  const { runInitialLoad } = await import("./load.ts");
  return await runInitialLoad(config, command.targetName, options);
}

function openLog({ logLevel, logFormat }: InstanceCommand): Log {
  const automatic = Deno.stderr.isTerminal() ? "text" : "json";
  const format = logFormat === "auto" ? automatic : logFormat;
  return createLog({ level: logLevel, format, write: printNote });
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
