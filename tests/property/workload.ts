/** Concurrent writers on the source, until stopped. */
import { actionsOf, type Majors } from "./actions/mod.ts";
import type { Random } from "../pair/mod.ts";
import { Pace } from "./pace.ts";
import { Tally } from "./tally.ts";
import { Trace } from "./trace.ts";
import { Writer } from "./writer.ts";

export interface WorkloadOptions {
  /** Of the source, as the application. */
  url: string;
  majors: Majors;
  /** Whether the source can take a prepared transaction of each writer. */
  canPrepare: boolean;
  random: Random;
  writers: number;
  /** How often writers truncate, in relation to the usual. */
  truncations: number;
}

export class Workload {
  readonly tally = new Tally();
  readonly trace = new Trace();
  readonly pace = new Pace();
  readonly #stopping = new AbortController();
  readonly #writers: Promise<void>[];
  readonly #majors: Majors;
  #failure: { error: unknown } | undefined;

  constructor({ majors, random, writers, ...rest }: WorkloadOptions) {
    this.#majors = majors;
    this.#writers = Array.from({ length: writers }, (_, number) =>
      Writer.run({
        ...rest,
        majors,
        number,
        random: random.fork(number),
        tally: this.tally,
        trace: this.trace,
        pace: this.pace,
        signal: this.#stopping.signal,
      }).catch((error: unknown) => {
        this.#failure ??= { error };
      }));
  }

  /** @throws what ended a writer. */
  assertRunning(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Kinds of action that have not committed yet. */
  missingKinds(of: "writes" | "truncations"): string[] {
    return this.tally.missing(actionsOf(this.#majors)[of].map(({ kind }) => kind));
  }

  /** Resolves when every writer's last transaction has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#writers);
    this.assertRunning();
  }
}
