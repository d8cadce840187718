/** Looks for events of one target and opens the batch that takes them there. */
import {
  type BatchRequest,
  findLimit,
  type OpenBatch,
  openBatch,
  readColumnMarks,
  summarizeEvents,
  UnreadableTable,
  VerifiedRelations,
} from "../batch/mod.ts";
import type { CapturedRelation } from "../capture/mod.ts";
import {
  displayName,
  originPosition,
  type Position,
  TeleportError,
  travelsWithTarget,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import {
  type Backlog,
  type EventKinds,
  readBacklog,
  recordSent,
  requestLoad,
} from "../state/mod.ts";
import type { BatchSize } from "./batch_size.ts";
import type { CaptureKeeper } from "./capture_keeper.ts";
import { readFirstTables } from "./first_contact.ts";
import type { ForeignKeyBuilder } from "./foreign_keys.ts";
import { holdUnreadable } from "./holding.ts";
import type { Log } from "./log.ts";
import {
  chooseAll,
  chooseParticipants,
  type Found,
  hasOwnTurn,
  type PreparedBatch,
  withTurn,
} from "./prepared_batch.ts";
import type { SchemaSender } from "./schema_sender.ts";
import { type TrackedTable, trackTables } from "./table_registry.ts";
import type { TargetLink } from "./target_link.ts";
import type { UpstreamTeller } from "./upstream_teller.ts";

/** How often the tables' states are looked at while there are no events: a hold may be over. */
const tablesIntervalMs = 250;

/** How often a backlog's batches stop following each other for a look at all the rest. */
const fullLookIntervalMs = 1000;

export interface PreparerOptions {
  link: TargetLink;
  keeper: CaptureKeeper;
  log: Log;
  schema: SchemaSender;
  upstreams: UpstreamTeller;
  foreignKeys: ForeignKeyBuilder;
  size: BatchSize;
  holdDelayMs: number;
}

export class BatchPreparer {
  /** Set to take the next window whole. */
  isWidened = false;
  /** Set to take held tables along before their turn: they may have what one of the others needs. */
  takesHeld = false;
  /** Set to leave held tables out although it is their turn, so that those that fail in turn never keep the others. */
  leavesHeld = false;
  readonly #options: PreparerOptions;
  readonly #verified = new VerifiedRelations();
  /** Version of capture that `#verified` is of. */
  #verifiedFor = -1;
  #tracked:
    | { mark: string; captured: readonly CapturedRelation[]; tables: TrackedTable[] }
    | undefined;
  /** When the states of the tables were last looked at. */
  #trackedAt = 0;
  #preparedAt = 0;

  constructor(options: PreparerOptions) {
    this.#options = options;
  }

  /**
   * Opens the next batch on `reader`, if there is anything to send.
   * @returns "unregistered" where the source does not know the target.
   */
  async prepare(
    control: Connection,
    reader: Connection,
  ): Promise<PreparedBatch | "unregistered" | undefined> {
    const { link, keeper, schema, upstreams: teller, foreignKeys, size } = this.#options;
    this.#preparedAt = Date.now();
    const backlog = await readBacklog(control, link.name, size.maxEvents);
    if (backlog === undefined) return "unregistered";
    const sequences = await schema.changedSequences(control);
    const upstreams = await teller.news(control);
    const news = { sequences, upstreams };
    const { position: from, isExact, hasEvents } = backlog;
    if (from === originPosition) {
      return await this.#open(control, reader, {
        tracked: [],
        events: [],
        isAfterCut: false,
        ...news,
      });
    }
    const hasNews = sequences.length + upstreams.length > 0;
    const mustLook = hasEvents || hasNews || !isExact || schema.mustCompare(keeper.version) ||
      Date.now() - this.#trackedAt >= tablesIntervalMs;
    if (!mustLook) return undefined;
    const { limit, events } = await this.#look(control, backlog);
    if (events.some((event) => event.kind === "ddl")) await keeper.sync(control);
    const known = await this.#track(control, backlog.tablesMark);
    const turn = this.takesHeld ? true : this.leavesHeld ? false : undefined;
    const tracked = turn === undefined ? known : known.map((table) => withTurn(table, turn));
    this.#trackedAt = Date.now();
    await foreignKeys.adjust(control, { tracked, position: from, isExact });
    // After a cut window an exact one has to come, with events or without.
    const isAnythingDue = events.length > 0 || hasNews || !isExact ||
      schema.mustCompare(keeper.version) ||
      tracked.some(hasOwnTurn);
    if (!isAnythingDue) {
      this.leavesHeld = false;
      return undefined;
    }
    const isAfterCut = !isExact;
    return await this.#open(control, reader, {
      from,
      windowFrom: backlog.windowFrom,
      limit,
      events,
      tracked,
      isAfterCut,
      ...news,
    });
  }

  /**
   * Opens the batch after one that is still on its way, on the assumption that the target takes that. Only
   * a cut window, which has plain rows alone: whatever else there is, or fails, is left for `prepare`, which
   * starts from what the target has confirmed. Nothing may be decided here by a position that the target may never reach.
   */
  async prepareAfter(
    before: PreparedBatch,
    control: Connection,
    reader: Connection,
  ): Promise<PreparedBatch | undefined> {
    const { link, keeper, log, schema, foreignKeys, size } = this.#options;
    const from = before.batch.to;
    if (Date.now() - this.#preparedAt >= fullLookIntervalMs) return undefined;
    try {
      const limit = await findLimit(control, from, size.maxEvents);
      if (limit === undefined) return undefined;
      const tracked = await trackTables(control, link, { captured: keeper.captured, log });
      const isPlain = !schema.mustCompare(keeper.version) && !tracked.some(hasOwnTurn) &&
        !foreignKeys.mustRelease(tracked);
      if (!isPlain) return undefined;
      // The tables of the batch before stand for those of this one: where there are more, openBatch finds them.
      const events = before.batch.changes.flatMap((changes) => changes.events);
      const found = {
        from,
        limit,
        events,
        tracked,
        isAfterCut: true,
        sequences: [],
        upstreams: [],
      };
      const opened = await this.#openRows(control, reader, found);
      const { batch } = opened;
      if (batch.changes.length > 0 && batch.reloads.length === 0 && !this.#haveMoved(batch)) {
        return opened;
      }
      await reader.run("rollback");
      return undefined;
    } catch (error) {
      if (!(error instanceof TeleportError) || error.code === "bug") throw error;
      log.debug("The next batch is not opened before this one has ended", { error });
      return undefined;
    }
  }

  /** Where to cut the window, and what is in it. */
  async #look(
    control: Connection,
    { lookFrom: from, short }: Backlog,
  ): Promise<{ limit: bigint | undefined; events: readonly EventKinds[] }> {
    if (short !== undefined) return { limit: undefined, events: short };
    const { size } = this.#options;
    const limit = this.isWidened ? undefined : await findLimit(control, from, size.maxEvents);
    return { limit, events: await summarizeEvents(control, { from, limit }) };
  }

  /**
   * The target's tables, as last read where nothing changed since: no state (the mark was read before
   * they were), nothing that is captured, and no table that waits for a moment to come.
   */
  async #track(control: Connection, mark: string): Promise<TrackedTable[]> {
    const { link, keeper: { captured }, log } = this.#options;
    const last = this.#tracked;
    if (last?.mark === mark && last.captured === captured) return last.tables;
    const tables = await trackTables(control, link, { captured, log });
    const mayStay = tables.every(({ progress }) => travelsWithTarget(progress.state));
    this.#tracked = mayStay ? { mark, captured, tables } : undefined;
    return tables;
  }

  async #open(
    control: Connection,
    reader: Connection,
    found: Found,
  ): Promise<PreparedBatch | undefined> {
    const { link, log, holdDelayMs: delayMs } = this.#options;
    try {
      const opened = await this.#openRows(control, reader, found);
      return await this.#complete(control, reader, { opened, found });
    } catch (error) {
      await reader.rollback();
      if (!(error instanceof UnreadableTable) || found.from === undefined) throw error;
      const { tracked, from: position } = found;
      if (
        await holdUnreadable(control, tracked, { error, target: link.name, log, delayMs, position })
      ) {
        return undefined;
      }
      throw error;
    }
  }

  async #openRows(
    control: Connection,
    reader: Connection,
    found: Found,
  ): Promise<PreparedBatch> {
    const { link, keeper } = this.#options;
    const openedAt = Date.now();
    const captureVersion = keeper.version;
    if (captureVersion !== this.#verifiedFor) this.#verified.clear();
    this.#verifiedFor = captureVersion;
    const { from, windowFrom, limit, tracked, sequences, upstreams } = found;
    const request: BatchRequest = {
      target: link.name,
      from,
      windowFrom,
      limit,
      ...from === undefined
        ? chooseAll(keeper.captured.filter((table) => link.takes(table)))
        : chooseParticipants(found),
      verified: this.#verified,
      recordSent: (position: Position, isExact: boolean) =>
        recordSent(control, { target: link.name, position, isExact }),
    };
    const batch = await openBatch(reader, request);
    return {
      batch,
      request,
      schema: undefined,
      captureVersion,
      columns: undefined,
      sequences,
      upstreams,
      tracked,
      firstTables: [],
      openedAt,
    };
  }

  /** Adds the schema where it changed, and asks for the loads that the batch found to be needed. */
  async #complete(
    control: Connection,
    reader: Connection,
    { opened, found }: { opened: PreparedBatch; found: Found },
  ): Promise<PreparedBatch | undefined> {
    const { link, keeper, log, schema: sender } = this.#options;
    const { batch, request, captureVersion, upstreams } = opened;
    // Read after the rows' snapshot: whoever counts on the load finds no value used that the sequence still gives.
    const endsLoad = found.tracked.some(({ progress, table: { root } }) =>
      progress.state === "rejoining" && batch.changes.some(({ table }) => table.root === root)
    );
    const sequences = endsLoad ? await sender.currentSequences(control) : opened.sequences;
    for (const { table, reason } of batch.reloads) {
      log.warn("A table has to be loaded again", { table: displayName(table), reason });
      await requestLoad(control, link.name, [table.root], { existing: null });
    }
    const mustCompare = sender.mustCompare(captureVersion) || this.#haveMoved(batch);
    const schema = mustCompare ? await sender.read(reader, control) : undefined;
    const roots = keeper.captured.filter((table) => link.takes(table)).map(({ root }) => root);
    const columns = mustCompare ? await readColumnMarks(reader, roots) : undefined;
    const isFirst = found.from === undefined;
    const firstTables = isFirst ? await readFirstTables(reader, request.participants) : [];
    const isEmpty = !isFirst && !found.isAfterCut &&
      found.events.length === 0 && batch.changes.length === 0 &&
      sequences.length === 0 && upstreams.length === 0 && schema === undefined;
    if (!isEmpty) return { ...opened, schema, columns, sequences, firstTables };
    link.columns = columns ?? link.columns;
    sender.compared(captureVersion, undefined);
    await reader.run("commit");
    await batch.recorded;
    return undefined;
  }

  /** Values travel by name: a column that took another's place must get there before its values. */
  #haveMoved({ changes }: OpenBatch): boolean {
    const { columns } = this.#options.link;
    return changes.some(({ table, columnMarks }) => columns.get(table.root) !== columnMarks);
  }
}
