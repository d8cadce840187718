/** The verbs `load`, `reload` and `cancel`, and `-mode initial-load`: progress on stderr, the result on stdout. */
import {
  initialLoad,
  type InitialLoadOutcome,
  type LoadReport,
  type LoadRequest,
  onSignals,
} from "../daemon/mod.ts";
import { type Config, exitCode } from "../model/mod.ts";
import { progressJson, resultJson } from "./load_json.ts";
import { renderFrame } from "./load_frame.ts";
import { progressLine } from "./load_lines.ts";
import { cancelledText, endText, leavingText, leftText } from "./load_words.ts";
import type { RunOptions } from "./main.ts";
import type { Screen } from "./screen.ts";
import { printResult } from "./terminal.ts";

export interface LoadCommand {
  target: string;
  configPath: string;
  request: LoadRequest;
  isJson: boolean;
  /** Asked for by `-mode initial-load`, where leaving is no failure. */
  isMode: boolean;
}

export async function runLoad(
  config: Config,
  command: LoadCommand,
  { log, version, screen }: RunOptions & { screen: Screen },
): Promise<number> {
  const { target, request, isJson } = command;
  const leave = new AbortController();
  let isInstance = false;
  using _signals = onSignals(() => {
    leave.abort();
    if (isInstance) screen.note(leavingText);
  });
  const progress = new Progress(screen, command);
  const outcome = await initialLoad({
    ...{ config, target, version, log, request },
    signal: leave.signal,
    onBegin: (runs) => isInstance = runs.isInstance,
    onProgress: (report) => progress.show(report),
  });
  screen[Symbol.dispose]();
  const { report, end } = outcome;
  if (end === "left") screen.note(leftText(command, outcome));
  if (isJson) printResult(resultJson(report, { verb: request.kind, target, end }));
  else if (end !== "left") {
    printResult(
      request.kind === "cancel" ? cancelledText(command, report) : endText(command, outcome),
    );
  }
  return codeOf(command, outcome);
}

function codeOf({ isMode }: LoadCommand, { end }: InitialLoadOutcome): number {
  if (end === "done" || (end === "left" && isMode)) return exitCode.done;
  return exitCode.runtime;
}

/** Shows how far it is: on a terminal at once, elsewhere now and then, and each new trouble of a table. */
class Progress {
  readonly #screen: Screen;
  readonly #command: LoadCommand;
  #shownAt = 0;
  readonly #reasons = new Map<number, string | null>();

  constructor(screen: Screen, command: LoadCommand) {
    this.#screen = screen;
    this.#command = command;
  }

  show(report: LoadReport): void {
    const { isJson, target } = this.#command;
    this.#tellReasons(report);
    if (this.#screen.isPainted) this.#screen.paint(renderFrame(report, this.#screen.size));
    else if (!isJson && this.#isDue(2000)) this.#screen.note(progressLine(report));
    else if (isJson && this.#isDue(1000)) printResult(progressJson(target, report));
  }

  #tellReasons({ tables }: LoadReport): void {
    for (const { relation, schema, name, reason } of tables) {
      const isNew = reason !== null && this.#reasons.get(relation) !== reason;
      if (isNew) this.#screen.note(`${schema}.${name}: ${reason}\n`);
      this.#reasons.set(relation, reason);
    }
  }

  #isDue(intervalMs: number): boolean {
    if (Date.now() - this.#shownAt < intervalMs) return false;
    this.#shownAt = Date.now();
    return true;
  }
}
