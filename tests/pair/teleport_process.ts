/** teleport as a user runs it: a process of its own, with a configuration file. */
import { stringify } from "yaml";
import type { Config } from "../../src/model/mod.ts";
import { waitFor } from "./wait.ts";

const repository = new URL("../../", import.meta.url).pathname;

/** Arguments of `deno` that stand for the binary: those of the task "start". */
const program = [
  "run",
  "--v8-flags=--max-semi-space-size=1",
  "--allow-net",
  "--allow-read",
  "--allow-env",
  "--allow-sys",
  `${repository}main.ts`,
];

export interface ProcessResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** A configuration as YAML, for `writeConfig`: expressions are text there. */
export type WrittenConfig = Record<string, unknown>;

/** The file form of a configuration whose targets are given as text. */
export function toWritten(config: Config, targets: WrittenConfig): WrittenConfig {
  const { targets: _parsed, ...rest } = config;
  return { ...rest, targets };
}

export async function writeConfig(config: WrittenConfig): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: ".yml" });
  await Deno.writeTextFile(path, stringify(config));
  return path;
}

/** Ended with this process, should it leave before its `await using` does. */
const running = new Set<TeleportProcess>();
globalThis.addEventListener("unload", () => {
  for (const process of running) process.kill("SIGKILL");
});

export class TeleportProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #output: { stdout: string; stderr: string } = { stdout: "", stderr: "" };
  readonly #collected: Promise<unknown>;
  #status: Deno.CommandStatus | undefined;

  constructor(options: readonly string[]) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [...program, ...options],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    running.add(this);
    this.#collected = Promise.all([
      this.#collect("stdout"),
      this.#collect("stderr"),
      this.#child.status.then((status) => {
        this.#status = status;
        running.delete(this);
      }),
    ]);
  }

  get pid(): number {
    return this.#child.pid;
  }

  get stderr(): string {
    return this.#output.stderr;
  }

  get isRunning(): boolean {
    return this.#status === undefined;
  }

  /** Resolves when stderr holds the text. */
  async logged(text: string, deadlineMs = 30_000): Promise<void> {
    await waitFor(() => this.stderr.includes(text) || (!this.isRunning && this.#fail(text)), {
      what: `the process to log ${JSON.stringify(text)}`,
      deadlineMs,
      explain: () => this.stderr.split("\n").slice(-30),
    });
  }

  kill(signal: Deno.Signal): void {
    if (this.isRunning) this.#child.kill(signal);
  }

  async finished(): Promise<ProcessResult> {
    await this.#collected;
    return { code: this.#status?.code ?? -1, ...this.#output };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.#collected;
  }

  #fail(text: string): never {
    throw new Error(`The process ended before it logged ${text}:\n${this.stderr}`);
  }

  async #collect(stream: "stdout" | "stderr"): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of this.#child[stream]) {
      this.#output[stream] += decoder.decode(bytes, { stream: true });
    }
  }
}

/** Runs to its end. */
export async function runTeleport(options: readonly string[]): Promise<ProcessResult> {
  await using process = new TeleportProcess(options);
  return await process.finished();
}
