/**
 * Follows one target: looks for events, sends a batch, records what the target acknowledged.
 *
 * One batch at a time; the HTTP answer is the acknowledgement. Where it was lost, the next handshake
 * tells which of the positions in the ledger the target holds.
 */
import { z } from "zod";
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
} from "../batch/mod.ts";
import {
  type Acknowledgement,
  displayName,
  messageOf,
  originPosition,
  type Position,
  type QualifiedName,
  quoteName,
  Refusal,
  type SequenceValue,
  type StoredPosition,
  type TableState,
  TeleportError,
  travelsWithTarget,
  type TruncatedTable,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import {
  addTables,
  confirmPosition,
  isResumable,
  moveTable,
  readTarget,
  recordSent,
  registerTarget,
  requestLoad,
} from "../state/mod.ts";
import type { CaptureKeeper } from "./capture_keeper.ts";
import { GiveWay } from "./give_way.ts";
import { ForeignKeyBuilder } from "./foreign_keys.ts";
import type { Log } from "./log.ts";
import { SchemaSender, type SchemaToSend } from "./schema_sender.ts";
import { type TrackedTable, trackTables } from "./table_registry.ts";
import type { TargetLink } from "./target_link.ts";

/** A batch that was opened, and what goes with it. */
interface Prepared {
  batch: OpenBatch;
  request: BatchRequest;
  schema: SchemaToSend | undefined;
  captureVersion: number;
  /** Of the schema that was compared; undefined where none was. */
  columns: ReadonlyMap<number, string> | undefined;
  sequences: SequenceValue[];
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
}

type FirstTable = QualifiedName & { relation: number; state: TableState; isOnly: boolean };

const longestHoldMs = 60_000;

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
  /** Epoch of the target, once it has been asked; undefined asks again. */
  #peerEpoch: string | undefined;
  /** Refused objects whose error has been logged. */
  readonly #told = new Map<string, string>();
  #isWidened = false;
  #restarts = false;
  #caughtUpAt = Date.now();
  #batches = 0;
  #rows = 0;

  constructor(options: StreamerOptions) {
    this.#options = options;
    this.#foreignKeys = new ForeignKeyBuilder(options);
    this.#schema = new SchemaSender(options.link, options.sequenceIntervalMs);
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
  step(control: Connection, reader: Connection): Promise<"sent" | "idle"> {
    const work = this.#step(control, reader);
    this.#options.link.batchEnded = work.then(() => undefined, () => undefined);
    return work;
  }

  async #step(control: Connection, reader: Connection): Promise<"sent" | "idle"> {
    const peerEpoch = this.#peerEpoch ?? await this.#shakeHands(control);
    let prepared: Prepared | undefined;
    try {
      prepared = await this.#prepare(control, reader);
      if (prepared === undefined) return "idle";
      const acknowledged = await this.#send(reader, prepared, { control, peerEpoch });
      await this.#confirm(control, prepared, { acknowledged, peerEpoch });
      this.#isWidened = false;
      return "sent";
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
      return await this.#hold(control, prepared, { root: error.root, reason: error.message });
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
    if (!prepared.batch.isExact && !this.#isWidened) {
      // A cut window may lack the other half of a swap: the whole window has it.
      this.#isWidened = true;
      return true;
    }
    const root = this.#rootOf(error.table);
    if (root === undefined) return false;
    if (error.problem.code === "must_load") {
      log.warn("A table has to be loaded again", { error });
      await requestLoad(control, link.name, [root]);
      return true;
    }
    return await this.#hold(control, prepared, { root, reason: error.message });
  }

  /** Takes one table out of the batches, with its events kept, until it can be applied again. */
  async #hold(
    control: Connection,
    { request, tracked }: Pick<Prepared, "request" | "tracked">,
    { root, reason }: { root: number; reason: string },
  ): Promise<boolean> {
    const { link, log, holdDelayMs } = this.#options;
    const known = tracked.find(({ table }) => table.root === root);
    if (known === undefined || request.from === undefined) return false;
    const { progress, table } = known;
    const retryInMs = Math.min(holdDelayMs * 2 ** Math.min(progress.attempts, 16), longestHoldMs);
    await moveTable(control, {
      target: link.name,
      relation: root,
      from: progress.state,
      event: "hold",
      position: progress.position ?? request.from,
      reason,
      retryInMs,
    });
    if (progress.state !== "held" || progress.reason !== reason) {
      log.error("A table is held: its changes wait, all others flow", {
        table: displayName(table),
        reason,
      });
    }
    return true;
  }

  #rootOf(name: QualifiedName | undefined): number | undefined {
    const { keeper, link } = this.#options;
    const isNamed = (other: QualifiedName) => {
      const there = link.toTarget(other);
      return there.schema === name?.schema && there.name === name.name;
    };
    // The TRUNCATE of a partition names it alone.
    const found = keeper.captured.find(isNamed) ??
      keeper.captured.find(({ tree }) => tree.some(isNamed));
    return found?.root;
  }

  async #shakeHands(control: Connection): Promise<string> {
    const { link, epoch, log, signal } = this.#options;
    const stored = await link.peer.readPosition(epoch, link.name, signal);
    const record = await readTarget(control, link.name);
    const isBeginning = record === undefined || record.position === originPosition;
    if (record === undefined) await registerTarget(control, link.name);
    else if (!isBeginning && stored.position === null) {
      log.error("The target has lost its position: replication starts anew", {
        hint: `Run: teleport -mode initial-load -load-target ${link.name}`,
      });
      await registerTarget(control, link.name);
    } else if (!isBeginning && stored.position !== null && stored.position !== record.position) {
      await this.#resumeFrom(control, stored.position, stored);
    }
    this.#restarts = isBeginning && stored.position !== null;
    this.#schema.setPeerHash(stored.schemaHash);
    this.#foreignKeys.forget();
    this.#peerEpoch = stored.epoch;
    return stored.epoch;
  }

  /** A lost acknowledgement leaves the target ahead by a position that the ledger knows. */
  async #resumeFrom(
    control: Connection,
    position: Position,
    { isExact, epoch }: StoredPosition,
  ): Promise<void> {
    const target = this.#options.link.name;
    if (!await isResumable(control, target, position)) {
      throw new TeleportError(
        "position_lost",
        `Target ${target} holds a position whose events are gone: it was restored from a backup`,
        { hint: `Run: teleport -mode initial-load -load-target ${target}` },
      );
    }
    await confirmPosition(control, { target, position, isExact, peerEpoch: epoch });
  }

  async #prepare(control: Connection, reader: Connection): Promise<Prepared | undefined> {
    const { link, keeper, log, maxEventsPerBatch } = this.#options;
    const record = await readTarget(control, link.name);
    if (record === undefined) {
      this.reconnect();
      return undefined;
    }
    const sequences = await this.#schema.changedSequences(control);
    if (record.position === originPosition) {
      return await this.#open(control, reader, { tracked: [], events: [], sequences });
    }
    const from = record.position;
    const limit = this.#isWidened ? undefined : await findLimit(control, from, maxEventsPerBatch);
    const events = await summarizeEvents(control, { from, limit });
    if (events.some((event) => event.kind === "ddl")) await keeper.sync(control);
    const tracked = await trackTables(control, link, { captured: keeper.captured, log });
    await this.#foreignKeys.complete(tracked, record.isExact);
    const isAnythingDue = events.length > 0 || sequences.length > 0 ||
      this.#schema.mustCompare(keeper.version) || tracked.some(hasOwnTurn);
    if (isAnythingDue) {
      return await this.#open(control, reader, { from, limit, events, tracked, sequences });
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
    const roots = keeper.captured.filter((table) => link.takes(table)).map(({ root }) => root);
    const { tracked, sequences } = found;
    const request = {
      target: link.name,
      from: found.from,
      limit: found.limit,
      ...this.#chooseParticipants(found),
      recordSent: (position: Position, isExact: boolean) =>
        recordSent(control, { target: link.name, position, isExact }),
    };
    const batch = await openBatch(reader, request).catch(async (error: unknown) => {
      if (!(error instanceof UnreadableTable)) throw error;
      const { root, message: reason } = error;
      if (await this.#hold(control, { request, tracked }, { root, reason })) return undefined;
      throw error;
    });
    if (batch === undefined) return undefined;
    try {
      for (const { table, reason } of batch.reloads) {
        log.warn("A table has to be loaded again", { table: displayName(table), reason });
        await requestLoad(control, link.name, [table.root]);
      }
      const mustCompare = this.#schema.mustCompare(captureVersion) ||
        await this.#haveColumnsChanged(reader, batch);
      const schema = mustCompare ? await this.#schema.read(reader) : undefined;
      const columns = mustCompare ? await readColumnMarks(reader, roots) : undefined;
      const firstTables = found.from === undefined ? await this.#readFirst(reader, request) : [];
      const isEmpty = found.from !== undefined && found.events.length === 0 &&
        batch.changes.length === 0 && sequences.length === 0 && schema === undefined;
      if (!isEmpty) {
        return {
          batch,
          request,
          schema,
          captureVersion,
          columns,
          sequences,
          tracked,
          firstTables,
          openedAt,
        };
      }
      link.columns = columns ?? link.columns;
      this.#schema.compared(captureVersion, undefined);
      await reader.run("commit");
      return undefined;
    } catch (error) {
      if (reader.isUsable) await reader.run("rollback");
      throw error;
    }
  }

  /** Values travel by name: a column that took another's place must get there before its values. */
  async #haveColumnsChanged(reader: Connection, { changes }: OpenBatch): Promise<boolean> {
    if (changes.length === 0) return false;
    const { columns } = this.#options.link;
    const now = await readColumnMarks(reader, changes.map(({ table }) => table.root));
    return [...now].some(([relation, marks]) => columns.get(relation) !== marks);
  }

  /** At first contact a table without rows follows at once; one with rows lacks them until loaded. */
  async #readFirst(
    reader: Connection,
    { participants }: { participants: readonly Participant[] },
  ): Promise<FirstTable[]> {
    const tables: FirstTable[] = [];
    for (const { table } of participants) {
      const only = table.readsOnly ? "only " : "";
      const { hasRows } = await reader.row(
        z.object({ hasRows: z.boolean() }),
        `select exists (select 1 from ${only}${quoteName(table)}) as "hasRows"`,
      );
      const { root: relation, schema, name } = table;
      const state = hasRows ? "partial" : "streaming";
      tables.push({ relation, schema, name, state, isOnly: table.readsOnly });
    }
    return tables;
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
    { batch, request, schema, sequences, firstTables }: Prepared,
    { control, peerEpoch }: { control: Connection; peerEpoch: string },
  ): Promise<Acknowledgement> {
    const { link, epoch, signal, onBatch } = this.#options;
    await onBatch?.(batch, reader);
    const frames = batchFrames(reader, batch, {
      source: epoch,
      target: link.name,
      from: request.from ?? null,
      restarts: request.from === undefined && this.#restarts,
      load: null,
      emptyTables: this.#emptyTables(firstTables),
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
    const { batch, request, tracked } = prepared;
    const first = this.#withoutForeignRows(prepared.firstTables, acknowledged.notEmpty);
    await control.transaction("read committed", async () => {
      const { position } = acknowledged;
      await confirmPosition(control, {
        target: link.name,
        position,
        isExact: batch.isExact,
        peerEpoch,
      });
      await addTables(control, link.name, first);
      for (const { table, window } of batch.changes) {
        const known = tracked.find((candidate) => candidate.table.root === table.root);
        if (known === undefined || window.from === request.from) continue;
        await moveTable(control, {
          target: link.name,
          relation: table.root,
          from: known.progress.state,
          event: "batch",
          position: null,
          isLoaded: known.progress.isLoaded,
        });
        log.info("A table follows again", { table: displayName(table) });
      }
    });
    await this.#reloadLost(control, acknowledged.lostTables);
    this.#schema.compared(prepared.captureVersion, prepared.schema);
    link.columns = prepared.columns ?? link.columns;
    this.#schema.sentSequences(prepared.sequences);
    this.#tellPartial(first);
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

  /** A table that was dropped on the target has been made again without rows: they are loaded. */
  async #reloadLost(control: Connection, lost: readonly QualifiedName[]): Promise<void> {
    const { link, log } = this.#options;
    const roots = lost.flatMap((table) => this.#rootOf(table) ?? []);
    if (roots.length === 0) return;
    log.error("Tables were dropped on the target: they are loaded again", {
      tables: lost.map(displayName).join(", "),
    });
    await requestLoad(control, link.name, roots);
  }

  #emptyTables(tables: readonly FirstTable[]): TruncatedTable[] {
    const { link } = this.#options;
    return tables.filter(({ state }) => state === "streaming")
      .map((table) => ({ ...link.toTarget(table), isOnly: table.isOnly }));
  }

  /** A table without rows here that has some there follows, but is not equal before its load. */
  #withoutForeignRows(
    tables: readonly FirstTable[],
    notEmpty: readonly QualifiedName[],
  ): FirstTable[] {
    const { link } = this.#options;
    const names = new Set(notEmpty.map(displayName));
    return tables.map((table) =>
      names.has(displayName(link.toTarget(table))) ? { ...table, state: "partial" } : table
    );
  }

  #tellPartial(tables: readonly FirstTable[]): void {
    const { link, log } = this.#options;
    const partial = tables.filter(({ state }) => state === "partial").map(displayName);
    if (partial.length === 0) return;
    log.warn("Tables that hold rows follow from now on; their older rows need an initial load", {
      tables: partial.join(", "),
      hint: `Run: teleport -mode initial-load -load-target ${link.name}`,
    });
  }
}

/** Tables with a position of their own whose turn it is to travel. */
function hasOwnTurn({ progress }: TrackedTable): boolean {
  return progress.state === "rejoining" || (progress.state === "held" && progress.isDue);
}
