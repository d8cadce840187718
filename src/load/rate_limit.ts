/** So many bytes a second, of everybody who asks together. */
import type { Frame } from "../model/mod.ts";

/** What was not used is kept for so long: a chunk's first block need not wait for the second before. */
const burstMs = 100;
/** Longest timer: a wait of weeks takes several. */
const longestMs = 60_000;

export class RateLimit {
  readonly #bytesPerMs: number;
  /** When all that was let through so far is paid for, on the clock of `performance.now`. */
  #freeAt = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
  }

  /** Passes frames on, in time: whoever reads them sees a slow source. */
  async *over(
    frames: AsyncIterable<Frame>,
    signal: AbortSignal,
  ): AsyncGenerator<Frame, void, void> {
    for await (const frame of frames) {
      if (frame.kind === "data") await this.#take(frame.bytes.length, signal);
      yield frame;
    }
  }

  /** A block larger than a second's worth is let through in one, and paid for by those after it. */
  async #take(bytes: number, signal: AbortSignal): Promise<void> {
    const at = Math.max(this.#freeAt, performance.now() - burstMs);
    this.#freeAt = at + bytes / this.#bytesPerMs;
    for (let left = at - performance.now(); left > 0; left = at - performance.now()) {
      await sleep(Math.min(left, longestMs), signal);
    }
    signal.throwIfAborted();
  }
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const onAbort = () => resolve();
  signal.addEventListener("abort", onAbort);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
