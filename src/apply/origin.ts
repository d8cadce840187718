/** Marks what a transaction writes as rows that come from another instance, for capture (DESIGN §3). */
import type { Connection } from "../postgres/mod.ts";

/** Until the end of the transaction, or the next call. @param origin an epoch. */
export async function setOrigin(connection: Connection, origin: string): Promise<void> {
  // Below 9.6 an unknown setting cannot be read back without an error: the trigger looks here.
  await connection.run(
    connection.version >= 90600
      ? "select pg_catalog.set_config('teleport.origin', $1, true)"
      : "select pg_catalog.set_config('application_name', 'teleport:origin:' || $1, true)",
    [origin],
  );
}
