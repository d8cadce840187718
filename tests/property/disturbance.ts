/** Ends teleport's own sessions, one at a time, at random moments of a batch. */
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { Connection } from "../../src/postgres/mod.ts";
import type { Random } from "../pair/mod.ts";

/**
 * By the ends of their names, those that take part in a batch more often. Not the ones that hold the
 * instance lock: an instance that lost it takes its time to come back.
 */
const victims = {
  source: ["% batch %", "% batch %", "% control %", "% vacuum"],
  target: ["% apply", "% apply", "% read"],
} as const;

const endOne = `
  select pg_catalog.pg_terminate_backend(pid) as ended from pg_catalog.pg_stat_activity
  where datname = pg_catalog.current_database() and application_name like 'teleport' || $1
  order by state = 'idle', pg_catalog.random() limit 1`;

/** So seldom that batches come through, and no failure's delay grows long. */
const probability = 0.5;
const longestDelayMs = 250;

export class Disturbance {
  readonly #sessions: Record<keyof typeof victims, Connection>;
  readonly #random: Random;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;
  #ended = 0;

  /** @param sessions that may end others. */
  constructor(sessions: Record<keyof typeof victims, Connection>, random: Random) {
    this.#sessions = sessions;
    this.#random = random;
  }

  /** Sessions ended so far. */
  get ended(): number {
    return this.#ended;
  }

  /** To be called when a batch begins to be sent; returns at once. */
  onBatch(): void {
    if (this.#isStopped || !this.#random.chance(probability)) return;
    const delayMs = this.#random.int(0, longestDelayMs);
    this.#running = this.#running.then(() => pause(delayMs)).then(() => this.#end());
    // Thrown by stop().
    this.#running.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #end(): Promise<void> {
    const side = this.#random.pick(["source", "target"] as const);
    const rows = await this.#sessions[side].rows(z.object({ ended: z.boolean() }), endOne, [
      this.#random.pick(victims[side]),
    ]);
    this.#ended += rows.length;
  }
}
