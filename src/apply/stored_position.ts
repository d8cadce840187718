/**
 * The target's position: read, compared and moved in the transaction that stores the data, which is
 * what makes a batch happen exactly once.
 */
import { z } from "zod";
import {
  type MessageOf,
  type Position,
  positionSchema,
  protocolVersion,
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
  const rows = await connection.rows(
    appliedRow,
    `select position, is_exact, schema_hash from teleport.applied
     where source = $1 and target = $2${begin.movesPosition ? " for update" : ""}`,
    [begin.source, begin.target],
  );
  const stored = toStored(rows[0], epoch);
  if (begin.restarts || !begin.movesPosition) return;
  if (stored.position === begin.from) return;
  throw conflictOf(
    `The target holds position ${stored.position ?? "none"}, the batch starts from ${
      begin.from ?? "none"
    }`,
    stored,
  );
}

export async function movePosition(
  connection: Connection,
  begin: MessageOf<"begin">,
  moved: { schemaHash: string | undefined; rows: number },
): Promise<Position> {
  if (!begin.movesPosition) return begin.to;
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
