/** A table of the target loses its rows before a load, and where a load is given up. */
import { displayName, quoteName, Refusal, type TruncatedTable } from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";

const featureNotSupported = "0A000";

/** Only the source's rows may be there at the end: what the table holds goes first. */
export async function emptyTable(connection: Connection, table: TruncatedTable): Promise<void> {
  const name = `${table.isOnly ? "only " : ""}${quoteName(table)}`;
  try {
    await connection.run(`truncate ${name}`);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.sqlstate !== featureNotSupported) throw error;
    throw new Refusal({
      failure: "data",
      code: "table_refused",
      table,
      message: `${displayName(table)} cannot be emptied for its load: ${error.message}`,
      hint: "Drop the foreign key that references it on the target; teleport does not manage it.",
    }, error);
  }
}
