/** Ends teleport's own sessions on both sides, one after the other, at random moments. */
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { Connection } from "../../src/postgres/mod.ts";
import type { Random } from "./random.ts";

/** The sessions that take part in a batch are ended more often than the others. */
const ended = ["% batch %", "% apply", "% apply", "% control %", "% %"];

const endOne = `
  select pg_catalog.pg_terminate_backend(pid) as ended from pg_catalog.pg_stat_activity
  where datname = pg_catalog.current_database() and application_name like $1
    and application_name like 'teleport%' and application_name not like '% test'
  order by application_name, pid limit 1`;

export class Disturbance {
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #failure: { error: unknown } | undefined;
  #ended = 0;

  /** @param sides sessions that may end others on each side. */
  constructor(sides: readonly Connection[], random: Random) {
    this.#running = this.#disturb(sides, random).catch((error: unknown) => {
      this.#failure = { error };
    });
  }

  /** Sessions ended so far. */
  get ended(): number {
    return this.#ended;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #disturb(sides: readonly Connection[], random: Random): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await pause(random.int(50, 700));
      const rows = await random.pick(sides).rows(z.object({ ended: z.boolean() }), endOne, [
        random.pick(ended),
      ]);
      this.#ended += rows.length;
    }
  }
}
