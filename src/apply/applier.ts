/**
 * The target's side: takes streams of frames and commands, runs each in one transaction, and says in
 * a Refusal who has to do what when it cannot. Knows nothing of HTTP.
 */
import {
  type Acknowledgement,
  type Command,
  type CommandResult,
  type Frame,
  type MessageOf,
  Refusal,
  type StoredPosition,
} from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import {
  addEnumLabels,
  type IndexBuild,
  listRefused,
  type SchemaObject,
  type SchemaPolicy,
} from "../schema/mod.ts";
import { type AppliedBatch, BatchTransaction } from "./batch_transaction.ts";
import { applyChunk } from "./chunk_transaction.ts";
import { ForeignKeySteps } from "./foreign_key_steps.ts";
import { FrameReader } from "./frame_reader.ts";
import { type BuildProgress, LoadEnds } from "./load_end.ts";
import { runCommand } from "./load_steps.ts";
import type { Progress } from "./refusal.ts";
import { completeBuild, type RetryOutcome, retryPlace } from "./schema_retry.ts";
import { SessionPool } from "./session.ts";
import { dropStrayShadows } from "./shadow.ts";
import { readStoredPosition } from "./stored_position.ts";
import { inTransaction } from "./transaction.ts";

const maxChunks = 16;
const maxCommands = 8;
const maxReaders = 4;
const strayLockMs = 500;
/** The next batch of a backlog comes before this one has ended, and waits; so may a retry of the schema. */
const batchLimit = { limit: 1, waiting: 2 };

export class Applier {
  readonly #sessions: SessionPool;
  readonly #buildSessions: SessionPool;
  readonly #loadEnds: LoadEnds;
  readonly #foreignKeys: ForeignKeySteps;
  readonly #buildWorkers: number;
  readonly #epoch: string;
  readonly #hasTargets: boolean;
  readonly #policy: SchemaPolicy;
  /** Raised with every command: it may have changed a table that a session knows the shape of. */
  #schemaChanges = 0;
  readonly #onBatch: (begin: MessageOf<"begin">, applied: AppliedBatch) => void;
  readonly #onHazard: (place: { source: string; target: string }, hazard: string) => void;

  /**
   * @param options.open a new session on the target's database.
   * @param options.builds how indexes are built at the ends of loads: in sessions that nobody else has, so that
   *   those that a killed instance leaves behind can be told from others.
   * @param options.epoch of the target's own database.
   * @param options.hasTargets whether that database is a source too.
   * @param options.policy what is done about the schemas of sources.
   * @param options.onBatch told of each committed batch.
   * @param options.onHazard told of drops of data and rewrites that a committed command brought.
   */
  constructor(options: {
    open: () => Promise<Connection>;
    builds: {
      open: () => Promise<Connection>;
      /** Builds at a time. */
      workers: number;
      /** See LoadEndsOptions; for tests. */
      separateFromBytes?: number | undefined;
    };
    epoch: string;
    hasTargets: boolean;
    policy: SchemaPolicy;
    onBatch: (begin: MessageOf<"begin">, applied: AppliedBatch) => void;
    onHazard: (place: { source: string; target: string }, hazard: string) => void;
  }) {
    const { open, ...builds } = options.builds;
    this.#sessions = new SessionPool(options.open);
    this.#buildSessions = new SessionPool(open);
    this.#loadEnds = new LoadEnds({ ...builds, sessions: this.#buildSessions });
    this.#foreignKeys = new ForeignKeySteps({ ...builds, sessions: this.#buildSessions });
    this.#buildWorkers = builds.workers;
    this.#epoch = options.epoch;
    this.#hasTargets = options.hasTargets;
    this.#policy = options.policy;
    this.#onBatch = options.onBatch;
    this.#onHazard = options.onHazard;
  }

  readPosition(source: string, target: string): Promise<StoredPosition> {
    return this.#sessions.use(
      "read",
      { limit: maxReaders },
      ({ connection }) => readStoredPosition(connection, { source, target, epoch: this.#epoch }),
    );
  }

  /** @throws Refusal; TeleportError `peer_protocol` or `row_count_mismatch`. Nothing is stored then. */
  async applyBatch(frames: AsyncIterable<Frame>): Promise<Acknowledgement> {
    const reader = new FrameReader(frames);
    const begin = await reader.expect("begin");
    const isCatchUp = begin.load !== null;
    const name = isCatchUp ? `catch-up ${begin.source} ${begin.target}` : batchName(begin);
    const limit = isCatchUp ? { limit: maxChunks } : batchLimit;
    const applied = await this.#sessions.use(name, limit, async (session) => {
      if (session.shapesOf !== this.#schemaChanges) {
        session.shapes.clear();
        session.mayRefresh = true;
      }
      session.shapesOf = this.#schemaChanges;
      const batch = new BatchTransaction({
        session,
        reader,
        begin,
        hasTargets: this.#hasTargets,
        policy: this.#policy,
        buildWorkers: this.#buildWorkers,
        addEnumLabels: (objects) => this.#addEnumLabels(begin, objects),
      });
      const { progress, settings } = batch;
      return await inTransaction(session, progress, () => batch.run(this.#epoch), settings);
    });
    this.#onBatch(begin, applied);
    return applied;
  }

  /** @throws as `applyBatch` does. */
  applyChunk(frames: AsyncIterable<Frame>): Promise<{ rows: number }> {
    return this.#sessions.use("chunk", { limit: maxChunks }, (session) => {
      const progress: Progress = { current: undefined, touched: [] };
      const reader = new FrameReader(frames);
      return inTransaction(session, progress, () => applyChunk(session, { reader, progress }));
    });
  }

  async runCommand(command: Command): Promise<CommandResult> {
    this.#schemaChanges += 1;
    if (command.kind === "buildIndexes") return await this.#loadEnds.run(command);
    if (command.kind === "buildForeignKeys") return await this.#foreignKeys.run(command);
    if (command.kind === "prepareLoad" || command.kind === "abandonLoad") {
      await this.#loadEnds.giveWay(command);
    }
    const current = "table" in command ? command.table : undefined;
    const hazards: string[] = [];
    const policy = { ...this.#policy, onHazard: (hazard: string) => void hazards.push(hazard) };
    const result = await this.#sessions.use(
      "command",
      { limit: maxCommands },
      (session) =>
        inTransaction(
          session,
          { current, touched: [] },
          () => runCommand(session.connection, command, policy),
        ),
    );
    for (const hazard of hazards) this.#onHazard(command, hazard);
    return result;
  }

  /** How often commands or refused parts of a schema may have changed this database so far. */
  get schemaChanges(): number {
    return this.#schemaChanges;
  }

  /** Tries again what this database refused of its sources' schemas. */
  async retrySchemas(onHazard: (hazard: string) => void): Promise<RetryOutcome> {
    const policy = { ...this.#policy, onHazard };
    const places = await this.#sessions.use(
      "command",
      { limit: maxCommands },
      ({ connection }) => listRefused(connection, policy),
    );
    const outcome = { done: 0, refused: 0 };
    for (const place of places) {
      const { done, refused } = await this.#retryPlace(place, policy);
      outcome.done += done;
      outcome.refused += refused;
    }
    if (outcome.done > 0) this.#schemaChanges += 1;
    return outcome;
  }

  /**
   * Goes on with what waits for an index that is built beside the batches.
   * @param options.isBuilt whether it is built under another name, and gets its own now.
   * @param options.onHazard see SchemaPolicy.
   * @returns whether it is there now.
   * @throws DatabaseError; Refusal `transient` where batches are at work.
   */
  async completeBuild(
    build: IndexBuild,
    { isBuilt, onHazard }: { isBuilt: boolean; onHazard: (hazard: string) => void },
  ): Promise<boolean> {
    const { source, target } = build;
    const isThere = await this.#sessions.use(
      batchName(build),
      batchLimit,
      (session) =>
        completeBuild(session, { source, target }, {
          policy: { ...this.#policy, onHazard },
          build: isBuilt ? build : undefined,
        }),
    );
    this.forgetShapes();
    return isThere;
  }

  /** Drops what loads that came to no end have left. @returns how many tables. */
  dropStrayShadows(): Promise<number> {
    return this.#sessions.use("read", { limit: maxReaders }, async ({ connection }) => {
      const limit = connection.lockWaitLimit(strayLockMs);
      return await connection.transaction(
        "read committed",
        () => dropStrayShadows(connection),
        limit,
      );
    });
  }

  /** Something else than a batch or a command changed tables. */
  forgetShapes(): void {
    this.#schemaChanges += 1;
  }

  async #retryPlace(
    place: { source: string; target: string },
    policy: SchemaPolicy,
  ): Promise<RetryOutcome> {
    const hasTargets = this.#hasTargets;
    try {
      return await this.#sessions.use(
        batchName(place),
        batchLimit,
        (session) => retryPlace(session, place, { policy, hasTargets }),
      );
    } catch (error) {
      const isTransient = error instanceof Refusal
        ? error.problem.failure === "transient"
        : error instanceof DatabaseError && error.failureClass === "transient";
      // A batch is at work, or somebody holds a lock; the next turn comes.
      if (!isTransient) throw error;
      return { done: 0, refused: 1 };
    }
  }

  /** Of the loads whose indexes are being built. */
  get builds(): BuildProgress[] {
    return this.#loadEnds.progress;
  }

  async close(): Promise<void> {
    await this.#loadEnds.stop();
    await this.#sessions.close();
    await this.#buildSessions.close();
  }

  async #addEnumLabels(begin: MessageOf<"begin">, objects: SchemaObject[]): Promise<void> {
    const { source, target } = begin;
    await this.#sessions.use(
      "command",
      { limit: maxCommands },
      ({ connection }) => addEnumLabels(connection, { source, target, after: { objects } }),
    );
  }
}

function batchName({ source, target }: { source: string; target: string }): string {
  return `batch ${source} ${target}`;
}
