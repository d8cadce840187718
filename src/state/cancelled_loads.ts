/** Loads that somebody does not want any more. */
import { z } from "zod";
import { nameLoad, type TableState } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { moveTable, type TableProgress } from "./table_progress.ts";
import { lockPositions } from "./target_position.ts";

/** What there is to cancel: of a table that has all its rows, nothing is left to give up. */
export function isCancellable({ state }: Pick<TableProgress, "state">): boolean {
  const states: readonly TableState[] = ["queued", "loading", "cancelling"];
  return states.includes(state);
}

/** Asks the instance to give up the loads of these tables, as far as they are queued or under way. */
export async function requestCancel(
  connection: Connection,
  target: string,
  relations: readonly number[],
): Promise<void> {
  await connection.run(
    `update teleport.table_state
     set state = 'cancelling', reason = null, attempts = 0, retry_at = null,
       since = pg_catalog.clock_timestamp(),
       begun_at = null, copied_at = null, built_at = null, ended_at = null
     where target = $1 and relation = any($2::oid[]) and state in ('queued', 'loading')`,
    [target, [...relations]],
  );
}

/** A name for what ends the loads of a table: its number is greater than that of any load before. */
export async function nameCancel(connection: Connection): Promise<string> {
  const { txid } = await connection.row(
    z.object({ txid: z.string() }),
    "select pg_catalog.txid_current()::text as txid",
  );
  return nameLoad(txid, `cancel:${crypto.randomUUID()}`);
}

/**
 * The target has given the load up: the table follows from now on, or from where its events were kept, which
 * a batch of its own brings. It is not loaded.
 */
export async function endCancelled(
  connection: Connection,
  target: string,
  from: TableProgress,
): Promise<TableState> {
  return await connection.transaction("read committed", async () => {
    await connection.run(lockPositions);
    const { relation, position } = from;
    await connection.run("delete from teleport.chunk where target = $1 and relation = $2::oid", [
      target,
      relation,
    ]);
    return await moveTable(connection, {
      target,
      relation,
      from,
      event: position === null ? "giveUp" : "hold",
      position,
      reason: "Its load was cancelled",
      isLoaded: false,
      load: null,
    });
  });
}

/** Has the instance try again after a while. */
export async function delayCancel(
  connection: Connection,
  target: string,
  { relation, reason, retryMs }: { relation: number; reason: string; retryMs: number },
): Promise<void> {
  await connection.run(
    `update teleport.table_state
     set reason = $3, attempts = attempts + 1,
       retry_at = pg_catalog.clock_timestamp() + $4::bigint * interval '1 millisecond'
     where target = $1 and relation = $2::oid and state = 'cancelling'`,
    [target, relation, reason, retryMs],
  );
}
