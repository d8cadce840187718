/**
 * One batch: a REPEATABLE READ transaction on the source, from its locks to its last row.
 *
 * Order is everything (DESIGN §3, EXPERIMENTS §2): locks before the snapshot, as plain top-level
 * commands, for TRUNCATE and rewrites are not MVCC-safe; then the snapshot, which is the new position;
 * then a check that what was locked is what the snapshot shows; then the ledger; then the rows.
 */
import { z } from "zod";
import { type CapturedRelation, listCaptured } from "../capture/mod.ts";
import {
  cutPosition,
  parsePosition,
  type Position,
  positionSchema,
  quoteName,
  TeleportError,
} from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import { type EventSummary, hasUncuttable, summarizeEvents, type Window } from "./event_summary.ts";
import { UnreadableTable } from "./unreadable_table.ts";
import lockedRelations from "./locked_relations.sql" with { type: "text" };

/**
 * Longest wait for a table that somebody holds in ACCESS EXCLUSIVE mode: below the default
 * deadlock_timeout, so that a deadlock never ends the application's transaction.
 */
const lockTimeoutMs = 900;

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
  /** Where to cut, as found by `findLimit`; undefined for the whole window. */
  limit: bigint | undefined;
  participants: readonly Participant[];
  /** Roots that had events when the window was looked at, or must be locked for another reason. */
  lockRoots: ReadonlySet<number>;
  /** Records the position, in a session of its own, before anything is sent. */
  recordSent: (position: Position, isExact: boolean) => Promise<void>;
}

/** What a batch has for one table. */
export interface TableChanges {
  table: CapturedRelation;
  window: Window;
  events: EventSummary[];
}

export interface OpenBatch {
  to: Position;
  isExact: boolean;
  changes: TableChanges[];
  /** Participants whose rows cannot be read by key any more; they have to be loaded. */
  reloads: { table: CapturedRelation; reason: string }[];
  /** Participants with a position of their own that is behind or ahead of this batch's. */
  excluded: CapturedRelation[];
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
    await connection.run("begin isolation level repeatable read read only");
    try {
      return await readBatch(connection, { ...request, lockRoots });
    } catch (error) {
      if (connection.isUsable) await connection.run("rollback");
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
  const locked = participants.filter(({ table }) => lockRoots.has(table.root));
  await lockTables(connection, locked.map(({ table }) => table));
  const { snapshot } = await connection.row(
    z.object({ snapshot: positionSchema }),
    "select pg_catalog.txid_current_snapshot()::text as snapshot",
  );
  await assertLocked(connection, locked.map(({ table }) => table));
  const limit = request.limit !== undefined && request.from !== undefined &&
      await hasUncuttable(connection, request.from)
    ? undefined
    : request.limit;
  if (limit !== request.limit) throw restart("an event that forbids a cut arrived");
  const isExact = limit === undefined;
  const to = limit === undefined ? snapshot : cutPosition(parsePosition(snapshot), limit);
  const content = request.from === undefined
    ? { changes: [], reloads: [], excluded: [] }
    : await readContent(connection, { ...request, from: request.from, to, isExact });
  await request.recordSent(to, isExact);
  return { to, isExact, ...content };
}

/** SET LOCAL and LOCK take no snapshot, as long as they are commands of their own. */
async function lockTables(
  connection: Connection,
  tables: readonly CapturedRelation[],
): Promise<void> {
  await connection.limitLockWaits(lockTimeoutMs);
  if (tables.length === 0) return;
  const names = tables.map((table) => `${table.readsOnly ? "only " : ""}${quoteName(table)}`);
  try {
    await connection.run(`lock table ${names.join(", ")} in access share mode`);
  } catch (error) {
    const isGone = error instanceof DatabaseError && error.failureClass === "schema";
    throw isGone ? moved(error.message) : error;
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
async function assertLocked(
  connection: Connection,
  tables: readonly CapturedRelation[],
): Promise<void> {
  if (tables.length === 0) return;
  const found = await connection.rows(
    z.object({
      root: z.number(),
      schema: z.string(),
      name: z.string(),
      members: z.array(z.coerce.number()),
    }),
    lockedRelations,
    [tables.map((table) => table.root)],
  );
  const byRoot = new Map(found.map((relation) => [relation.root, relation]));
  for (const table of tables) {
    const now = byRoot.get(table.root);
    const isSame = now !== undefined && now.schema === table.schema && now.name === table.name &&
      [...table.memberOids].sort((a, b) => a - b).join() === now.members.join();
    if (!isSame) throw moved(`${table.schema}.${table.name} changed`);
  }
}

interface ContentRequest extends BatchRequest {
  from: Position;
  to: Position;
  isExact: boolean;
}

async function readContent(
  connection: Connection,
  request: ContentRequest,
): Promise<Pick<OpenBatch, "changes" | "reloads" | "excluded">> {
  const summary = await summarizeEvents(connection, request);
  const rootOf = new Map(
    request.participants.flatMap(({ table }) =>
      table.memberOids.map((member) => [member, table.root] as const)
    ),
  );
  const eventsOf = Map.groupBy(summary, (event) => rootOf.get(event.relation));
  const concerned = new Set(eventsOf.keys());
  const unlocked = request.participants
    .map(({ table }) => table.root)
    .filter((root) => concerned.has(root) && !request.lockRoots.has(root));
  if (unlocked.length > 0) throw new UnlockedTables(unlocked);
  const current = await readCurrent(connection, request, concerned);
  const content: Pick<OpenBatch, "changes" | "reloads" | "excluded"> = {
    changes: [],
    reloads: [],
    excluded: [],
  };
  for (const { table, own } of request.participants) {
    const isConcerned = concerned.has(table.root) || own !== undefined;
    if (!isConcerned) continue;
    // Own positions are seen by exact windows only: a cut may lie before them.
    if (own !== undefined && !request.isExact) {
      content.excluded.push(table);
      continue;
    }
    const window = { from: own ?? request.from, limit: request.limit };
    const events = own === undefined
      ? eventsOf.get(table.root) ?? []
      : await summarizeEvents(connection, window, table.memberOids);
    const reason = whyReload(current.get(table.root), table, events);
    if (reason === undefined) content.changes.push({ table, window, events });
    else content.reloads.push({ table, reason });
  }
  return content;
}

/** The concerned relations as the batch's snapshot has them. */
async function readCurrent(
  connection: Connection,
  request: ContentRequest,
  concerned: ReadonlySet<number | undefined>,
): Promise<Map<number, CapturedRelation>> {
  const roots = request.participants
    .filter(({ table, own }) => own !== undefined || concerned.has(table.root))
    .map(({ table }) => table.root);
  if (roots.length === 0) return new Map();
  const captured = await listCaptured(connection, roots);
  return new Map(captured.map((table) => [table.root, table]));
}

function whyReload(
  current: CapturedRelation | undefined,
  table: CapturedRelation,
  events: readonly EventSummary[],
): string | undefined {
  if (current === undefined) throw moved(`${table.schema}.${table.name} is no longer captured`);
  if (current.generation !== table.generation) {
    throw moved(`the key of ${table.schema}.${table.name} changed`);
  }
  if (!current.isSignatureCurrent) return "its key changed";
  if (events.some((event) => event.kind === "reload")) return "its rows changed without row events";
  if (events.some((event) => event.kind === "row" && event.oldestGeneration < table.generation)) {
    return "its key changed while events were queued";
  }
  return undefined;
}

function moved(why: string): TeleportError {
  return new TeleportError("catalogs_moved", `The catalogs are looked at again: ${why}`);
}

function restart(why: string): TeleportError {
  return new TeleportError("restart_window", `The window is looked at again: ${why}`);
}
