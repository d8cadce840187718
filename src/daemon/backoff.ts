/** Waiting: growing delays with full jitter, and sleeps that a signal ends. */

const longestMs = 5_000;

export class Backoff {
  readonly #baseMs: number;
  #failures = 0;

  constructor(baseMs: number) {
    this.#baseMs = baseMs;
  }

  /** The next delay: between half and all of base × 2^failures, 5 s at most. */
  next(): number {
    const limit = Math.min(this.#baseMs * 2 ** this.#failures, longestMs);
    this.#failures = Math.min(this.#failures + 1, 20);
    return limit / 2 + Math.random() * limit / 2;
  }

  reset(): void {
    this.#failures = 0;
  }
}

/** Resolves after `ms`, or at once when the signal fires. Never rejects. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
