/** Digests of tables, made by the server: count and md5 over the rows' text in byte order. */
import { z } from "zod";
import { type QualifiedName, quoteName } from "../../src/model/mod.ts";
import { Connection } from "../../src/postgres/mod.ts";

/** Digest by `schema.name` of each table, read in the connection's transaction. */
export async function digestTables(
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
