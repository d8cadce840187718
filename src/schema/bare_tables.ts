/** Tables of a source that are being loaded on the target, and lack keys or rows meanwhile. */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";
import type { SnapshotIndex } from "./snapshot.ts";

const bareRow = z.object({ schema: z.string(), name: z.string() });

/** Ids of tables with a load under way, and of their partitions. */
export async function readBareTables(
  connection: Connection,
  place: { source: string; target: string },
  { before, after }: { before: SnapshotIndex; after: SnapshotIndex },
): Promise<ReadonlySet<string>> {
  const rows = await connection.rows(
    bareRow,
    `select n.nspname::text as schema, c.relname::text as name
     from teleport.applied_load l
     join pg_catalog.pg_class c on c.oid = l.relation
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where l.source = $1 and l.target = $2 and not l.is_built and l.mode <> 'shadow'`,
    [place.source, place.target],
  );
  // As they are called before this snapshot renames any.
  const roots = rows.flatMap((name) => before.findTable(name) ?? [])
    .flatMap(({ id }) => after.get("table", id) ?? []);
  return new Set(roots.flatMap((table) => after.treeOf(table)).map((table) => table.id));
}
