/**
 * When the target tries again what it refused of a schema: soon at first, then once a minute, and after every
 * command: a load that has ended may have been in the way.
 */
import type { Applier } from "../apply/mod.ts";
import type { Log } from "./log.ts";

const longestMs = 60_000;

/** Between two looks. */
const quietMs = 1000;

export class SchemaRetrier {
  readonly #options: { applier: Applier; log: Log; baseMs: number };
  #refused = 0;
  #attempts = 0;
  #schemaChanges = -1;
  #dueAt = 0;

  constructor(options: { applier: Applier; log: Log; baseMs: number }) {
    this.#options = options;
  }

  /** @returns milliseconds until the next. */
  async step(): Promise<number> {
    const { applier, log, baseMs } = this.#options;
    const lookMs = Math.max(quietMs, baseMs);
    const hasChanged = applier.schemaChanges !== this.#schemaChanges;
    if (!hasChanged && performance.now() < this.#dueAt) return lookMs;
    const { done, refused } = await applier.retrySchemas((hazard) => tellHazard(log, hazard));
    this.#schemaChanges = applier.schemaChanges;
    if (done > 0) log.info("Refused parts of the schema are there now", { done, refused });
    if (hasChanged || refused !== this.#refused) this.#attempts = 0;
    this.#refused = refused;
    if (refused === 0) return lookMs;
    this.#attempts = Math.min(this.#attempts + 1, 20);
    const waitMs = Math.min(baseMs * 2 ** this.#attempts, longestMs);
    this.#dueAt = performance.now() + waitMs;
    return Math.min(waitMs, lookMs);
  }
}

/** A drop with rows or values, or a rewrite. */
export function tellHazard(log: Log, hazard: string): void {
  log.warn("The source's schema changed in a way that cannot be undone here", { hazard });
}
