/**
 * An instance, or a command, under a supervisor: whenever its process ends, another is started; of a command,
 * until one has come to its end.
 */
import { setTimeout as pause } from "node:timers/promises";
import { TeleportProcess } from "../../pair/mod.ts";

/** The server may be away when a process starts; see `exitCode` of the model. */
const databaseUnreachable = 4;
/** The target's instance may be away when a command starts. */
const peerUnreachable = 5;
const restartMs = 100;

export class KeptInstance implements AsyncDisposable {
  readonly #options: readonly string[];
  readonly #running: Promise<void>;
  #process: TeleportProcess;
  #isStopped = false;
  #isStruck = false;
  #log = "";
  #failure: string | undefined;
  readonly #isCommand: boolean;
  #isDone = false;

  constructor(options: readonly string[], { isCommand = false } = {}) {
    this.#options = options;
    this.#isCommand = isCommand;
    this.#process = new TeleportProcess(options);
    this.#running = this.#keep();
  }

  /** All that its processes have said. */
  get log(): string {
    return this.#log + this.#process.stderr;
  }

  /** Whether a command has come to its end. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** @throws Error where a process ended by itself, and not because its server was away. */
  assertWell(): void {
    if (this.#failure !== undefined) throw new Error(this.#failure);
  }

  /** kill -9. */
  async strike(): Promise<void> {
    const struck = this.#process;
    this.#isStruck = struck.isRunning;
    struck.kill("SIGKILL");
    await struck.finished();
  }

  /** Ends it as an operator does. @returns the exit code. */
  async stop(): Promise<number> {
    this.#isStopped = true;
    this.#process.kill("SIGTERM");
    const { code } = await this.#process.finished();
    await this.#running;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await this.#process[Symbol.asyncDispose]();
    await this.#running;
  }

  async #keep(): Promise<void> {
    while (true) {
      const { code } = await this.#process.finished();
      const wasStruck = this.#isStruck;
      this.#isStruck = false;
      if (this.#isStopped) return;
      if (!wasStruck) {
        if (this.#isCommand && code === 0) {
          this.#isDone = true;
          return;
        }
        if (code !== databaseUnreachable && !(this.#isCommand && code === peerUnreachable)) {
          this.#failure ??= `The instance ended with code ${code}:\n${this.log.slice(-4000)}`;
        }
        await pause(restartMs);
        if (this.#isStopped) return;
      }
      this.#log += this.#process.stderr;
      this.#process = new TeleportProcess(this.#options);
    }
  }
}
