/** Marks what a transaction writes as rows that come from another instance, for capture (DESIGN §3). */
import type { Connection } from "../postgres/mod.ts";

/** The setting that carries the origin. @param origin an epoch. */
export function originSetting(
  connection: Connection,
  origin: string,
): { name: string; value: string } {
  // Below 9.6 an unknown setting cannot be read back without an error: the trigger looks here.
  return connection.version >= 90600
    ? { name: "teleport.origin", value: origin }
    : { name: "application_name", value: `teleport:origin:${origin}` };
}

/** Until the end of the transaction, or the next call. @param origin an epoch. */
export async function setOrigin(connection: Connection, origin: string): Promise<void> {
  const { name, value } = originSetting(connection, origin);
  await connection.run("select pg_catalog.set_config($1, $2, true)", [name, value]);
}
