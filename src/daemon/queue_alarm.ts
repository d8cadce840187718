/** Says so when the queue cannot be freed: it grows until somebody acts. */
import type { VacuumReport } from "../capture/mod.ts";
import type { Log } from "./log.ts";

/** A slot that stays so long although it is worth freeing is pinned by something unusual. */
const pinnedMs = 5 * 60_000;
const alarmBytes = 1024 * 1024 * 1024;
const repeatMs = 10 * 60_000;

const hints = {
  locked: "Look for a long or prepared transaction (pg_stat_activity, pg_prepared_xacts).",
  unconfirmed: "Look at the targets' lag, held tables and loads in GET /status.",
} as const;

export class QueueAlarm {
  readonly #log: Log;
  #toldAt: number | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  check({ slots, bytes, isStuck }: VacuumReport): void {
    const pinned = slots.flatMap(({ pinned }) => pinned ?? [])
      .find(({ sinceMs }) => sinceMs > pinnedMs);
    const isAlarming = pinned !== undefined || bytes > alarmBytes;
    if (!isAlarming) {
      if (this.#toldAt !== undefined) this.#log.info("The event queue is freed again", { bytes });
      this.#toldAt = undefined;
      return;
    }
    if (this.#toldAt !== undefined && Date.now() - this.#toldAt < repeatMs) return;
    this.#toldAt = Date.now();
    this.#log.warn("The event queue cannot be freed and grows", {
      bytes,
      isStuck,
      hint: hints[pinned?.reason ?? "unconfirmed"],
    });
  }
}
