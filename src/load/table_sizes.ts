/** About how large tables are, to load the largest first. */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";
import sizesQuery from "./table_sizes.sql" with { type: "text" };

/** Pages by root. Waits for no lock. */
export async function readTableSizes(
  connection: Connection,
  roots: readonly number[],
): Promise<Map<number, number>> {
  if (roots.length === 0) return new Map();
  const rows = await connection.rows(
    z.object({ root: z.coerce.number(), pages: z.number() }),
    sizesQuery,
    [[...roots]],
  );
  return new Map(rows.map(({ root, pages }) => [root, pages]));
}
