/** When the target tries again what it refused of a schema: soon at first, then once a minute. */
import type { Applier } from "../apply/mod.ts";
import type { Log } from "./log.ts";

const longestMs = 60_000;

/** Between two looks while nothing is refused. */
const quietMs = 1000;

export class SchemaRetrier {
  readonly #options: { applier: Applier; log: Log; baseMs: number };
  #refused = 0;
  #attempts = 0;

  constructor(options: { applier: Applier; log: Log; baseMs: number }) {
    this.#options = options;
  }

  /** @returns milliseconds until the next. */
  async step(): Promise<number> {
    const { applier, log, baseMs } = this.#options;
    const { done, refused } = await applier.retrySchemas((hazard) => tellHazard(log, hazard));
    if (done > 0) log.info("Refused parts of the schema are there now", { done, refused });
    if (refused !== this.#refused) this.#attempts = 0;
    this.#refused = refused;
    if (refused === 0) return Math.max(quietMs, baseMs);
    this.#attempts = Math.min(this.#attempts + 1, 20);
    return Math.min(baseMs * 2 ** this.#attempts, longestMs);
  }
}

/** A drop with rows or values, or a rewrite. */
export function tellHazard(log: Log, hazard: string): void {
  log.warn("The source's schema changed in a way that cannot be undone here", { hazard });
}
