/**
 * The target's position: read, compared and moved in the transaction that stores the data, which is
 * what makes a batch happen exactly once.
 */
import { z } from "zod";
import {
  covers,
  type MessageOf,
  type Origin,
  parsePosition,
  type Position,
  positionSchema,
  protocolVersion,
  type QualifiedName,
  Refusal,
  type StoredPosition,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { isSchemaReadable } from "../schema/mod.ts";
import { type LoadMode, loadMode } from "./load_mode.ts";
import { conflictOf } from "./refusal.ts";

/** A load at its end. `shadow`: the table that its rows went to, where they have to be merged yet. */
export interface CatchUp {
  mode: LoadMode;
  /** What the rows of its chunks count as having been through. */
  origin: Origin;
  shadow: string | null;
}

const appliedRow = z.object({
  position: positionSchema,
  is_exact: z.boolean(),
  schema_hash: z.string().nullable(),
});

export async function readStoredPosition(
  connection: Connection,
  of: { source: string; target: string; epoch: string },
): Promise<StoredPosition> {
  const rows = await connection.rows(
    appliedRow,
    "select position, is_exact, schema_hash from teleport.applied where source = $1 and target = $2",
    [of.source, of.target],
  );
  const stored = toStored(rows[0], of.epoch, await listLost(connection, of));
  if (stored.schemaHash === null || await isSchemaReadable(connection, of)) return stored;
  return { ...stored, schemaHash: null }; // so the source sends it
}

/** Remembers what a lost answer would make the source forget: these tables have no rows. */
export async function recordLost(
  connection: Connection,
  { source, target }: { source: string; target: string },
  lost: readonly QualifiedName[],
): Promise<void> {
  for (const { schema, name } of lost) {
    await forgetLost(connection, { source, target, table: { schema, name } });
    await connection.run("insert into teleport.applied_lost values ($1, $2, $3, $4)", [
      ...[source, target, schema, name],
    ]);
  }
}

/** A load that begins brings all of the table's rows. */
export async function forgetLost(
  connection: Connection,
  { source, target, table }: { source: string; target: string; table: QualifiedName },
): Promise<void> {
  await connection.run(
    `delete from teleport.applied_lost
     where source = $1 and target = $2 and schema_name = $3 and table_name = $4`,
    [source, target, table.schema, table.name],
  );
}

async function listLost(
  connection: Connection,
  { source, target }: { source: string; target: string },
): Promise<QualifiedName[]> {
  return await connection.rows(
    z.object({ schema: z.string(), name: z.string() }),
    `select schema_name as schema, table_name as name from teleport.applied_lost
     where source = $1 and target = $2 order by schema_name, table_name`,
    [source, target],
  );
}

/**
 * Locks the position against every other batch of this source and target until the transaction ends.
 * @returns the load that the batch ends. @throws Refusal `conflict` when it is not the one that the batch starts from.
 */
export async function lockPosition(
  connection: Connection,
  begin: MessageOf<"begin">,
  epoch: string,
): Promise<CatchUp | undefined> {
  if (begin.load !== null) return await lockLoad(connection, begin.load, begin.to);
  const rows = await connection.rows(
    appliedRow,
    `select position, is_exact, schema_hash from teleport.applied
     where source = $1 and target = $2 for update`,
    [begin.source, begin.target],
  );
  const stored = toStored(rows[0], epoch);
  if (begin.peer !== epoch) {
    throw conflictOf(`The batch is for the database ${begin.peer}, this is ${epoch}`, stored);
  }
  if (stored.position === begin.from) {
    if (begin.restarts) await endLoads(connection, begin);
    return undefined;
  }
  throw conflictOf(
    `The target holds position ${stored.position ?? "none"}, the batch starts from ${
      begin.from ?? "none"
    }`,
    stored,
  );
}

/** Ends every load of a time that is over: what is still on its way of them is refused. */
async function endLoads(connection: Connection, begin: MessageOf<"begin">): Promise<void> {
  const { source, target, to } = begin;
  await connection.run(
    `delete from teleport.applied_chunk where load in (
       select load from teleport.applied_load where source = $1 and target = $2)`,
    [source, target],
  );
  await connection.run(
    `update teleport.applied_load
     set load = pg_catalog.split_part(load, ':', 1) || $4::text || schema_name || ' ' || table_name,
       position = $3
     where source = $1 and target = $2`,
    [source, target, to, `:over ${crypto.randomUUID()} `],
  );
}

/**
 * Fences a catch-up: one of a load that was given up, or older than the one that ended it, must not
 * write over what came after.
 */
async function lockLoad(
  connection: Connection,
  { name: load, chunks }: NonNullable<MessageOf<"begin">["load"]>,
  to: Position,
): Promise<CatchUp> {
  const [row] = await connection.rows(
    z.object({
      position: positionSchema.nullable(),
      mode: loadMode,
      isBuilt: z.boolean(),
      shadow: z.string().nullable(),
      origin: z.string(),
    }),
    `select position, mode, is_built as "isBuilt", shadow, origin from teleport.applied_load
     where load = $1 for update`,
    [load],
  );
  const isCurrent = row !== undefined &&
    (row.position === null || (row.position !== to && covers(to, row.position)));
  if (row === undefined || !isCurrent) throw loadSuperseded(load);
  // Once all was there it stays, and the records of the chunks go.
  if (!row.isBuilt) await assertChunks(connection, load, chunks);
  await connection.run(
    `update teleport.applied_load set position = $2, is_merged = mode = 'shadow' where load = $1`,
    [load, to],
  );
  const { mode, origin } = row;
  // The first catch-up ends it.
  const shadow = row.position === null ? row.shadow : null;
  if (shadow !== null) await assertShadow(connection, load, shadow);
  return { mode, origin, shadow };
}

/** Whoever ends a load may drop its shadow and leave it at that. @throws Refusal `load_superseded` */
export async function assertShadow(
  connection: Connection,
  load: string,
  shadow: string,
): Promise<void> {
  const found = await connection.rows(
    z.object({ name: z.string() }),
    `select relname::text as name from pg_catalog.pg_class c
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'teleport' and c.relname = $1`,
    [shadow],
  );
  if (found.length === 0) throw loadSuperseded(load, "has lost its shadow table");
}

/**
 * The source knows which chunks were stored; a target that fell back to an older copy of itself may lack
 * some of them. To be called under the load's lock, in a statement after it: chunks hold it until they end.
 */
async function assertChunks(connection: Connection, load: string, wanted: number): Promise<void> {
  const { stored } = await connection.row(
    z.object({ stored: z.coerce.number() }),
    "select pg_catalog.count(*) as stored from teleport.applied_chunk where load = $1",
    [load],
  );
  if (stored !== wanted) {
    throw loadSuperseded(load, `has ${stored} of its ${wanted} chunks here`);
  }
}

export interface CaughtUpLoad {
  /** Oid of its table. */
  relation: string;
  mode: LoadMode;
  isBuilt: boolean;
}

/**
 * Locks the load until the transaction ends: against all that would change it, `update` also against its builds.
 * @throws Refusal `load_superseded` where the catch-up is not here that ended at the position.
 */
export async function assertCaughtUp(
  connection: Connection,
  { load, position }: { load: string; position: Position },
  lock: "share" | "update",
): Promise<CaughtUpLoad> {
  const [row] = await connection.rows(
    z.object({
      position: positionSchema.nullable(),
      relation: z.string(),
      mode: loadMode,
      isBuilt: z.boolean(),
    }),
    `select position, relation::text, mode, is_built as "isBuilt" from teleport.applied_load
     where load = $1 for ${lock}`,
    [load],
  );
  if (row === undefined) throw loadSuperseded(load);
  if (row.position === null || !covers(row.position, position)) {
    throw loadSuperseded(load, "lacks its catch-up here");
  }
  return row;
}

export function loadSuperseded(load: string, why = "was given up or has ended"): Refusal {
  return new Refusal({
    failure: "operator",
    code: "load_superseded",
    message: `Load ${load} ${why}`,
  });
}

export async function movePosition(
  connection: Connection,
  begin: MessageOf<"begin">,
  moved: {
    schemaHash: string | undefined;
    movesTables: boolean;
    rows: number;
    upstreams: readonly string[];
  },
): Promise<Position> {
  if (begin.load !== null) return begin.to;
  const { source, target, to, isExact } = begin;
  // A load that began later knows the names that this batch brought, and is of the time that it begins.
  const endsBeginnings = begin.restarts || moved.movesTables;
  const firstLoad = endsBeginnings ? String(parsePosition(to).xmax) : null;
  const values = [
    ...[source, target, to, isExact, moved.schemaHash ?? null, moved.rows, moved.upstreams],
    firstLoad,
  ];
  const updated = await connection.run(
    `update teleport.applied
     set position = $3, is_exact = $4, schema_hash = coalesce($5, schema_hash),
       applied_at = pg_catalog.now(), batches = batches + 1, rows = rows + $6,
       upstreams = array(select distinct u from pg_catalog.unnest(upstreams || $7::text[]) u),
       first_load = coalesce($8, first_load)
     where source = $1 and target = $2`,
    values,
  );
  if (updated === 0) {
    await connection.run(
      `insert into teleport.applied
         (source, target, position, is_exact, schema_hash, batches, rows, upstreams, first_load)
       values ($1, $2, $3, $4, $5, 1, $6, $7::text[], coalesce($8::bigint, 0))`,
      values,
    );
  }
  return to;
}

function toStored(
  row: z.output<typeof appliedRow> | undefined,
  epoch: string,
  lostTables: QualifiedName[] = [],
): StoredPosition {
  return {
    protocol: protocolVersion,
    epoch,
    position: row?.position ?? null,
    isExact: row?.is_exact ?? false,
    schemaHash: row?.schema_hash ?? null,
    lostTables,
  };
}
