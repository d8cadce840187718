/**
 * Tells a target which databases this one's rows may have been through, also before any row went that way:
 * a load has to know whether the two are in one ring.
 */
import type { Connection } from "../postgres/mod.ts";
import { readUpstreams } from "../state/mod.ts";

export class UpstreamTeller {
  readonly #intervalMs: number;
  #lookedAt = 0;
  #told = "";

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Makes the next look tell all of them. */
  forget(): void {
    this.#lookedAt = 0;
    this.#told = "";
  }

  /** Epochs, where they are others than those told; looked at every interval. */
  async news(connection: Connection): Promise<string[]> {
    if (Date.now() - this.#lookedAt < this.#intervalMs) return [];
    const upstreams = await readUpstreams(connection);
    this.#lookedAt = Date.now();
    return upstreams.join() === this.#told ? [] : upstreams;
  }

  /** To be called when a batch with the news has been acknowledged. */
  told(upstreams: readonly string[]): void {
    if (upstreams.length > 0) this.#told = upstreams.join();
  }
}
