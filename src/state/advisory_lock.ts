/** The advisory locks of teleport. All are the database's own; "tele" in ASCII is the first key. */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";

const family = 0x74656c65;

/** Keys of the lock that a migration holds to its end. */
export const migrationLock = `${family}, 1`;

/** Keys of the lock that the active instance of a database holds while its session lives. */
export const instanceLock = `${family}, 2`;

/** Key of the lock that a session holds while it builds indexes outside of transactions. */
const buildKey = 3;

/** Key of the lock that sessions share that build indexes at the ends of loads. */
const loadBuildKey = 4;

/** Takes the instance lock for the session. False: another instance is active. */
export function tryInstanceLock(connection: Connection): Promise<boolean> {
  return tryLock(connection, instanceLock);
}

/** Takes the lock of building for the session. False: another session has it. */
export function tryBuildLock(connection: Connection): Promise<boolean> {
  return tryLock(connection, `${family}, ${buildKey}`);
}

/** The server process that has the lock of building, where any has. */
export async function buildLockHolder(connection: Connection): Promise<number | undefined> {
  const [holder] = await connection.rows(
    z.object({ pid: z.number() }),
    `select l.pid
     from pg_catalog.pg_locks l
     join pg_catalog.pg_database d on d.oid = l.database
     where d.datname = pg_catalog.current_database() and l.locktype = 'advisory' and l.granted
       and l.classid = ${family} and l.objid = ${buildKey} and l.objsubid = 2`,
  );
  return holder?.pid;
}

/** Says for as long as the session lives that it builds indexes at the ends of loads. */
export async function shareLoadBuildLock(connection: Connection): Promise<void> {
  await connection.run(`select pg_catalog.pg_advisory_lock_shared(${family}, ${loadBuildKey})`);
}

/**
 * Ends the sessions that said so. A killed instance leaves server processes behind that go on building, and
 * keep others from it, only to undo all of it in the end. To be called by whoever has the instance lock.
 * @returns how many there are still.
 */
export async function endLoadBuilds(connection: Connection): Promise<number> {
  const { left } = await connection.row(
    z.object({ left: z.coerce.number() }),
    `select pg_catalog.count(pg_catalog.pg_terminate_backend(l.pid)) as left
     from pg_catalog.pg_locks l
     join pg_catalog.pg_stat_activity a on a.pid = l.pid
     where a.datname = pg_catalog.current_database() and a.usename = current_user
       and a.datid = l.database and l.locktype = 'advisory' and l.granted
       and l.classid = ${family} and l.objid = ${loadBuildKey} and l.objsubid = 2`,
  );
  return left;
}

async function tryLock(connection: Connection, keys: string): Promise<boolean> {
  const { isTaken } = await connection.row(
    z.object({ isTaken: z.boolean() }),
    `select pg_catalog.pg_try_advisory_lock(${keys}) as "isTaken"`,
  );
  return isTaken;
}
