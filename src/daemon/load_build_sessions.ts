/** Sessions that build indexes at the ends of loads: each says so, for as long as it lives. */
import { type DatabaseConfig, TeleportError } from "../model/mod.ts";
import { Connection } from "../postgres/mod.ts";
import { endLoadBuilds, shareLoadBuildLock } from "../state/mod.ts";
import { sleep } from "./backoff.ts";

const attempts = 100;
const pauseMs = 100;

export async function openLoadBuild(database: DatabaseConfig): Promise<Connection> {
  const connection = await Connection.open(database, "load index");
  try {
    await shareLoadBuildLock(connection);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/**
 * Ends those of an instance that was killed. To be called by whoever has the instance lock, before it builds.
 * @throws TeleportError `gave_way` where one does not end.
 */
export async function clearLoadBuilds(lockSession: Connection): Promise<void> {
  const never = new AbortController().signal;
  for (let left = attempts; await endLoadBuilds(lockSession) > 0; left--) {
    if (left === 0) {
      throw new TeleportError("gave_way", "A session of a former instance still builds indexes", {
        hint: "It is shown in pg_stat_activity as load index; end it if it stays.",
      });
    }
    await sleep(pauseMs, never);
  }
}
