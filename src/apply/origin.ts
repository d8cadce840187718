/** Marks what a transaction writes as rows that come from another instance, for capture (DESIGN §3). */
import type { Connection } from "../postgres/mod.ts";

/**
 * Whether the session's name has to tell capture's triggers that there is an origin: below 9.6 a setting
 * that was never set cannot be read without an error. The name itself is cut at 63 bytes.
 */
export function mustTellOrigin(connection: Connection): boolean {
  return connection.version < 90600;
}

/** Until the end of the transaction, or the next call. @param origin see `Origin`. */
export async function setOrigin(connection: Connection, origin: string): Promise<void> {
  const telling = mustTellOrigin(connection)
    ? ", pg_catalog.set_config('application_name', 'teleport:origin', true)"
    : "";
  await connection.run(
    `select pg_catalog.set_config('teleport.origin', $1, true)${telling}`,
    [origin],
  );
}
