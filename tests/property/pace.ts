/**
 * Keeps writers from running ahead of the batches: on a busy machine a batch would have ever more to carry and
 * to compare, and the test would not come to its end.
 */
import { setTimeout as pause } from "node:timers/promises";

/** Of all writers together, between two batches. */
const transactionsPerBatch = 30;
const pollMs = 10;
/** What was rolled back brings no batch. */
const longestMs = 2000;

export class Pace {
  #left = transactionsPerBatch;

  /** To be called when a batch has been opened. */
  onBatch(): void {
    this.#left = transactionsPerBatch;
  }

  /** Resolves when one more transaction may begin. */
  async turn(signal: AbortSignal): Promise<void> {
    const deadline = Date.now() + longestMs;
    while (this.#left <= 0 && Date.now() < deadline && !signal.aborted) await pause(pollMs);
    this.#left -= 1;
  }
}
