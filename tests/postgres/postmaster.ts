/**
 * One run of the postgres program over a data directory. Knows how to start it, when it is ready and how
 * to end it; not where its folder came from.
 */

import { setTimeout as delay } from "node:timers/promises";
import { runAs } from "./account.ts";
import type { Binaries } from "./binaries.ts";

const startTimeoutMs = 60_000;
const stopTimeoutMs = 60_000;
const pollMs = 10;
const orphansPollMs = 50;
const orphansMessage = "pre-existing shared memory block";

/**
 * fast: rolls back and writes a checkpoint. immediate: as in a crash, recovery at the next start. kill: the
 * postmaster alone is gone, its children notice when they next wait for something.
 */
export type StopMode = "fast" | "immediate" | "kill";

const signalOf = {
  fast: "SIGINT",
  immediate: "SIGQUIT",
  kill: "SIGKILL",
} as const satisfies Record<
  StopMode,
  Deno.Signal
>;

/** What postmaster.pid may say by then. */
const states: Readonly<Record<"starting" | "ready", readonly string[]>> = {
  starting: ["starting", "ready"],
  ready: ["ready"],
};

export interface PostmasterOptions {
  binaries: Binaries;
  /** Holds `data`; `log` is appended to. */
  folder: string;
  /** Every setting, `port` included. */
  settings: Readonly<Record<string, string>>;
}

export class Postmaster {
  readonly #child: Deno.ChildProcess;
  readonly #folder: string;
  #hasEnded = false;

  private constructor(child: Deno.ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  /**
   * Where the last postmaster was killed, postgres refuses to start until the children of that one have gone.
   * @throws Error with the end of the log where postgres ends or is not ready in time.
   */
  static async start(options: PostmasterOptions): Promise<Postmaster> {
    const deadline = performance.now() + startTimeoutMs;
    while (true) {
      const postmaster = Postmaster.#spawn(options);
      try {
        await postmaster.#reaches("ready");
        return postmaster;
      } catch (error) {
        if (!String(error).includes(orphansMessage) || performance.now() > deadline) throw error;
      }
      await delay(orphansPollMs);
    }
  }

  /** Begins a start, and ends it as in a crash before it is ready (or just then): in recovery, mostly. */
  static async crashStarting(options: PostmasterOptions): Promise<void> {
    const postmaster = Postmaster.#spawn(options);
    await postmaster.#reaches("starting");
    await postmaster.stop("immediate");
  }

  static #spawn({ binaries, folder, settings }: PostmasterOptions): Postmaster {
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    // exec: the shell only opens the log, the child that we hold is postgres itself.
    const script = 'log="$1"; shift; exec "$0" "$@" >>"$log" 2>&1';
    const child = new Deno.Command("sh", {
      ...runAs,
      args: [
        "-c",
        script,
        binaries.postgres,
        `${folder}/log`,
        "-D",
        `${folder}/data`,
        ...flags,
      ],
      cwd: "/",
      clearEnv: true,
      env: binaries.env,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    return new Postmaster(child, folder);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Resolves when the postmaster has ended, also where it ended on its own before. */
  async stop(mode: StopMode): Promise<void> {
    const deadline = AbortSignal.timeout(stopTimeoutMs);
    const forced = () => this.#kill("SIGKILL");
    deadline.addEventListener("abort", forced);
    this.#kill(signalOf[mode]);
    await this.#child.status;
    deadline.removeEventListener("abort", forced);
    if (deadline.aborted) throw new Error(`postgres did not stop in ${stopTimeoutMs} ms`);
  }

  async #reaches(state: "starting" | "ready"): Promise<void> {
    this.#child.status.then(() => this.#hasEnded = true);
    const deadline = performance.now() + startTimeoutMs;
    while (!states[state].includes(await this.#readState())) {
      const isLate = performance.now() > deadline;
      if (isLate) await this.stop("immediate");
      if (isLate || this.#hasEnded) {
        const log = await readTail(`${this.#folder}/log`, 20);
        throw new Error(`postgres ${isLate ? "is not ready in time" : "did not start"}:\n${log}`);
      }
      await delay(pollMs);
    }
  }

  /** postmaster.pid: line 1 is the pid, line 8 the state; what pg_ctl looks at. */
  async #readState(): Promise<string> {
    const text = await Deno.readTextFile(`${this.#folder}/data/postmaster.pid`).catch(() => "");
    const lines = text.split("\n");
    return Number(lines[0]) === this.pid ? lines[7]?.trim() ?? "" : "";
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended already, which is what was wanted.
    }
  }
}

/** The last lines of a log; empty where there is none yet. */
export async function readTail(path: string, lines: number): Promise<string> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}
