/**
 * What a batch has to set and to know before it writes into a table, in one round trip: the origin of
 * the rows, whether a load owns the table, whether it is still what its shape was
 * read from.
 */
import { z } from "zod";
import {
  covers,
  displayName,
  type MessageOf,
  type Position,
  positionSchema,
  type QualifiedName,
  Refusal,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { mustTellOrigin } from "./origin.ts";
import { loadOfAnother, lockName } from "./loaded_table.ts";
import enterTableSql from "./enter_table.sql" with { type: "text" };

const entryRow = z.object({
  load: z.string().nullable(),
  position: positionSchema.nullable(),
  mark: z.string(),
});

export interface TableEntry {
  begin: MessageOf<"begin">;
  /** The table that a load would be of: the root of a partition. */
  table: QualifiedName;
  origin: string;
  /** Oids of the table and its partitions, as far as they are known. */
  members: readonly string[];
}

/**
 * Sets the origin of what is written next.
 * @returns the table's mark; undefined where there is no such table.
 * @throws Refusal `must_load` for a batch of before the table's load.
 */
export async function enterTable(
  connection: Connection,
  entry: TableEntry,
): Promise<string | undefined> {
  const { begin, table, members } = entry;
  // Batches go on beside a catch-up, and may bring a schema that gives the name to another table.
  if (begin.load !== null) await lockName(connection, table);
  const [row] = await connection.rows(entryRow, enterTableSql, [
    ...[entry.origin, mustTellOrigin(connection)],
    ...[begin.source, begin.target, table.schema, table.name],
    `{${members.join(",")}}`,
  ]);
  if (row === undefined) return undefined;
  if (begin.load === null) {
    if (row.load !== null) assertAfterLoad(table, begin.to, row.position);
  } else if (row.load !== begin.load.name) throw loadOfAnother(begin.load.name, table);
  return row.mark;
}

/**
 * A batch whose source gave it up may begin here only after the load of one of its tables, as long as no
 * other batch came between: its rows are older than the load's.
 */
function assertAfterLoad(table: QualifiedName, to: Position, loadedTo: Position | null): void {
  if (loadedTo !== null && covers(to, loadedTo)) return;
  throw new Refusal({
    failure: "data",
    code: "must_load",
    table,
    message: `${displayName(table)} is being loaded, or was loaded after the batch was read`,
  });
}
