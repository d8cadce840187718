/**
 * Shadow tables of loads (see src/apply/shadow.ts) have the types of their tables' columns, and would keep these from
 * being dropped or replaced. Where a table's columns change its load begins again anyway, so that the shadow may go.
 */
import { z } from "zod";
import { quoteIdentifier } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { runnable, type Snapshots, tablesOf } from "./building_tables.ts";
import type { SchemaObject } from "./object.ts";
import type { Step } from "./plan/mod.ts";
import type { TargetCatalog } from "./target_catalog.ts";

const shadowRow = z.object({ name: z.string(), table: z.string() });

/** Drops the shadows of tables whose columns change, or that go. The load's next chunk finds its own missing. */
export async function clearShadows(
  connection: Connection,
  { steps, catalog, ...snapshots }: Snapshots & { steps: readonly Step[]; catalog: TargetCatalog },
): Promise<void> {
  if (steps.length === 0) return;
  const shadows = await connection.rows(
    shadowRow,
    `select l.shadow as name, l.relation::text as "table" from teleport.applied_load l
     join pg_catalog.pg_class c on c.relname = l.shadow
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname = 'teleport'
     where l.position is null`,
  );
  if (shadows.length === 0) return;
  const changing = new Set(
    runnable(steps).flatMap((step) => tablesOf(step, snapshots, isOfColumns)).map((id) => {
      const table = snapshots.before.get("table", id);
      return table && catalog.table(table)?.row.oid;
    }),
  );
  for (const { name } of shadows.filter(({ table }) => changing.has(table))) {
    await connection.run(`drop table if exists teleport.${quoteIdentifier(name)}`);
  }
}

function isOfColumns({ kind }: SchemaObject): boolean {
  return kind === "table" || kind === "column";
}
