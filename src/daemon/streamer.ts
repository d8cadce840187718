/**
 * Follows one target: looks for events, sends a batch, records what the target acknowledged.
 *
 * The HTTP answer is the acknowledgement. Where it was lost, the next handshake tells which of the
 * positions in the ledger the target holds. While a backlog is worked off the next batch is on its way
 * before this one is acknowledged: the source reads while the target merges. The target takes it only
 * where it has taken this one, since it compares positions.
 */
import type { OpenBatch } from "../batch/mod.ts";
import {
  type Acknowledgement,
  displayName,
  type ExistingRows,
  originPosition,
  type Position,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { addTables, confirmPosition, forgetOlderPositions, moveTable } from "../state/mod.ts";
import { BatchPreparer } from "./batch_preparer.ts";
import { BatchRecovery } from "./batch_recovery.ts";
import { BatchSize } from "./batch_size.ts";
import type { CaptureKeeper } from "./capture_keeper.ts";
import { listEmpty, tellPartial, withoutForeignRows } from "./first_contact.ts";
import { type Flight, launch } from "./flight.ts";
import { ForeignKeyBuilder } from "./foreign_keys.ts";
import { shakeHands } from "./handshake.ts";
import type { Log } from "./log.ts";
import { reloadLost } from "./lost_tables.ts";
import { hasOwnWindow, mayBeFollowed, type PreparedBatch } from "./prepared_batch.ts";
import { tellSchema } from "./schema_news.ts";
import { SchemaSender } from "./schema_sender.ts";
import type { TrackedTable } from "./table_registry.ts";
import type { TargetLink } from "./target_link.ts";
import { UpstreamTeller } from "./upstream_teller.ts";

/** `behind`: the batch was cut, more is waiting. */
export type StepOutcome = "sent" | "behind" | "idle";

export interface StreamerOptions {
  link: TargetLink;
  epoch: string;
  /** `load.existing`. */
  existing: ExistingRows;
  keeper: CaptureKeeper;
  log: Log;
  maxEventsPerBatch: number;
  sequenceIntervalMs: number;
  holdDelayMs: number;
  signal: AbortSignal;
  /** Called in the batch's own snapshot before it ends: tests digest the source here. */
  onBatch?: ((batch: OpenBatch, snapshot: Connection) => Promise<void>) | undefined;
}

export class Streamer {
  readonly #options: StreamerOptions;
  readonly #schema: SchemaSender;
  readonly #foreignKeys: ForeignKeyBuilder;
  readonly #upstreams: UpstreamTeller;
  readonly #preparer: BatchPreparer;
  readonly #size: BatchSize;
  readonly #recovery: BatchRecovery;
  /** Epoch of the target, once it has been asked; undefined asks again. */
  #peerEpoch: string | undefined;
  /** What the target held when it was asked: what the first batch replaces. */
  #peerPosition: Position | null = null;
  /** The session of the last step: another one may be with a server that took over. */
  #lastControl: Connection | undefined;
  /** On its way behind the batch of the last step. */
  #ahead: Flight | undefined;
  /** What has been logged of which part of the schema. */
  readonly #told = new Map<string, string>();
  #caughtUpAt = Date.now();
  #batches = 0;
  #rows = 0;

  constructor(options: StreamerOptions) {
    this.#options = options;
    this.#foreignKeys = new ForeignKeyBuilder(options);
    this.#schema = new SchemaSender(options.link, options.sequenceIntervalMs);
    this.#upstreams = new UpstreamTeller(options.sequenceIntervalMs);
    this.#size = new BatchSize(options.maxEventsPerBatch);
    this.#preparer = new BatchPreparer({
      ...options,
      size: this.#size,
      schema: this.#schema,
      upstreams: this.#upstreams,
      foreignKeys: this.#foreignKeys,
    });
    this.#recovery = new BatchRecovery({
      ...options,
      size: this.#size,
      preparer: this.#preparer,
      foreignKeys: this.#foreignKeys,
      reconnect: () => this.reconnect(),
    });
  }

  get counters(): { batches: number; rows: number; caughtUpAt: number } {
    return { batches: this.#batches, rows: this.#rows, caughtUpAt: this.#caughtUpAt };
  }

  /** Forgets what the target said, after anything went wrong between the two. */
  reconnect(): void {
    this.#peerEpoch = undefined;
  }

  /**
   * Sends one batch if there is anything to send, and waits for its acknowledgement.
   * @param control session for teleport's own tables. @param reader session for the batch.
   */
  step(control: Connection, reader: Connection): Promise<StepOutcome> {
    const work = this.#step(control, reader);
    this.#options.link.track(work);
    return work;
  }

  /** Waits for what is still on its way; the next handshake tells what became of it. */
  async finish(): Promise<void> {
    await this.#ahead?.outcome;
    this.#ahead = undefined;
  }

  async #step(control: Connection, reader: Connection): Promise<StepOutcome> {
    if (control !== this.#lastControl) {
      await this.#giveUpAhead();
      this.reconnect();
    }
    this.#lastControl = control;
    const begunAt = performance.now();
    const peerEpoch = this.#peerEpoch ?? await this.#meet(control);
    let flight = this.#ahead;
    this.#ahead = undefined;
    try {
      flight ??= await this.#takeOff(control, reader, peerEpoch);
      if (flight === undefined) return "idle";
      if (await flight.read) {
        this.#ahead = await this.#follow(flight, { control, reader, peerEpoch });
      }
      const outcome = await flight.outcome;
      if (outcome.status === "rejected") throw outcome.reason;
      await this.#confirm(control, flight.prepared, { acknowledged: outcome.value, peerEpoch });
      this.#recovery.succeeded();
      this.#size.took(performance.now() - begunAt);
      return flight.prepared.batch.isExact ? "sent" : "behind";
    } catch (error) {
      await this.#giveUpAhead();
      await reader.rollback();
      if (await this.#recovery.recover(control, flight?.prepared, error)) return "sent";
      this.reconnect();
      throw error;
    }
  }

  async #takeOff(
    control: Connection,
    reader: Connection,
    peerEpoch: string,
  ): Promise<Flight | undefined> {
    const prepared = await this.#preparer.prepare(control, reader);
    if (prepared === "unregistered") this.reconnect();
    else if (prepared !== undefined) {
      await this.#options.onBatch?.(prepared.batch, reader);
      return this.#launch(prepared, { control, reader, peerEpoch });
    } else this.#caughtUpAt = Date.now();
    return undefined;
  }

  /** Sends the batch after one that has been read and is not acknowledged yet. */
  async #follow(
    { prepared: before }: Flight,
    sessions: { control: Connection; reader: Connection; peerEpoch: string },
  ): Promise<Flight | undefined> {
    const { isWidened, takesHeld } = this.#preparer;
    if (!mayBeFollowed(before) || isWidened || takesHeld) return undefined;
    const { control, reader } = sessions;
    const prepared = await this.#preparer.prepareAfter(before, control, reader);
    if (prepared === undefined) return undefined;
    await this.#options.onBatch?.(prepared.batch, reader);
    return this.#launch(prepared, sessions);
  }

  #launch(
    prepared: PreparedBatch,
    { control, reader, peerEpoch }: {
      control: Connection;
      reader: Connection;
      peerEpoch: string;
    },
  ): Flight {
    const { link, epoch, signal } = this.#options;
    const { request, schema, sequences, upstreams, firstTables } = prepared;
    return launch(prepared, {
      link,
      control,
      reader,
      signal,
      frames: {
        source: epoch,
        from: request.from ?? this.#peerPosition,
        restarts: request.from === undefined,
        upstreams,
        emptyTables: listEmpty(link, firstTables),
        peerEpoch,
        schema,
        sequences,
      },
    });
  }

  /** The target refuses it by its position, where the one before was not applied. */
  async #giveUpAhead(): Promise<void> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    ahead?.abandon();
    await ahead?.outcome;
  }

  async #meet(control: Connection): Promise<string> {
    const stored = await shakeHands(control, this.#options);
    this.#peerPosition = stored.position;
    await reloadLost(control, this.#options, { lost: stored.lostTables, isNews: false });
    this.#schema.setPeerHash(stored.schemaHash);
    this.#foreignKeys.forget();
    this.#upstreams.forget();
    this.#peerEpoch = stored.epoch;
    return stored.epoch;
  }

  async #confirm(
    control: Connection,
    prepared: PreparedBatch,
    { acknowledged, peerEpoch }: { acknowledged: Acknowledgement; peerEpoch: string },
  ): Promise<void> {
    const { link, log } = this.#options;
    const { batch, tracked, request } = prepared;
    const first = withoutForeignRows(link, prepared.firstTables, acknowledged.notEmpty);
    const confirmed = {
      target: link.name,
      from: request.from ?? originPosition,
      position: acknowledged.position,
      isExact: batch.isExact,
      peerEpoch,
    };
    const rejoined = tracked.filter(({ table }) =>
      hasOwnWindow(prepared, table.root) &&
      batch.changes.some(({ table: { root } }) => root === table.root)
    );
    if (first.length + rejoined.length === 0) await confirmPosition(control, confirmed);
    else {
      await control.transaction("read committed", async () => {
        await confirmPosition(control, confirmed);
        await addTables(control, link.name, first);
        for (const known of rejoined) await this.#rejoin(control, known);
        if (rejoined.length > 0) await forgetOlderPositions(control, link.name);
      });
    }
    await reloadLost(control, this.#options, { lost: acknowledged.lostTables, isNews: true });
    this.#schema.compared(prepared.captureVersion, prepared.schema);
    if (prepared.schema !== undefined) this.#foreignKeys.recheck();
    link.columns = prepared.columns ?? link.columns;
    this.#schema.sentSequences(prepared.sequences);
    this.#upstreams.told(prepared.upstreams);
    tellPartial(link, log, first);
    tellSchema(log, acknowledged, this.#told);
    this.#batches += 1;
    this.#rows += acknowledged.rows;
    if (batch.isExact) this.#caughtUpAt = prepared.openedAt;
    log.debug("Batch applied", {
      position: acknowledged.position,
      rows: acknowledged.rows,
      isExact: batch.isExact,
    });
  }

  async #rejoin(control: Connection, { table, progress }: TrackedTable): Promise<void> {
    const { link, log } = this.#options;
    await moveTable(control, {
      target: link.name,
      relation: table.root,
      from: progress,
      event: "batch",
      position: null,
      isLoaded: progress.isLoaded,
    });
    log.info("A table follows again", { table: displayName(table) });
  }
}
