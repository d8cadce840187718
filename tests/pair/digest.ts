/** Digests of tables, made by the server: count and md5 over the rows' text in byte order. */
import { z } from "zod";
import { type QualifiedName, quoteName } from "../../src/model/mod.ts";
import { type Connection, DatabaseError } from "../../src/postgres/mod.ts";

/**
 * Digest by name of each table, read in one transaction. A reader of several tables can be the victim of a
 * deadlock with DDL that locks them in another order: it reads again.
 */
export async function digestTables(
  connection: Connection,
  tables: readonly (QualifiedName & { isOnly?: boolean })[],
): Promise<Record<string, string>> {
  while (true) {
    try {
      return await connection.transaction(
        "repeatable read read only",
        () => digestInTransaction(connection, tables),
      );
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.sqlstate !== "40P01") throw error;
    }
  }
}

async function digestInTransaction(
  connection: Connection,
  tables: readonly (QualifiedName & { isOnly?: boolean })[],
): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const table of tables) {
    const { digest } = await connection.row(
      z.object({ digest: z.string() }),
      `select pg_catalog.count(*) || ':' || coalesce(pg_catalog.md5(pg_catalog.string_agg(
         pg_catalog.md5(r.line), '' order by r.line collate "C")), '') as digest
       from (select t::text as line from ${table.isOnly ? "only " : ""}${quoteName(table)} t) r`,
    );
    digests[table.name] = digest;
  }
  return digests;
}
