/**
 * Whether names stood for the relations that were meant when they were read. A table's lock keeps it from
 * being renamed, but not its schema: ALTER SCHEMA ... RENAME waits for nobody.
 */
import { z } from "zod";
import { type QualifiedName, quoteName, TeleportError } from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";

/**
 * To be called when all has been read: names are looked up as they are now, not as of the snapshot, and
 * what a session has seen of the catalogs never gets older. So if a name led elsewhere, it does so here.
 * @throws TeleportError `catalogs_moved`: what was read must not be used.
 */
export async function assertNames(
  connection: Connection,
  relations: readonly (QualifiedName & { oid: number })[],
): Promise<void> {
  if (relations.length === 0) return;
  const moved = await connection.rows(
    z.object({ name: z.string() }),
    `select ($2::text[])[i] as name
     from pg_catalog.generate_subscripts($1::oid[], 1) i
     where ($2::text[])[i]::regclass::oid <> ($1::oid[])[i]`,
    [relations.map(({ oid }) => oid), relations.map(quoteName)],
  ).catch((error: unknown) => {
    const isGone = error instanceof DatabaseError && error.failureClass === "schema";
    if (isGone) return [{ name: error.message }];
    throw error;
  });
  const [first] = moved;
  if (first === undefined) return;
  throw new TeleportError(
    "catalogs_moved",
    `The catalogs are looked at again: ${first.name} is another relation now`,
  );
}
