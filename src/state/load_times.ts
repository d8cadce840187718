/** When the last load of each table was asked for, began and ended: kept with the table, so that whoever asks can tell. */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";

const timesRow = z.object({
  relation: z.number(),
  requestedAt: z.string().nullable(),
  isCopied: z.boolean(),
  begunAt: z.number().nullable(),
  seconds: z.number().nullable(),
  indexSeconds: z.number().nullable(),
});

/**
 * `requestedAt` is the same for all tables of one request, and its text sorts as the times do; null where no load
 * was asked for. `isCopied`: all rows are there. `begunAt`: in seconds of the database's clock. `seconds`: from the load's first beginning until the table followed,
 * or until now. `indexSeconds`: from then on that all rows were there until the indexes were, or until now.
 */
export type LoadTimes = z.output<typeof timesRow>;

export async function listLoadTimes(connection: Connection, target: string): Promise<LoadTimes[]> {
  return await connection.rows(
    timesRow,
    `select relation, copied_at is not null as "isCopied",
       pg_catalog.to_char(requested_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "requestedAt",
       extract(epoch from begun_at)::float8 as "begunAt",
       case when begun_at is not null then greatest(0, extract(epoch from
         coalesce(ended_at, pg_catalog.clock_timestamp()) - begun_at))::float8 end as seconds,
       case when copied_at is not null then greatest(0, extract(epoch from
         coalesce(built_at, pg_catalog.clock_timestamp()) - copied_at))::float8 end as "indexSeconds"
     from teleport.table_state where target = $1`,
    [target],
  );
}

/** Records that all rows of a load are there, and its indexes come next. The first time counts. */
export async function recordCopied(
  connection: Connection,
  { target, relation, load }: { target: string; relation: number; load: string },
): Promise<void> {
  await connection.run(
    `update teleport.table_state set copied_at = pg_catalog.clock_timestamp()
     where target = $1 and relation = $2::oid and load = $3 and copied_at is null`,
    [target, relation, load],
  );
}
