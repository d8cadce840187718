/** What tells one history of a database from another: the cluster, the database in it, its txids. */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";

export interface Identity {
  /** Null where the server does not tell: before 9.6, or EXECUTE was revoked. */
  systemIdentifier: string | null;
  databaseOid: string;
  /** The txid that comes next. */
  nextTxid: string;
}

const identityRow = z.object({
  databaseOid: z.string(),
  nextTxid: z.string(),
  mayAsk: z.boolean(),
});

export async function readIdentity(connection: Connection): Promise<Identity> {
  // txid_current() would assign a txid, and so write WAL on an idle database.
  const { databaseOid, nextTxid, mayAsk } = await connection.row(
    identityRow,
    `select
       (select d.oid::text from pg_catalog.pg_database d
        where d.datname = pg_catalog.current_database()) as "databaseOid",
       pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())::text as "nextTxid",
       coalesce((
         select pg_catalog.has_function_privilege(p.oid, 'execute')
         from pg_catalog.pg_proc p
         where p.proname = 'pg_control_system' and p.pronamespace = 11
       ), false) as "mayAsk"`,
  );
  if (!mayAsk) return { systemIdentifier: null, databaseOid, nextTxid };
  const { systemIdentifier } = await connection.row(
    z.object({ systemIdentifier: z.string() }),
    `select system_identifier::text as "systemIdentifier" from pg_catalog.pg_control_system()`,
  );
  return { systemIdentifier, databaseOid, nextTxid };
}
