/** The state of each table on its way to each target, as teleport.table_state keeps it. */
import { z } from "zod";
import {
  type ExistingRows,
  existingRows,
  nameLoad,
  type Position,
  positionSchema,
  type QualifiedName,
  type TableEvent,
  type TableState,
  TeleportError,
  transitions,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { lockPositions } from "./target_position.ts";

const stateNames = Object.keys(transitions) as [TableState, ...TableState[]];

const progressRow = z.object({
  relation: z.number(),
  schema: z.string(),
  name: z.string(),
  state: z.enum(stateNames),
  position: positionSchema.nullable(),
  isLoaded: z.boolean(),
  isOurs: z.boolean(),
  existing: existingRows.nullable(),
  reason: z.string().nullable(),
  attempts: z.number(),
  isDue: z.boolean(),
  since: z.string(),
  load: z.string().nullable(),
  rewrites: z.number(),
});

/**
 * One table of one target. `isOurs`: what the target holds of it came from here. `existing`: what whoever asked for its
 * load wants done about rows that the target holds, null where nobody asked. `isDue`: a held or queued table's
 * waiting time is over.
 */
export type TableProgress = z.output<typeof progressRow>;

export async function listTables(
  connection: Connection,
  target: string,
): Promise<TableProgress[]> {
  return await connection.rows(
    progressRow,
    `select relation, schema_name as schema, table_name as name, state, position,
       is_loaded as "isLoaded", is_ours as "isOurs", existing, reason, attempts, load, rewrites,
       coalesce(retry_at <= pg_catalog.clock_timestamp(), true) as "isDue",
       pg_catalog.to_char(since, 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00"') as since
     from teleport.table_state where target = $1 order by schema_name, table_name`,
    [target],
  );
}

export interface NewTable extends QualifiedName {
  relation: number;
  state: TableState;
  /** Whether what the target holds of it came from here. Default: not. */
  isOurs?: boolean;
}

/** Adds tables at first contact (in a known state) or found later (`queued`: they are loaded). */
export async function addTables(
  connection: Connection,
  target: string,
  tables: readonly NewTable[],
): Promise<void> {
  for (const { relation, schema, name, state, isOurs = false } of tables) {
    await connection.run(
      `insert into teleport.table_state
         (target, relation, schema_name, table_name, state, is_loaded, is_ours, requested_at)
       select $1, $2::oid, $3, $4, $5, $6, $7,
         case when $5 = 'queued' then pg_catalog.now() end
       where not exists (
         select 1 from teleport.table_state where target = $1 and relation = $2::oid)`,
      [target, relation, schema, name, state, state === "streaming", isOurs],
    );
  }
}

export async function removeTables(
  connection: Connection,
  target: string,
  relations: readonly number[],
): Promise<void> {
  if (relations.length === 0) return;
  await connection.run(
    "delete from teleport.table_state where target = $1 and relation = any($2::oid[])",
    [target, [...relations]],
  );
}

/** Names follow a rename on the source. */
export async function renameTable(
  connection: Connection,
  target: string,
  table: QualifiedName & { relation: number },
): Promise<void> {
  await connection.run(
    `update teleport.table_state set schema_name = $3, table_name = $4
     where target = $1 and relation = $2::oid`,
    [target, table.relation, table.schema, table.name],
  );
}

/** What changes with the state; fields left out keep their value. */
export interface Transition {
  target: string;
  relation: number;
  /** As it was when it was read: an instance that lost its lock must not move what another moved on. */
  from: Pick<TableProgress, "state" | "position" | "load">;
  event: TableEvent;
  /** Own position; null to follow the target's. */
  position: Position | null;
  reason?: string | null;
  isLoaded?: boolean;
  load?: string | null;
  /** Whether the table's file was another one than the load was planned on. */
  isRewritten?: boolean;
  /** Counts as a failed attempt and waits so long before the next. */
  retryInMs?: number;
}

/**
 * Moves a table to its next state.
 * @throws TeleportError `bug` where the state machine has no such transition;
 *   `restart_window` where the table is in another state, at another position or in another load by now.
 */
export async function moveTable(
  connection: Connection,
  transition: Transition,
): Promise<TableState> {
  const { target, relation, from, event } = transition;
  const next: TableState | undefined = transitions[from.state][event];
  if (next === undefined) {
    throw new TeleportError("bug", `A ${from.state} table cannot take the event ${event}`, {
      context: { target, relation },
    });
  }
  const state = from.state === "held" && event === "batch" && transition.isLoaded === false
    ? "partial"
    : next;
  const moved = await connection.run(
    `update teleport.table_state set
       state = $4, position = $5, reason = $6,
       is_loaded = coalesce($7::boolean, is_loaded),
       load = case when $8::boolean then $9 else load end,
       attempts = case when $11::boolean then attempts when $10::bigint is null then 0 else attempts + 1 end,
       rewrites = case when $15::boolean then rewrites + 1 when $14 = 'caughtUp' then 0 else rewrites end,
       retry_at = pg_catalog.clock_timestamp() + $10::bigint * interval '1 millisecond',
       begun_at = case when $14 = 'begin' then coalesce(begun_at, pg_catalog.clock_timestamp())
         when $14 = 'giveUp' then null else begun_at end,
       copied_at = case when state = 'queued' then null else copied_at end,
       built_at = case when state = 'queued' then null
         when $14 = 'caughtUp' then pg_catalog.clock_timestamp() else built_at end,
       ended_at = case when $4 = 'streaming' then coalesce(ended_at, pg_catalog.clock_timestamp())
         else ended_at end,
       since = case when state = $4 then since else pg_catalog.clock_timestamp() end
     where target = $1 and relation = $2::oid and state = $3
       and position is not distinct from $12 and load is not distinct from $13`,
    [
      target,
      relation,
      from.state,
      state,
      transition.position,
      transition.reason ?? null,
      transition.isLoaded ?? null,
      transition.load !== undefined,
      transition.load ?? null,
      transition.retryInMs === undefined ? null : Math.round(transition.retryInMs),
      // A load that begins again after a failure has not succeeded yet.
      event === "begin" && transition.retryInMs === undefined,
      from.position,
      from.load,
      event,
      transition.isRewritten ?? false,
    ],
  );
  if (moved === 1) return state;
  throw new TeleportError(
    "restart_window",
    `Table ${relation} is no longer ${from.state} as it was`,
  );
}

/**
 * Asks for a load of the tables: they leave the batches and wait for a worker.
 * @param options.existing what the load does about rows that the target holds, for this request, whatever the
 *   configuration says; null where nobody asked for it, but something made it necessary: see `existingOf`.
 *
 * Where rows of other databases come here, events of a table that has followed are kept from now on: its
 * load's rows do not go on to where they may have come from, but those of its catch-up do. So are those of a
 * load that is given up: it may have brought rows that only events can remove.
 */
export async function requestLoad(
  connection: Connection,
  target: string,
  relations: readonly number[],
  { existing }: { existing: ExistingRows | null },
): Promise<void> {
  await connection.transaction("read committed", async () => {
    await connection.run(lockPositions);
    await connection.run(
      `update teleport.table_state
       set state = 'queued',
         position = case when exists (select 1 from teleport.applied) then
           case when state = 'partial'
             then (select t.position from teleport.target t where t.name = $1)
             else position
           end
         end,
         reason = null, attempts = 0, retry_at = null,
         -- What was asked for and has not been done stands.
         existing = coalesce($3, case when state in ('queued', 'loading') then existing end),
         is_ours = is_ours or is_loaded,
         is_loaded = false, load = null, since = pg_catalog.clock_timestamp(),
         requested_at = pg_catalog.now(), begun_at = null, copied_at = null, built_at = null, ended_at = null
       where target = $1 and relation = any($2::oid[])`,
      [target, [...relations], existing],
    );
  });
}

/**
 * Registers the position from which the events of a table are kept for its load.
 * @returns it, and the load's name: `name` after a number that is greater than that of any load before.
 */
export async function beginLoad(
  connection: Connection,
  begun: { target: string; progress: TableProgress; name: string },
): Promise<{ position: Position; load: string }> {
  const { target, progress, name } = begun;
  const { relation } = progress;
  return await connection.transaction("read committed", async () => {
    await connection.run(lockPositions);
    const { position, txid } = await connection.row(
      z.object({ position: positionSchema, txid: z.string() }),
      `select coalesce(
         (select position from teleport.table_state where target = $1 and relation = $2::oid),
         pg_catalog.txid_current_snapshot()::text) as position,
         pg_catalog.txid_current()::text as txid`,
      [target, relation],
    );
    const load = nameLoad(txid, name);
    await moveTable(connection, {
      target,
      relation,
      from: progress,
      event: "begin",
      position,
      load,
    });
    return { position, load };
  });
}
