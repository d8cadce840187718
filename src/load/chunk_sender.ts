/** The chunks of one load that are left, as work for the target's workers. */
import type { SentColumn } from "../batch/mod.ts";
import type { CapturedRelation } from "../capture/mod.ts";
import type { Frame, QualifiedName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { chunkFrames } from "./chunk_frames.ts";
import { listWaiting, markDone, type StoredChunk, type StoredPlan } from "./chunk_store.ts";
import type { Leaf } from "./leaf.ts";
import { PlanOutdated } from "./plan_outdated.ts";
import type { LoadContext } from "./table_load.ts";
import type { ChunkQueue } from "./worker_pool.ts";

const readAhead = 100;

export interface ChunkSenderOptions {
  context: LoadContext;
  control: Connection;
  table: CapturedRelation;
  /** The table under the name that the target has for it. */
  name: QualifiedName;
  load: string;
  plan: StoredPlan;
  leaves: readonly Leaf[];
  columns: readonly SentColumn[];
}

export class ChunkSender implements ChunkQueue {
  readonly bytes: number;
  readonly #options: ChunkSenderOptions;
  readonly #leaves: ReadonlyMap<number, Leaf>;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #ahead: StoredChunk[] = [];
  #last = -1;
  #rows = 0;

  constructor(options: ChunkSenderOptions) {
    this.#options = options;
    this.bytes = options.plan.bytes;
    this.#leaves = new Map(options.leaves.map((leaf) => [leaf.leaf, leaf]));
    this.#signal = AbortSignal.any([this.#stop.signal, options.context.signal]);
  }

  /** Rows that were stored. */
  get rows(): number {
    return this.#rows;
  }

  async next(): Promise<((session: Connection) => Promise<void>) | undefined> {
    this.#signal.throwIfAborted();
    if (this.#ahead.length === 0) {
      const { control, load } = this.#options;
      this.#ahead = await listWaiting(control, { load, after: this.#last, limit: readAhead });
      this.#last = this.#ahead.at(-1)?.number ?? this.#last;
    }
    const chunk = this.#ahead.shift();
    return chunk && ((session) => this.#send(session, chunk));
  }

  async #send(session: Connection, chunk: StoredChunk): Promise<void> {
    try {
      this.#signal.throwIfAborted();
      // Others add theirs meanwhile.
      const rows = await this.#sendChunk(session, chunk);
      this.#rows += rows;
    } catch (error) {
      // The first failure is what the others end of, and what the load is told.
      const reason = this.#stop.signal.aborted ? this.#stop.signal.reason : error;
      this.#stop.abort(error);
      throw reason;
    }
  }

  async #sendChunk(session: Connection, chunk: StoredChunk): Promise<number> {
    const { context, control, table, name, load, columns } = this.#options;
    const { source, peer, rateLimit } = context;
    const leaf = this.#leaves.get(chunk.leaf);
    if (leaf === undefined) throw new PlanOutdated("one of its partitions has gone");
    const key = table.key.map((column) => column.name);
    let isRead = false;
    const read = async function* (): AsyncGenerator<Frame, void, void> {
      yield* chunkFrames(session, {
        control,
        source,
        load,
        table: name,
        columns,
        key,
        chunk,
        leaf,
      });
      isRead = true;
    };
    const frames = rateLimit === undefined ? read() : rateLimit.over(read(), this.#signal);
    const { rows } = await peer.sendChunk(frames, this.#signal);
    // An answer that came before the chunk's end leaves the session in the middle of it.
    if (!isRead) session.destroy();
    await markDone(control, { load, number: chunk.number, rows });
    return rows;
  }
}
