/** The advisory locks of teleport. Both are the database's own; "tele" in ASCII is the first key. */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";

const family = 0x74656c65;

/** Keys of the lock that a migration holds to its end. */
export const migrationLock = `${family}, 1`;

/** Keys of the lock that the active instance of a database holds while its session lives. */
export const instanceLock = `${family}, 2`;

/** Takes the instance lock for the session. False: another instance is active. */
export async function tryInstanceLock(connection: Connection): Promise<boolean> {
  const { isTaken } = await connection.row(
    z.object({ isTaken: z.boolean() }),
    `select pg_catalog.pg_try_advisory_lock(${instanceLock}) as "isTaken"`,
  );
  return isTaken;
}
