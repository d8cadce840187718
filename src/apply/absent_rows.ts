/**
 * Deletions of rows that are not here, passed on to this database's own targets.
 *
 * A row that came to the source and went between two batches was never here, so that deleting it fires
 * no trigger; but in a ring it still is where it came from.
 */
import { z } from "zod";
import { quoteIdentifier, quoteLiteral, quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { readCapturedTable } from "./captured_table.ts";
import type { Merge } from "./merge.ts";

/** To be called before the rows are merged. */
export async function passOnAbsent(connection: Connection, parts: readonly Merge[]): Promise<void> {
  const [first] = parts;
  const captured = first && await readCapturedTable(connection, first.rows.table);
  // A deleted row has its key alone.
  if (captured?.keyColumns.every((column) => first?.rows.key.includes(column)) !== true) return;
  const { relation, generation, keyColumns } = captured;
  // A slot that is not the current one any more is as good.
  const { slot } = await connection.row(
    z.object({ slot: z.coerce.number() }),
    "select last_value % 3 as slot from teleport.slot",
  );
  const key = keyColumns.map((column) =>
    `pg_catalog.format('%s', s.${quoteIdentifier(column)}) collate pg_catalog."C"`
  );
  for (const { rows, shape, staging } of parts) {
    const matches = keyColumns.map((column) =>
      `${shape.operandOf(column, "t")} ${shape.equalityOf(column)} s.${quoteIdentifier(column)}`
    );
    await connection.run(
      `insert into teleport.event_${slot} (kind, relation, generation, key, origin)
       select 'row', ${relation}, ${generation}, array[${key.join(", ")}], ${
        quoteLiteral(rows.origin)
      }
       from ${staging.name} s
       where s.${staging.deletedColumn} and not exists (
         select 1 from ${quoteName(rows.table)} t where ${matches.join(" and ")})`,
    );
  }
}
