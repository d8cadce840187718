/**
 * Keeps a loop going: what it throws is logged here, once, and it is started again after a growing
 * delay. The same failure again is logged at most every 30 s, so that an outage is one line, not many.
 */
import { messageOf, TeleportError } from "../model/mod.ts";
import { Backoff, sleep } from "./backoff.ts";
import type { Log } from "./log.ts";

const repeatMs = 30_000;

export interface Supervision {
  log: Log;
  signal: AbortSignal;
  baseDelayMs: number;
  /** Told of each failure, and of `undefined` when the loop works again. */
  onFailure?: (error: unknown) => void;
}

/**
 * Calls `step` until the signal fires. `step` returns the milliseconds to wait before the next call.
 * An abort of the signal ends it without a word; errors with code `bug` are thrown.
 */
export async function supervise(
  name: string,
  step: () => Promise<number>,
  { log, signal, baseDelayMs, onFailure }: Supervision,
): Promise<void> {
  const backoff = new Backoff(baseDelayMs);
  let last: { message: string; at: number } | undefined;
  while (!signal.aborted) {
    let delayMs: number;
    try {
      delayMs = await step();
      backoff.reset();
      if (last !== undefined) {
        log.info(`${name} works again`);
        onFailure?.(undefined);
        last = undefined;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof TeleportError) || error.code === "bug") throw error;
      delayMs = backoff.next();
      onFailure?.(error);
      const message = messageOf(error);
      if (last?.message !== message || Date.now() - last.at > repeatMs) {
        log.error(`${name} failed`, { error, retryInMs: Math.round(delayMs) });
        last = { message, at: Date.now() };
      }
    }
    if (delayMs > 0) await sleep(delayMs, signal);
  }
}
