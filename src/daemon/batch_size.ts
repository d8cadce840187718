/**
 * How many events a batch may have: fewer after one that stood in somebody's way or took long, and more
 * again with each that did not. A single transaction is never cut, however large.
 */

/** A batch that takes longer is followed by smaller ones. */
const longMs = 10_000;

export class BatchSize {
  readonly #most: number;
  readonly #longMs: number;
  #maxEvents: number;

  /** @param most as configured. */
  constructor(most: number, options: { longMs?: number } = {}) {
    this.#most = most;
    this.#longMs = options.longMs ?? longMs;
    this.#maxEvents = most;
  }

  get maxEvents(): number {
    return this.#maxEvents;
  }

  /** The batch was given up, since others waited for its locks. */
  gaveWay(): void {
    this.#maxEvents = Math.max(1, Math.floor(this.#maxEvents / 2));
  }

  /** The batch was acknowledged, so long after it was begun. */
  took(ms: number): void {
    if (ms > this.#longMs) this.gaveWay();
    else this.#maxEvents = Math.min(this.#most, this.#maxEvents * 2);
  }
}
