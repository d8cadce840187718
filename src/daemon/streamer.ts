/**
 * Follows one target: looks for events, sends a batch, records what the target acknowledged.
 *
 * One batch at a time; the HTTP answer is the acknowledgement. Where it was lost, the next handshake
 * tells which of the positions in the ledger the target holds.
 */
import {
  batchFrames,
  type BatchRequest,
  type EventSummary,
  findLimit,
  type OpenBatch,
  openBatch,
  type Participant,
  readColumnMarks,
  summarizeEvents,
  UnreadableTable,
  VerifiedRelations,
} from "../batch/mod.ts";
import {
  type Acknowledgement,
  displayName,
  messageOf,
  originPosition,
  type Position,
  Refusal,
  type SequenceValue,
  TeleportError,
  travelsWithTarget,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import {
  addTables,
  confirmPosition,
  forgetOlderPositions,
  moveTable,
  readBacklog,
  recordSent,
  requestLoad,
} from "../state/mod.ts";
import type { CaptureKeeper } from "./capture_keeper.ts";
import {
  type FirstTable,
  listEmpty,
  readFirstTables,
  tellPartial,
  withoutForeignRows,
} from "./first_contact.ts";
import { GiveWay } from "./give_way.ts";
import { ForeignKeyBuilder } from "./foreign_keys.ts";
import { shakeHands } from "./handshake.ts";
import { holdTable } from "./holding.ts";
import type { Log } from "./log.ts";
import { reloadLost } from "./lost_tables.ts";
import { SchemaSender, type SchemaToSend } from "./schema_sender.ts";
import { type TrackedTable, trackTables } from "./table_registry.ts";
import type { TargetLink } from "./target_link.ts";
import { UpstreamTeller } from "./upstream_teller.ts";

/** How often the tables' states are looked at while there are no events: a hold may be over. */
const tablesIntervalMs = 250;

/** A batch that was opened, and what goes with it. */
interface Prepared {
  batch: OpenBatch;
  request: BatchRequest;
  schema: SchemaToSend | undefined;
  captureVersion: number;
  /** Of the schema that was compared; undefined where none was. */
  columns: ReadonlyMap<number, string> | undefined;
  sequences: SequenceValue[];
  upstreams: string[];
  tracked: TrackedTable[];
  firstTables: FirstTable[];
  /** Before its snapshot: the target is as new as that when it has acknowledged the batch. */
  openedAt: number;
}

/** What a look at the queue found; without `from` at first contact. */
interface Found {
  from?: Position;
  limit?: bigint | undefined;
  events: readonly EventSummary[];
  tracked: TrackedTable[];
  sequences: SequenceValue[];
  upstreams: string[];
}

/** `behind`: the batch was cut, more is waiting. */
export type StepOutcome = "sent" | "behind" | "idle";

export interface StreamerOptions {
  link: TargetLink;
  epoch: string;
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
  /** Epoch of the target, once it has been asked; undefined asks again. */
  #peerEpoch: string | undefined;
  /** The session of the last step: another one may be with a server that took over. */
  #lastControl: Connection | undefined;
  /** Refused objects whose error has been logged. */
  readonly #told = new Map<string, string>();
  readonly #verified = new VerifiedRelations();
  /** Version of capture that `#verified` is of. */
  #verifiedFor = -1;
  /** When the states of the tables were last read. */
  #trackedAt = 0;
  #isWidened = false;
  /** What the target held when it was asked: what the first batch replaces. */
  #peerPosition: Position | null = null;
  #caughtUpAt = Date.now();
  #batches = 0;
  #rows = 0;

  constructor(options: StreamerOptions) {
    this.#options = options;
    this.#foreignKeys = new ForeignKeyBuilder(options);
    this.#schema = new SchemaSender(options.link, options.sequenceIntervalMs);
    this.#upstreams = new UpstreamTeller(options.sequenceIntervalMs);
  }

  get counters(): { batches: number; rows: number; caughtUpAt: number } {
    return { batches: this.#batches, rows: this.#rows, caughtUpAt: this.#caughtUpAt };
  }

  /** Forgets what the target said, after anything went wrong between the two. */
  reconnect(): void {
    this.#peerEpoch = undefined;
  }

  /**
   * Sends one batch if there is anything to send.
   * @param control session for teleport's own tables. @param reader session for the batch.
   */
  step(control: Connection, reader: Connection): Promise<StepOutcome> {
    const work = this.#step(control, reader);
    this.#options.link.batchEnded = work.then(() => undefined, () => undefined);
    return work;
  }

  async #step(control: Connection, reader: Connection): Promise<StepOutcome> {
    if (control !== this.#lastControl) this.reconnect();
    this.#lastControl = control;
    const peerEpoch = this.#peerEpoch ?? await this.#meet(control);
    let prepared: Prepared | undefined;
    try {
      prepared = await this.#prepare(control, reader);
      if (prepared === undefined) return "idle";
      const acknowledged = await this.#send(reader, prepared, { control, peerEpoch });
      await this.#confirm(control, prepared, { acknowledged, peerEpoch });
      this.#isWidened = false;
      return prepared.batch.isExact ? "sent" : "behind";
    } catch (error) {
      if (prepared !== undefined && reader.isUsable) await reader.run("rollback");
      if (await this.#recover(control, prepared, error)) return "sent";
      this.reconnect();
      throw error;
    }
  }

  /** Whether the failure has been dealt with, so that the next batch may be tried at once. */
  async #recover(
    control: Connection,
    prepared: Prepared | undefined,
    error: unknown,
  ): Promise<boolean> {
    const { link, keeper, log } = this.#options;
    const code = error instanceof TeleportError ? error.code : undefined;
    if (code === "restart_window" || code === "catalogs_moved") {
      log.debug(messageOf(error));
      if (code === "catalogs_moved") await keeper.sync(control);
      return true;
    }
    if (prepared === undefined) return false;
    if (error instanceof UnreadableTable) {
      return await this.#hold(control, prepared, error.root, error.message);
    }
    if (!(error instanceof Refusal)) return false;
    const { failure } = error.problem;
    if (failure === "conflict") {
      this.reconnect();
      return true;
    }
    if (failure === "schema" && prepared.schema === undefined) {
      link.mustSendSchema = true;
      return true;
    }
    if (failure !== "data" && failure !== "schema") return false;
    const root = error.table && link.findRoot(keeper.captured, error.table);
    if (!prepared.batch.isExact && !this.#isWidened && !hasOwnWindow(prepared, root)) {
      // A cut window may lack the other half of a swap: the whole window has it.
      this.#isWidened = true;
      return true;
    }
    if (root === undefined) return false;
    if (error.problem.code === "must_load") {
      log.warn("A table has to be loaded again", { error });
      await requestLoad(control, link.name, [root]);
      return true;
    }
    return await this.#hold(control, prepared, root, error.message);
  }

  /** False where there is nothing to hold: at first contact, or a table that is not tracked. */
  async #hold(
    control: Connection,
    { request, tracked }: Pick<Prepared, "request" | "tracked">,
    root: number,
    reason: string,
  ): Promise<boolean> {
    const { link, log, holdDelayMs: delayMs } = this.#options;
    const known = tracked.find(({ table }) => table.root === root);
    if (known === undefined || request.from === undefined) return false;
    const target = link.name;
    await holdTable(control, known, { target, log, delayMs, position: request.from, reason });
    return true;
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

  async #prepare(control: Connection, reader: Connection): Promise<Prepared | undefined> {
    const { link, keeper, log, maxEventsPerBatch } = this.#options;
    const backlog = await readBacklog(control, link.name);
    if (backlog === undefined) {
      this.reconnect();
      return undefined;
    }
    const sequences = await this.#schema.changedSequences(control);
    const upstreams = await this.#upstreams.news(control);
    const { position: from, isExact, hasEvents } = backlog;
    if (from === originPosition) {
      return await this.#open(control, reader, { tracked: [], events: [], sequences, upstreams });
    }
    const mustLook = hasEvents || sequences.length > 0 || upstreams.length > 0 ||
      this.#schema.mustCompare(keeper.version) ||
      Date.now() - this.#trackedAt >= tablesIntervalMs;
    if (!mustLook) {
      this.#caughtUpAt = Date.now();
      return undefined;
    }
    const limit = this.#isWidened ? undefined : await findLimit(control, from, maxEventsPerBatch);
    const events = await summarizeEvents(control, { from, limit });
    if (events.some((event) => event.kind === "ddl")) await keeper.sync(control);
    const tracked = await trackTables(control, link, { captured: keeper.captured, log });
    this.#trackedAt = Date.now();
    await this.#foreignKeys.complete(tracked, isExact);
    const isAnythingDue = events.length > 0 || sequences.length > 0 || upstreams.length > 0 ||
      this.#schema.mustCompare(keeper.version) || tracked.some(hasOwnTurn);
    if (isAnythingDue) {
      return await this.#open(control, reader, {
        from,
        limit,
        events,
        tracked,
        sequences,
        upstreams,
      });
    }
    this.#caughtUpAt = Date.now();
    return undefined;
  }

  async #open(
    control: Connection,
    reader: Connection,
    found: Found,
  ): Promise<Prepared | undefined> {
    const { link, keeper, log } = this.#options;
    const openedAt = Date.now();
    const captureVersion = keeper.version;
    if (captureVersion !== this.#verifiedFor) this.#verified.clear();
    this.#verifiedFor = captureVersion;
    const roots = keeper.captured.filter((table) => link.takes(table)).map(({ root }) => root);
    const { tracked, sequences, upstreams } = found;
    const request = {
      target: link.name,
      from: found.from,
      limit: found.limit,
      ...this.#chooseParticipants(found),
      verified: this.#verified,
      recordSent: (position: Position, isExact: boolean) =>
        recordSent(control, { target: link.name, position, isExact }),
    };
    const batch = await openBatch(reader, request).catch(async (error: unknown) => {
      if (!(error instanceof UnreadableTable)) throw error;
      const { root, message: reason } = error;
      if (await this.#hold(control, { request, tracked }, root, reason)) return undefined;
      throw error;
    });
    if (batch === undefined) return undefined;
    try {
      for (const { table, reason } of batch.reloads) {
        log.warn("A table has to be loaded again", { table: displayName(table), reason });
        await requestLoad(control, link.name, [table.root]);
      }
      const mustCompare = this.#schema.mustCompare(captureVersion) ||
        this.#haveColumnsChanged(batch);
      const schema = mustCompare ? await this.#schema.read(reader) : undefined;
      const columns = mustCompare ? await readColumnMarks(reader, roots) : undefined;
      const firstTables = found.from === undefined
        ? await readFirstTables(reader, request.participants)
        : [];
      const isEmpty = found.from !== undefined && found.events.length === 0 &&
        batch.changes.length === 0 && sequences.length === 0 && upstreams.length === 0 &&
        schema === undefined;
      if (!isEmpty) {
        return {
          batch,
          request,
          schema,
          captureVersion,
          columns,
          sequences,
          upstreams,
          tracked,
          firstTables,
          openedAt,
        };
      }
      link.columns = columns ?? link.columns;
      this.#schema.compared(captureVersion, undefined);
      await reader.run("commit");
      await batch.recorded;
      return undefined;
    } catch (error) {
      if (reader.isUsable) await reader.run("rollback");
      throw error;
    }
  }

  /** Values travel by name: a column that took another's place must get there before its values. */
  #haveColumnsChanged({ changes }: OpenBatch): boolean {
    const { columns } = this.#options.link;
    return changes.some(({ table, columnMarks }) => columns.get(table.root) !== columnMarks);
  }

  #chooseParticipants(
    found: Found,
  ): { participants: Participant[]; lockRoots: Set<number> } {
    const { link, keeper } = this.#options;
    if (found.from === undefined) {
      const all = keeper.captured.filter((table) => link.takes(table));
      return {
        participants: all.map((table) => ({ table, own: undefined })),
        lockRoots: new Set(all.map((table) => table.root)),
      };
    }
    const participants = found.tracked.flatMap(({ table, progress }): Participant[] => {
      if (travelsWithTarget(progress.state)) return [{ table, own: undefined }];
      return hasOwnTurn({ table, progress }) && progress.position !== null
        ? [{ table, own: progress.position }]
        : [];
    });
    const seen = new Set(found.events.map((event) => event.relation));
    const lockRoots = participants
      .filter(({ table, own }) =>
        own !== undefined || table.memberOids.some((member) => seen.has(member))
      )
      .map(({ table }) => table.root);
    return { participants, lockRoots: new Set(lockRoots) };
  }

  async #send(
    reader: Connection,
    { batch, request, schema, sequences, upstreams, firstTables }: Prepared,
    { control, peerEpoch }: { control: Connection; peerEpoch: string },
  ): Promise<Acknowledgement> {
    const { link, epoch, signal, onBatch } = this.#options;
    await onBatch?.(batch, reader);
    const frames = batchFrames(reader, batch, {
      source: epoch,
      target: link.name,
      from: request.from ?? this.#peerPosition,
      restarts: request.from === undefined,
      upstreams,
      load: null,
      emptyTables: listEmpty(link, firstTables),
      peerEpoch,
      schema,
      sequences,
      toTargetSchema: link.toTargetSchema,
    });
    using watch = await GiveWay.watch(control, reader);
    try {
      return await link.peer.sendBatch(frames, AbortSignal.any([signal, watch.signal]));
    } catch (error) {
      throw watch.reason ?? error;
    }
  }

  async #confirm(
    control: Connection,
    prepared: Prepared,
    { acknowledged, peerEpoch }: { acknowledged: Acknowledgement; peerEpoch: string },
  ): Promise<void> {
    const { link, log } = this.#options;
    const { batch, tracked } = prepared;
    const first = withoutForeignRows(link, prepared.firstTables, acknowledged.notEmpty);
    const confirmed = {
      target: link.name,
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
    link.columns = prepared.columns ?? link.columns;
    this.#schema.sentSequences(prepared.sequences);
    this.#upstreams.told(prepared.upstreams);
    tellPartial(link, log, first);
    for (const { object, error } of acknowledged.refused) {
      if (this.#told.get(object) === error) continue;
      this.#told.set(object, error);
      log.warn("The target refused a part of the schema", { object, error });
    }
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

/**
 * Whether the table took part from a position of its own. If it fails in a cut window it waits for a
 * later one: a whole window at each of its turns would keep all others behind under a lasting backlog.
 */
function hasOwnWindow({ request }: Prepared, root: number | undefined): boolean {
  return request.participants.some(({ table, own }) => table.root === root && own !== undefined);
}

/** Tables with a position of their own whose turn it is to travel. */
function hasOwnTurn({ progress }: TrackedTable): boolean {
  return progress.state === "rejoining" || (progress.state === "held" && progress.isDue);
}
