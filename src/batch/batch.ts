/**
 * One batch: a REPEATABLE READ transaction on the source, from its locks to its last row.
 *
 * Order is everything (DESIGN §3, EXPERIMENTS §2): locks before the snapshot, as plain top-level
 * commands, for TRUNCATE and rewrites are not MVCC-safe; then the snapshot, which is the new position;
 * then a check that what was locked is what the snapshot shows; then the ledger; then the rows.
 */
import { z } from "zod";
import type { CapturedRelation } from "../capture/mod.ts";
import {
  covers,
  cutPosition,
  parsePosition,
  type Position,
  positionSchema,
  quoteName,
  type Snapshot,
  withoutRunning,
} from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import { type EventSummary, hasUncuttable, summarizeEvents, type Window } from "./event_summary.ts";
import { type CheckedRelation, checkRelations } from "./checked_relation.ts";
import { readShapes, type RelationShape } from "./relation_shape.ts";
import { catalogsMoved, restartWindow } from "./restart.ts";
import { UnreadableTable } from "./unreadable_table.ts";
import { VerifiedRelations } from "./verified_relations.ts";

/**
 * Longest wait for a table that somebody holds in ACCESS EXCLUSIVE mode: below the default
 * deadlock_timeout, so that a deadlock never ends the application's transaction.
 */
const lockTimeoutMs = 900;

const fedRow = z.object({ isFed: z.boolean() });
const snapshotRow = z.object({ snapshot: positionSchema });

/** A table that may take part in the batch. */
export interface Participant {
  table: CapturedRelation;
  /** The table's own position, where it has not the target's. */
  own: Position | undefined;
}

export interface BatchRequest {
  target: string;
  /** The target's position; undefined at first contact, whose batch has no rows. */
  from: Position | undefined;
  /**
   * Where the window begins, if not at `from`: the same position without transactions that have no event,
   * as `readBacklog` gives it.
   */
  windowFrom?: Position | undefined;
  /** Where to cut, as found by `findLimit`; undefined for the whole window. */
  limit: bigint | undefined;
  participants: readonly Participant[];
  /** Roots that had events when the window was looked at, or must be locked for another reason. */
  lockRoots: ReadonlySet<number>;
  /** Records the position, in a session of its own. */
  recordSent: (position: Position, isExact: boolean) => Promise<void>;
  /** Kept by the caller from batch to batch, and cleared when capture was synced. */
  verified: VerifiedRelations;
}

/** What a batch has for one table. */
export interface TableChanges
  extends Pick<CheckedRelation, "columns" | "columnMarks" | "typeMarks"> {
  table: CapturedRelation;
  window: Window;
  /** Whether events of the same keys and of other origins may lie beyond the window. */
  isCut: boolean;
  /** Whether the window begins at a position of the table's own. */
  hasOwnWindow: boolean;
  events: EventSummary[];
}

export interface OpenBatch {
  to: Position;
  isExact: boolean;
  changes: TableChanges[];
  /** Participants whose rows cannot be read by key any more; they have to be loaded. */
  reloads: { table: CapturedRelation; reason: string }[];
  /** Participants with a position of their own that this batch's does not cover yet. */
  excluded: CapturedRelation[];
  /**
   * Settles when the position is in the ledger, or could not be put there. It has to be before the
   * last frame goes out, without which the target commits nothing; meanwhile rows may travel.
   */
  recorded: Promise<PromiseSettledResult<void>[]>;
}

/**
 * Opens the transaction and reads what the batch will hold. The caller streams it and commits.
 * @throws UnreadableTable when the role has lost its right to one;
 *   TeleportError `restart_window` when more happened than what was locked for: look again;
 *   `catalogs_moved` when the catalogs are not those that capture knows: sync, then look again.
 */
export async function openBatch(
  connection: Connection,
  request: BatchRequest,
): Promise<OpenBatch> {
  const lockRoots = new Set(request.lockRoots);
  while (true) {
    try {
      return await readBatch(connection, { ...request, lockRoots });
    } catch (error) {
      await connection.rollback();
      if (error instanceof DatabaseError && error.code === "database_privilege") {
        const tables = request.participants.map(({ table }) => table)
          .filter((table) => lockRoots.has(table.root));
        const forbidden = await findForbidden(connection, tables);
        if (forbidden !== undefined) throw new UnreadableTable(forbidden, error);
      }
      if (!(error instanceof UnlockedTables)) throw error;
      // Kept from try to try: under writes to many tables there is always one more.
      for (const root of error.roots) lockRoots.add(root);
    }
  }
}

/** Tables that had their first events between the look and the snapshot. */
class UnlockedTables extends Error {
  override readonly name = "UnlockedTables";
  readonly roots: readonly number[];

  constructor(roots: readonly number[]) {
    super("Tables with events are not locked");
    this.roots = roots;
  }
}

async function readBatch(connection: Connection, request: BatchRequest): Promise<OpenBatch> {
  const { participants, lockRoots } = request;
  const locked = participants.map(({ table }) => table).filter(({ root }) => lockRoots.has(root));
  const position = await lockTables(connection, locked);
  const snapshot = parsePosition(position);
  const start = request.windowFrom ?? request.from;
  const from = start && withoutRunning(start, snapshot);
  const isExact = request.limit === undefined;
  if (!isExact && from !== undefined && await hasUncuttable(connection, from)) {
    throw restartWindow("an event that forbids a cut arrived");
  }
  // No event that the snapshot shows is of a later transaction. Said so, the planner knows the range.
  const limit = request.limit ?? snapshot.xmax;
  const to = isExact ? position : cutPosition(snapshot, limit);
  // Both are asked for at once: the second is on its way as soon as the first has been answered.
  const [shapes, summary] = await Promise.all([
    readShapes(connection, locked.map(({ root }) => root)),
    from === undefined ? [] : summarizeEvents(connection, { from, limit }),
  ]);
  assertLocked(shapes, locked);
  const content = from === undefined
    ? { changes: [], reloads: [], excluded: [] }
    : await readContent(connection, {
      ...request,
      windowFrom: from,
      snapshot,
      to,
      limit,
      isExact,
      shapes,
      summary,
    });
  const recorded = Promise.allSettled([request.recordSent(to, isExact)]);
  return { to, isExact, ...content, recorded };
}

/**
 * Begins the transaction, locks the tables and takes the snapshot, in this order and in one round trip:
 * BEGIN, SET LOCAL and LOCK take no snapshot, as long as they are commands of their own.
 */
async function lockTables(
  connection: Connection,
  tables: readonly CapturedRelation[],
): Promise<Position> {
  const names = tables.map((table) => `${table.readsOnly ? "only " : ""}${quoteName(table)}`);
  try {
    const { snapshot } = await connection.rowOfLast(snapshotRow, [
      "begin isolation level repeatable read read only",
      ...connection.lockStatements(names, { mode: "access share", timeoutMs: lockTimeoutMs }),
      "select pg_catalog.txid_current_snapshot()::text as snapshot",
    ]);
    return snapshot;
  } catch (error) {
    const isGone = error instanceof DatabaseError && error.failureClass === "schema";
    throw isGone ? catalogsMoved(error.message) : error;
  }
}

/** The first table that the role may not lock any more, after its LOCK was refused. */
async function findForbidden(
  connection: Connection,
  tables: readonly CapturedRelation[],
): Promise<CapturedRelation | undefined> {
  const allowed = await connection.rows(
    z.object({ oid: z.number() }),
    `select c.oid from pg_catalog.pg_class c
     where c.oid = any ($1::oid[]) and pg_catalog.has_table_privilege(c.oid, 'select')`,
    [tables.map((table) => table.root)],
  );
  const may = new Set(allowed.map(({ oid }) => oid));
  return tables.find((table) => !may.has(table.root));
}

/** A rename or a new leaf between the look and the lock would have locked something else. */
function assertLocked(
  shapes: ReadonlyMap<number, RelationShape>,
  tables: readonly CapturedRelation[],
): void {
  for (const table of tables) {
    const now = shapes.get(table.root);
    const isSame = now !== undefined && now.schema === table.schema && now.name === table.name &&
      [...table.memberOids].sort((a, b) => a - b).join() === now.members.join();
    if (!isSame) throw catalogsMoved(`${table.schema}.${table.name} changed`);
  }
}

interface ContentRequest extends BatchRequest {
  windowFrom: Position;
  snapshot: Snapshot;
  to: Position;
  limit: bigint;
  isExact: boolean;
  /** Of every table that is locked. */
  shapes: ReadonlyMap<number, RelationShape>;
  /** The window's events. */
  summary: readonly EventSummary[];
}

type Content = Pick<OpenBatch, "changes" | "reloads" | "excluded">;

async function readContent(connection: Connection, request: ContentRequest): Promise<Content> {
  const { participants, lockRoots, summary } = request;
  const rootOf = new Map(
    participants.flatMap(({ table }) =>
      table.memberOids.map((member) => [member, table.root] as const)
    ),
  );
  const eventsOf = Map.groupBy(summary, (event) => rootOf.get(event.relation));
  const concerned = participants.filter(({ table, own }) =>
    own !== undefined || eventsOf.has(table.root)
  );
  const unlocked = concerned.map(({ table }) => table.root).filter((root) => !lockRoots.has(root));
  if (unlocked.length > 0) throw new UnlockedTables(unlocked);
  const isCut = !request.isExact && await isFed(connection);
  const content: Content = { changes: [], reloads: [], excluded: [] };
  const checked = await checkRelations(connection, concerned.map(({ table }) => table), request);
  for (const { table, own } of concerned) {
    // A cut may lie before the position where a load ended: a later one, or the whole window, does not.
    if (own !== undefined && !covers(request.to, own)) {
      content.excluded.push(table);
      continue;
    }
    const from = own === undefined ? request.windowFrom : withoutRunning(own, request.snapshot);
    const window = { from, limit: request.limit };
    const events = own === undefined
      ? eventsOf.get(table.root) ?? []
      : await summarizeEvents(connection, window, table.memberOids);
    const relation = checked.get(table.root);
    if (relation === undefined) throw catalogsMoved(`${table.schema}.${table.name} is gone`);
    const { isKeyCurrent, ...known } = relation;
    const reason = whyReload(table, isKeyCurrent, events);
    if (reason === undefined) {
      const hasOwnWindow = own !== undefined;
      content.changes.push({ table, window, isCut, hasOwnWindow, events, ...known });
    } else content.reloads.push({ table, reason });
  }
  return content;
}

/** Whether rows of other databases come here at all. */
async function isFed(connection: Connection): Promise<boolean> {
  const { isFed } = await connection.row(
    fedRow,
    `select exists (select 1 from teleport.applied) as "isFed"`,
  );
  return isFed;
}

function whyReload(
  { generation }: CapturedRelation,
  isKeyCurrent: boolean,
  events: readonly EventSummary[],
): string | undefined {
  if (!isKeyCurrent) return "its key changed";
  if (events.some((event) => event.kind === "reload")) return "its rows changed without row events";
  if (events.some((event) => event.kind === "row" && event.oldestGeneration < generation)) {
    return "its key changed while events were queued";
  }
  return undefined;
}
