/** Tables of a source that are being loaded on the target. */
import { z } from "zod";
import { quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import type { SnapshotIndex } from "./snapshot.ts";

const bareRow = z.object({ schema: z.string(), name: z.string() });

/** Ids of tables with a load under way, and of their partitions. */
export async function readBareTables(
  connection: Connection,
  place: { source: string; target: string },
  after: SnapshotIndex,
): Promise<ReadonlySet<string>> {
  const rows = await connection.rows(
    bareRow,
    `select schema_name as schema, table_name as name from teleport.applied_load
     where source = $1 and target = $2 and not is_built`,
    [place.source, place.target],
  );
  const names = new Set(rows.map((table) => quoteName(table)));
  const roots = after.all("table").filter((table) => names.has(quoteName(table)));
  return new Set(roots.flatMap((table) => after.treeOf(table)).map((table) => table.id));
}
