/** Looks at teleport's sessions on the source all the while: how long their transactions and horizons live. */
import { setTimeout as pause } from "node:timers/promises";
import type { Observer } from "../../replication/crash/observer.ts";

const pollMs = 20;

interface Longest {
  ms: number;
  what: string;
}

export class SessionWatch {
  readonly #observer: Observer;
  readonly #role: string;
  readonly #heldSince = new Map<string, number>();
  #oldest: Longest = { ms: 0, what: "nothing" };
  #longestHeld: Longest = { ms: 0, what: "nothing" };
  #transactions = new Set<string>();
  #horizons = new Set<string>();

  /** @param role whose sessions are teleport's. */
  constructor(observer: Observer, role: string) {
    this.#observer = observer;
    this.#role = role;
  }

  /** The oldest transaction that was seen. */
  get oldest(): Longest {
    return this.#oldest;
  }

  /** The longest time that a session was seen to hold the same xmin. */
  get longestHeld(): Longest {
    return this.#longestHeld;
  }

  get transactions(): number {
    return this.#transactions.size;
  }

  get horizons(): number {
    return this.#horizons.size;
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      this.#note(
        await this.#observer.look(
          `select pid, application_name || ' ' || state || ' ' || coalesce(wait_event, '-') as application_name, backend_xmin::text as xmin, left(query, 80) as query,
             extract(epoch from xact_start)::text as begun,
             extract(epoch from clock_timestamp() - xact_start) * 1000 as age
           from pg_stat_activity where usename = '${this.#role}' and xact_start is not null`,
        ) ?? [],
      );
      await pause(pollMs);
    }
  }

  #note(rows: readonly Record<string, unknown>[]): void {
    const now = performance.now();
    for (const { pid, application_name, xmin, query, begun, age } of rows) {
      const what = `${application_name}: ${query}`;
      this.#transactions.add(`${pid} ${begun}`);
      if (Number(age) > this.#oldest.ms) this.#oldest = { ms: Number(age), what };
      if (xmin === null) continue;
      this.#horizons.add(String(xmin));
      const key = `${pid} ${xmin}`;
      const since = this.#heldSince.get(key) ?? now;
      this.#heldSince.set(key, since);
      if (now - since > this.#longestHeld.ms) this.#longestHeld = { ms: now - since, what };
    }
  }
}
