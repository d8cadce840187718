/**
 * The workers of one target, over all of its tables: how many chunks are on their way at a time.
 *
 * Whose chunk is next: the largest table's, so that its indexes are built while others are still copied;
 * but one worker's turn in each round is the smallest table's, so that small ones follow soon however long the
 * large ones take. A table that is alone has all workers.
 */
import type { Connection } from "../postgres/mod.ts";
import type { SessionPool } from "./session_pool.ts";

/** What one table has to send. */
export interface ChunkQueue {
  /** What is left of it when it comes to the pool. */
  bytes: number;
  /** The next chunk, as work for a session; undefined when there are no more. Not called again before it is done. */
  next(): Promise<((session: Connection) => Promise<void>) | undefined>;
}

export class WorkerPool {
  readonly #sessions: SessionPool;
  readonly #workers: number;
  readonly #tables = new Set<PooledTable>();
  #busy = 0;
  #turn = 0;

  constructor({ sessions, workers }: { sessions: SessionPool; workers: number }) {
    this.#sessions = sessions;
    this.#workers = workers;
  }

  /** Resolves when all of the queue's chunks have been sent; rejects with the first failure, when none is on its way. */
  async run(queue: ChunkQueue): Promise<void> {
    const table = new PooledTable(queue);
    this.#tables.add(table);
    this.#dispatch();
    await table.finished;
  }

  #dispatch(): void {
    while (this.#busy < this.#workers) {
      const table = this.#pick();
      if (table === undefined) return;
      this.#busy += 1;
      table.send(this.#sessions).finally(() => {
        this.#busy -= 1;
        if (table.isOver) this.#tables.delete(table);
        this.#dispatch();
      });
    }
  }

  #pick(): PooledTable | undefined {
    const waiting = [...this.#tables].filter(({ hasMore }) => hasMore);
    if (waiting.length === 0) return undefined;
    const isSmallTurn = this.#turn % Math.max(2, this.#workers) === 0;
    this.#turn += 1;
    return waiting.reduce((best, table) =>
      isSmallTurn === (table.bytes < best.bytes) ? table : best
    );
  }
}

class PooledTable {
  readonly bytes: number;
  readonly #queue: ChunkQueue;
  readonly #over = Promise.withResolvers<void>();
  #taking: Promise<unknown> = Promise.resolve();
  #inFlight = 0;
  #isExhausted = false;
  #failure: { error: unknown } | undefined;

  constructor(queue: ChunkQueue) {
    this.#queue = queue;
    this.bytes = queue.bytes;
  }

  get finished(): Promise<void> {
    return this.#over.promise;
  }

  get hasMore(): boolean {
    return !this.#isExhausted;
  }

  get isOver(): boolean {
    return this.#isExhausted && this.#inFlight === 0;
  }

  /** Sends one chunk, if there is one. Never rejects. */
  async send(sessions: SessionPool): Promise<void> {
    this.#inFlight += 1;
    try {
      const work = await this.#take();
      if (work === undefined) this.#isExhausted = true;
      else await sessions.use(work);
    } catch (error) {
      this.#failure ??= { error };
      this.#isExhausted = true;
    }
    this.#inFlight -= 1;
    if (!this.isOver) return;
    if (this.#failure === undefined) this.#over.resolve();
    else this.#over.reject(this.#failure.error);
  }

  /** One after another: the queue reads ahead. */
  async #take(): Promise<((session: Connection) => Promise<void>) | undefined> {
    const before = this.#taking;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#taking = promise;
    await before;
    try {
      return this.#isExhausted ? undefined : await this.#queue.next();
    } finally {
      resolve();
    }
  }
}
