/**
 * The target's position: read, compared and moved in the transaction that stores the data, which is
 * what makes a batch happen exactly once.
 */
import { z } from "zod";
import {
  covers,
  type MessageOf,
  type Position,
  positionSchema,
  protocolVersion,
  Refusal,
  type StoredPosition,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { conflictOf } from "./refusal.ts";

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
  return toStored(rows[0], of.epoch);
}

/**
 * Locks the position against every other batch of this source and target until the transaction ends.
 * @throws Refusal `conflict` when it is not the one that the batch starts from.
 */
export async function lockPosition(
  connection: Connection,
  begin: MessageOf<"begin">,
  epoch: string,
): Promise<void> {
  if (begin.load !== null) return await lockLoad(connection, begin.load, begin.to);
  const rows = await connection.rows(
    appliedRow,
    `select position, is_exact, schema_hash from teleport.applied
     where source = $1 and target = $2 for update`,
    [begin.source, begin.target],
  );
  const stored = toStored(rows[0], epoch);
  if (stored.position === begin.from) {
    if (begin.restarts) await endLoads(connection, begin);
    return;
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
     set load = $4::text || ' ' || schema_name || ' ' || table_name, position = $3
     where source = $1 and target = $2`,
    [source, target, to, `over ${crypto.randomUUID()}`],
  );
}

/**
 * Fences a catch-up: one of a load that was given up, or older than the one that ended it, must not
 * write over what came after.
 */
async function lockLoad(connection: Connection, load: string, to: Position): Promise<void> {
  const [row] = await connection.rows(
    z.object({ position: positionSchema.nullable() }),
    "select position from teleport.applied_load where load = $1 for update",
    [load],
  );
  const isCurrent = row !== undefined &&
    (row.position === null || (row.position !== to && covers(to, row.position)));
  if (!isCurrent) throw loadSuperseded(load);
  await connection.run("update teleport.applied_load set position = $2 where load = $1", [
    load,
    to,
  ]);
}

export function loadSuperseded(load: string): Refusal {
  return new Refusal({
    failure: "operator",
    code: "load_superseded",
    message: `Load ${load} was given up or has ended`,
  });
}

export async function movePosition(
  connection: Connection,
  begin: MessageOf<"begin">,
  moved: { schemaHash: string | undefined; rows: number },
): Promise<Position> {
  if (begin.load !== null) return begin.to;
  const { source, target, to, isExact } = begin;
  const updated = await connection.run(
    `update teleport.applied
     set position = $3, is_exact = $4, schema_hash = coalesce($5, schema_hash),
       applied_at = pg_catalog.now(), batches = batches + 1, rows = rows + $6
     where source = $1 and target = $2`,
    [source, target, to, isExact, moved.schemaHash ?? null, moved.rows],
  );
  if (updated === 0) {
    await connection.run(
      `insert into teleport.applied (source, target, position, is_exact, schema_hash, batches, rows)
       values ($1, $2, $3, $4, $5, 1, $6)`,
      [source, target, to, isExact, moved.schemaHash ?? null, moved.rows],
    );
  }
  return to;
}

function toStored(row: z.output<typeof appliedRow> | undefined, epoch: string): StoredPosition {
  return {
    protocol: protocolVersion,
    epoch,
    position: row?.position ?? null,
    isExact: row?.is_exact ?? false,
    schemaHash: row?.schema_hash ?? null,
  };
}
