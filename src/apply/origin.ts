/** Marks what a transaction writes as rows that come from another instance, for capture (DESIGN §3). */
import type { Connection } from "../postgres/mod.ts";

/** Until the end of the transaction, or the next call. @param origin see `Origin`. */
export async function setOrigin(connection: Connection, origin: string): Promise<void> {
  // Below 9.6 a setting that was never set cannot be read without an error: the session's name tells the
  // trigger that this one was. The name itself is cut at 63 bytes.
  const telling = connection.version >= 90600
    ? ""
    : ", pg_catalog.set_config('application_name', 'teleport:origin', true)";
  await connection.run(
    `select pg_catalog.set_config('teleport.origin', $1, true)${telling}`,
    [origin],
  );
}
