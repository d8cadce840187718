/**
 * The table of a load, which goes on beside batches: one of these may bring a schema that gives the table's name
 * to another.
 */
import { z } from "zod";
import { displayName, type QualifiedName, quoteName, type Refusal } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { loadSuperseded } from "./stored_position.ts";

/** Until the transaction ends, the name is that of the same table. */
export async function lockName(connection: Connection, table: QualifiedName): Promise<void> {
  await connection.run(`lock table only ${quoteName(table)} in access share mode`);
}

/**
 * As `lockName` does.
 * @param options.relation oid of the table that the load began in.
 * @throws Refusal `load_superseded` where the name is another table's.
 */
export async function lockLoadedTable(
  connection: Connection,
  { load, table, relation }: { load: string; table: QualifiedName; relation: string },
): Promise<void> {
  await lockName(connection, table);
  const { isSame } = await connection.row(
    z.object({ isSame: z.boolean() }),
    `select $1::pg_catalog.regclass::pg_catalog.oid = $2::pg_catalog.oid as "isSame"`,
    [quoteName(table), relation],
  );
  if (!isSame) throw loadOfAnother(load, table);
}

export function loadOfAnother(load: string, table: QualifiedName): Refusal {
  return loadSuperseded(load, `is of another table than ${displayName(table)}`);
}
