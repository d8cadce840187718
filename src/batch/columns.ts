/** The columns whose values travel. */
import { z } from "zod";
import { type Connection, forVersion } from "../postgres/mod.ts";
import columnsQuery from "./columns.sql" with { type: "text" };

/** Names in order, by relation: not dropped, not generated. */
export async function readColumns(
  connection: Connection,
  relations: readonly number[],
): Promise<Map<number, string[]>> {
  if (relations.length === 0) return new Map();
  const rows = await connection.rows(
    z.object({ relation: z.number(), columns: z.array(z.string()) }),
    forVersion(columnsQuery, connection.version),
    [[...relations]],
  );
  return new Map(rows.map(({ relation, columns }) => [relation, columns]));
}

/**
 * What each relation's columns are, as text to compare: names stay when one column takes another's
 * place, and values sent by name would then go to the wrong one.
 */
export async function readColumnMarks(
  connection: Connection,
  relations: readonly number[],
): Promise<Map<number, string>> {
  const rows = await connection.rows(
    z.object({ relation: z.number(), marks: z.string() }),
    `select a.attrelid as relation, pg_catalog.string_agg(
       a.attnum || ':' || a.atttypid || ':' || a.atttypmod || ':' || a.attcollation || ':' || a.attname,
       ',' order by a.attnum) as marks
     from pg_catalog.pg_attribute a
     where a.attrelid = any ($1::oid[]) and a.attnum > 0 and not a.attisdropped
     group by a.attrelid`,
    [[...relations]],
  );
  return new Map(rows.map(({ relation, marks }) => [relation, marks]));
}
