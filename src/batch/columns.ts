/** The columns whose values travel. */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";
import columnsQuery from "./columns.sql" with { type: "text" };
import columnsBefore12 from "./columns_before_12.sql" with { type: "text" };

/** Names in order, by relation: not dropped, not generated. */
export async function readColumns(
  connection: Connection,
  relations: readonly number[],
): Promise<Map<number, string[]>> {
  if (relations.length === 0) return new Map();
  const rows = await connection.rows(
    z.object({ relation: z.number(), columns: z.array(z.string()) }),
    connection.version >= 120000 ? columnsQuery : columnsBefore12,
    [[...relations]],
  );
  return new Map(rows.map(({ relation, columns }) => [relation, columns]));
}
