/** What the end of a load holds off, and looks at, while it builds. */
import { z } from "zod";
import type { Command } from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import { lockLoadedTable } from "./loaded_table.ts";
import { assertCaughtUp, type CaughtUpLoad } from "./stored_position.ts";

type BuildIndexes = Extract<Command, { kind: "buildIndexes" }>;

/** Shorter than any deadlock_timeout that is sensible. */
const batchTurnMs = 300;
const lockNotAvailable = "55P03";

/**
 * Holds the load as it is until the transaction ends, and its table's name.
 * @throws Refusal `load_superseded`
 */
export async function lockLoad(
  connection: Connection,
  step: BuildIndexes,
  lock: "share" | "update",
): Promise<CaughtUpLoad> {
  const { load, table } = step;
  const found = await assertCaughtUp(connection, step, lock);
  await lockLoadedTable(connection, { load, table, relation: found.relation });
  return found;
}

/** Of the table's rows and those of its partitions, without TOAST. */
export async function readTreeBytes(connection: Connection, relation: string): Promise<number> {
  const { bytes } = await connection.row(
    z.object({ bytes: z.coerce.number() }),
    `with recursive tree (oid) as (
       select $1::oid
       union
       select i.inhrelid from tree join pg_catalog.pg_inherits i on i.inhparent = tree.oid
     )
     select coalesce(pg_catalog.sum(pg_catalog.pg_relation_size(c.oid)), 0) as bytes
     from tree join pg_catalog.pg_class c on c.oid = tree.oid and c.relkind = 'r'`,
    [relation],
  );
  return bytes;
}

/** Waits for a batch at work, in short turns: one that waits for our table gives up, and no deadlock ends ours. */
export async function lockBatches(
  connection: Connection,
  { source, target }: BuildIndexes,
): Promise<void> {
  await connection.limitLockWaits(batchTurnMs);
  for (let isLocked = false; !isLocked;) {
    try {
      await connection.savepoint(() =>
        connection.run(
          "select 1 from teleport.applied where source = $1 and target = $2 for update",
          [source, target],
        )
      );
      isLocked = true;
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.sqlstate !== lockNotAvailable) throw error;
    }
  }
  await connection.limitLockWaits(0);
}
