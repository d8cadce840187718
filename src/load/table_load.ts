/**
 * The load of one table, from `queued` to `rejoining`: plan, empty the target's table, stream the
 * chunks, catch up, build indexes. Every step can be repeated after a crash (DESIGN §6).
 *
 * Events of the table after its own position are kept all the while; the catch-up applies them.
 */
import {
  assertNames,
  batchFrames,
  openBatch,
  readColumnMarks,
  readColumns,
  type SentColumn,
  VerifiedRelations,
} from "../batch/mod.ts";
import type { CapturedRelation } from "../capture/mod.ts";
import {
  type Acknowledgement,
  type Command,
  type CommandResult,
  existingOf,
  type ExistingRows,
  type Frame,
  type Position,
  type QualifiedName,
  TeleportError,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import {
  beginLoad,
  flushCommits,
  moveTable,
  readTarget,
  readUpstreams,
  recordCopied,
  type TableProgress,
} from "../state/mod.ts";
import { loadOrigin } from "./chunk_frames.ts";
import { ChunkSender } from "./chunk_sender.ts";
import type { ChunkSize } from "./chunk_size.ts";
import { readPlan, storeChunks, type StoredPlan } from "./chunk_store.ts";
import { readLeaves } from "./leaf.ts";
import { planChunks } from "./plan.ts";
import { assertAllHold, assertNotTruncated, PlanOutdated } from "./plan_outdated.ts";
import type { RateLimit } from "./rate_limit.ts";
import type { SessionPool } from "./session_pool.ts";
import type { WorkerPool } from "./worker_pool.ts";

/** How often a table's file may be another than planned on before its chunks are ranges of the key. */
const mostRewrites = 2;

/** What a load needs of the target's instance. */
export interface LoadPeer {
  sendChunk(frames: AsyncIterable<Frame>, signal: AbortSignal): Promise<{ rows: number }>;
  sendBatch(frames: AsyncIterable<Frame>, signal: AbortSignal): Promise<Acknowledgement>;
  runCommand(command: Command, signal: AbortSignal): Promise<CommandResult>;
}

export interface LoadContext {
  /** Sessions on the source. */
  sessions: SessionPool;
  workers: WorkerPool;
  peer: LoadPeer;
  source: string;
  target: string;
  chunkSize: ChunkSize;
  /** Of all loads of the instance; undefined without one. */
  rateLimit: RateLimit | undefined;
  /** `load.existing`. */
  existing: ExistingRows;
  toTargetSchema: (schema: string) => string;
  /** Name, columns and partitions of a relation that the target is known to have, as `readColumnMarks` gives them. */
  columnsThere: (relation: number) => string | undefined;
  /** Resolves when the batch that is on its way, which may still hold the table's rows, has ended. */
  batchEnded: () => Promise<void>;
  signal: AbortSignal;
}

export interface TableLoadOutcome {
  rows: number;
  position: Position;
}

export class TableLoad {
  readonly #context: LoadContext;
  readonly #control: Connection;
  readonly #table: CapturedRelation;
  readonly #name: QualifiedName;
  #load: string | null | undefined;
  #isCopied = false;

  /** @param options.control a session on the source for the load's own records. */
  constructor(options: { context: LoadContext; control: Connection; table: CapturedRelation }) {
    this.#context = options.context;
    this.#control = options.control;
    this.#table = options.table;
    this.#name = {
      schema: options.context.toTargetSchema(options.table.schema),
      name: options.table.name,
    };
  }

  /** Name of the load that was gone on with or begun; undefined before that was recorded. */
  get load(): string | null | undefined {
    return this.#load;
  }

  /** Whether all rows have gone over, so that the load needs no worker any more. */
  get isCopied(): boolean {
    return this.#isCopied;
  }

  /**
   * Runs the load to its end, from wherever `progress` says it is.
   * @throws PlanOutdated when it has to start again; whatever the databases and the peer throw.
   */
  async run(progress: TableProgress): Promise<TableLoadOutcome> {
    this.#load = progress.load;
    const { load, position, plan } = await this.#begin(progress);
    // A batch of before could write older rows over those of the load.
    await this.#context.batchEnded();
    if (!plan.isBegun) await this.#prepare(load, progress);
    const rows = await this.#sendChunks(load, plan);
    this.#isCopied = true;
    const caughtUp = await this.#catchUp({ load, plan, own: position });
    const { target, source } = this.#context;
    const table = this.#name;
    const at = { source, target, load, table, position: caughtUp };
    await recordCopied(this.#control, { target, relation: this.#table.root, load });
    await this.#command({ kind: "buildIndexes", ...at });
    await moveTable(this.#control, {
      target,
      relation: this.#table.root,
      from: { state: "loading", position, load },
      event: "caughtUp",
      position: caughtUp,
      isLoaded: true,
      load: null,
    });
    return { rows, position: caughtUp };
  }

  async #begin(
    progress: TableProgress,
  ): Promise<{ load: string; position: Position; plan: StoredPlan }> {
    const { target, chunkSize } = this.#context;
    const digest = await this.#digestColumns(this.#control);
    if (progress.state === "loading" && progress.load !== null && progress.position !== null) {
      assertSameColumns(progress.load, digest);
      const plan = await readPlan(this.#control, progress.load);
      if (plan !== undefined) return { load: progress.load, position: progress.position, plan };
      throw new PlanOutdated("it was interrupted before it was planned");
    }
    const { relation } = progress;
    const name = `${crypto.randomUUID()}:${digest}`;
    const { load, position } = await beginLoad(this.#control, { target, progress, name });
    this.#load = load;
    const byKey = progress.rewrites >= mostRewrites;
    const chunks = planChunks(this.#control, this.#table, { ...chunkSize, byKey });
    await storeChunks(this.#control, { target, relation, load, chunks });
    // A partitioned table without partitions has none.
    const plan = await readPlan(this.#control, load) ??
      { chunks: 0, isBegun: false, bytes: 0, marks: [], after: position };
    return { load, position, plan };
  }

  /**
   * Digest of the table's name, columns and partitions. Rows of a chunk that was read with others would take
   * defaults on the target, or go to a column or a table whose name another has by now, or to a partition that
   * leaves with them. The load's name ends with it, so that it survives a restart.
   */
  async #digestColumns(connection: Connection): Promise<string> {
    const { root, schema, name } = this.#table;
    await assertNames(connection, [{ schema, name, oid: root }]);
    const marks = (await readColumnMarks(connection, [root])).get(root) ?? "";
    if (marks !== this.#context.columnsThere(root)) {
      throw new PlanOutdated("the target has not got the table's columns and partitions yet");
    }
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(marks));
    return new Uint8Array(digest).toHex().slice(0, 16);
  }

  async #prepare(
    load: string,
    { isOurs, existing: asked }: Pick<TableProgress, "isOurs" | "existing">,
  ): Promise<void> {
    const { source, target, existing: configured } = this.#context;
    const table = { ...this.#name, isOnly: this.#table.readsOnly };
    const origin = loadOrigin(source, await readUpstreams(this.#control));
    const existing = existingOf({ isOurs, asked, configured });
    const columns = (await this.#readColumns()).map(({ name }) => name);
    const key = this.#table.key.map(({ name }) => name);
    const place = { source, target, load, origin, table };
    await this.#command({ kind: "prepareLoad", ...place, existing, columns, key });
  }

  async #readColumns(): Promise<SentColumn[]> {
    const { root } = this.#table;
    return (await readColumns(this.#control, [root])).get(root) ?? [];
  }

  async #sendChunks(load: string, plan: StoredPlan): Promise<number> {
    if (plan.chunks === 0) return 0;
    const root = this.#table.root;
    const sender = new ChunkSender({
      context: this.#context,
      control: this.#control,
      table: this.#table,
      name: this.#name,
      load,
      plan,
      leaves: await readLeaves(this.#control, root),
      columns: await this.#readColumns(),
    });
    await this.#context.workers.run(sender);
    return sender.rows;
  }

  /** Brings the loaded table to one snapshot of the source, and builds its primary key. */
  async #catchUp(load: { load: string; plan: StoredPlan; own: Position }): Promise<Position> {
    return await this.#context.sessions.use((session) => this.#sendCatchUp(session, load));
  }

  async #sendCatchUp(
    connection: Connection,
    { load, plan, own }: { load: string; plan: StoredPlan; own: Position },
  ): Promise<Position> {
    const { source, target, peer, signal, toTargetSchema } = this.#context;
    const batch = await openBatch(connection, {
      target,
      from: own,
      limit: undefined,
      participants: [{ table: this.#table, own }],
      lockRoots: new Set([this.#table.root]),
      recordSent: () => flushCommits(this.#control),
      verified: new VerifiedRelations(),
    });
    const [reload] = batch.reloads;
    if (reload !== undefined) {
      throw new PlanOutdated(reload.reason, { hasUnreadableEvents: true });
    }
    assertSameColumns(load, await this.#digestColumns(connection));
    assertAllHold(plan.marks, await readLeaves(connection, this.#table.root));
    if (batch.changes.some(({ events }) => events.some(({ kind }) => kind === "truncate"))) {
      await assertNotTruncated(connection, { table: this.#table, after: plan.after });
    }
    const acknowledged = await peer.sendBatch(
      batchFrames(connection, batch, {
        source,
        target,
        from: null,
        restarts: false,
        upstreams: [],
        load: { name: load, chunks: plan.chunks },
        emptyTables: [],
        peerEpoch: (await readTarget(this.#control, target))?.peerEpoch ?? "",
        schema: undefined,
        sequences: [],
        toTargetSchema,
      }),
      signal,
    );
    return acknowledged.position;
  }

  async #command(command: Command): Promise<void> {
    const { refused } = await this.#context.peer.runCommand(command, this.#context.signal);
    const [first] = refused;
    if (first === undefined) return;
    throw new TeleportError("peer_refused", `${first.object}: ${first.error}`, {
      hint: "Mend this on the target; the load goes on by itself.",
    });
  }
}

function assertSameColumns(load: string, digest: string): void {
  if (!load.endsWith(`:${digest}`)) {
    throw new PlanOutdated("its name, its columns or its partitions changed");
  }
}
