/**
 * The epoch: the random name of one history of a source database. Positions are comparable only
 * within one. A database that was restored, cloned or upgraded gets a new epoch, and its targets need
 * a reload.
 */
import { z } from "zod";
import { TeleportError } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { type Identity, readIdentity } from "./identity.ts";
import { lockPositions } from "./target_position.ts";

export interface Epoch {
  epoch: string;
  /** A new one was made just now: every target of the old one is forgotten. */
  replaced: boolean;
  /** What differed; only where it was replaced. */
  difference?: string;
}

const instanceRow = z.object({
  epoch: z.string(),
  systemIdentifier: z.string().nullable(),
  databaseOid: z.string(),
  lastTxid: z.string(),
});
type Instance = z.output<typeof instanceRow>;

/** Compares the database with what the state says of it, and starts a new epoch where they differ. */
export async function checkEpoch(connection: Connection): Promise<Epoch> {
  const identity = await readIdentity(connection);
  const instance = await readInstance(connection);
  const difference = differenceOf(instance, identity);
  if (difference === undefined) {
    await storeLateIdentifier(connection, { instance, identity });
    return { epoch: instance.epoch, replaced: false };
  }
  const epoch = crypto.randomUUID();
  await connection.transaction("read committed", () => startEpoch(connection, { epoch, identity }));
  return { epoch, replaced: true, difference };
}

/**
 * Stores the greatest txid seen, so that a smaller one later shows a restored database. Call it when
 * events moved. Writes nothing until txids have moved by `minAdvance`: an idle pair writes no WAL.
 */
export async function recordLastTxid(
  connection: Connection,
  options: { minAdvance?: number } = {},
): Promise<void> {
  await connection.run(
    `update teleport.instance
     set last_txid = pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())
     where last_txid + $1::bigint
       <= pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())`,
    [options.minAdvance ?? 1000],
  );
}

async function readInstance(connection: Connection): Promise<Instance> {
  const [instance] = await connection.rows(
    instanceRow,
    `select epoch, system_identifier as "systemIdentifier", database_oid::text as "databaseOid",
       last_txid::text as "lastTxid"
     from teleport.instance`,
  );
  if (instance) return instance;
  throw new TeleportError("state_version", `${connection.server}: teleport.instance is empty`, {
    hint: "The schema teleport was restored without its data: drop it and start again.",
  });
}

function differenceOf(instance: Instance, identity: Identity): string | undefined {
  const isOtherSystem = instance.systemIdentifier !== null && identity.systemIdentifier !== null &&
    instance.systemIdentifier !== identity.systemIdentifier;
  if (isOtherSystem) return "the database cluster is another one";
  if (instance.databaseOid !== identity.databaseOid) return "the database is another one";
  if (BigInt(identity.nextTxid) < BigInt(instance.lastTxid)) return "transaction ids went back";
  return undefined;
}

/** The identifier was not to be had at install (an older server, a missing right) but is now. */
async function storeLateIdentifier(
  connection: Connection,
  { instance, identity }: { instance: Instance; identity: Identity },
): Promise<void> {
  if (instance.systemIdentifier !== null || identity.systemIdentifier === null) return;
  await connection.run("update teleport.instance set system_identifier = $1", [
    identity.systemIdentifier,
  ]);
}

async function startEpoch(
  connection: Connection,
  { epoch, identity }: { epoch: string; identity: Identity },
): Promise<void> {
  await connection.run(lockPositions);
  await connection.run("delete from teleport.table_state");
  await connection.run("delete from teleport.target");
  await connection.run("delete from teleport.chunk");
  await connection.run("delete from teleport.ledger");
  await connection.run("delete from teleport.rewrite_mark");
  // pg_restore gives every relation another oid: capture is installed anew, with greater generations.
  await connection.run(
    "update teleport.capture set level = 'none', key_columns = '{}', key_signature = ''",
  );
  // So do the tables that loads from other databases came to.
  await connection.run(
    `update teleport.applied_load l
     set relation = coalesce((
       select c.oid from pg_catalog.pg_class c
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = l.schema_name and c.relname = l.table_name), 0)`,
  );
  await connection.run("truncate teleport.event_0, teleport.event_1, teleport.event_2");
  await connection.run(
    `update teleport.instance
     set epoch = $1, system_identifier = $2, database_oid = $3::oid, last_txid = $4::bigint,
       truncations = truncations + 1`,
    [epoch, identity.systemIdentifier, identity.databaseOid, identity.nextTxid],
  );
}
