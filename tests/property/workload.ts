/** Concurrent writers on the source, until stopped. */
import { actionsOf } from "./actions/mod.ts";
import type { Random } from "./random.ts";
import { Tally } from "./tally.ts";
import { Trace } from "./trace.ts";
import { Writer } from "./writer.ts";

export interface WorkloadOptions {
  /** Of the source, as the application. */
  url: string;
  major: number;
  random: Random;
  writers: number;
  /** How often writers truncate, in relation to the usual. */
  truncations: number;
}

export class Workload {
  readonly tally = new Tally();
  readonly trace = new Trace();
  readonly #stopping = new AbortController();
  readonly #writers: Promise<void>[];
  readonly #major: number;
  #failure: { error: unknown } | undefined;

  constructor({ url, major, random, writers, truncations }: WorkloadOptions) {
    this.#major = major;
    this.#writers = Array.from({ length: writers }, (_, number) =>
      Writer.run({
        url,
        major,
        number,
        random: random.fork(number),
        truncations,
        tally: this.tally,
        trace: this.trace,
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
  missingKinds(): string[] {
    const { writes, truncations } = actionsOf(this.#major);
    return this.tally.missing([...writes, ...truncations].map(({ kind }) => kind));
  }

  /** Resolves when every writer's last transaction has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#writers);
    this.assertRunning();
  }
}
