/**
 * What the tables of a database hold, as the server's own text of each row in byte order: what two
 * sides must agree on to the byte, whatever their versions. Text and not a digest, so that a difference
 * can be shown.
 */
import { z } from "zod";
import { quoteLiteral, quoteName } from "../../src/model/mod.ts";
import type { Connection } from "../../src/postgres/mod.ts";
import replicatedTables from "./replicated_tables.sql" with { type: "text" };

/** Rows of each table by its name. A table that could not be read is not there. */
export type Contents = ReadonlyMap<string, string>;

/** The ASCII record separator, which no row of the test has. */
const separator = "\x1e";
/** Longer rows are shown by their beginning and compared by their md5. */
const longestRow = 300;

const replicatedTable = z.object({
  name: z.string(),
  /** A list of SQL expressions over the table's row `t`. */
  columns: z.string(),
});
export type ReplicatedTable = z.output<typeof replicatedTable>;

export async function listReplicatedTables(connection: Connection): Promise<ReplicatedTable[]> {
  return await connection.rows(replicatedTable, replicatedTables);
}

/** Reads every table's own rows in one statement, and so in one snapshot. */
export async function readContents(
  connection: Connection,
  schema: string,
  tables: readonly ReplicatedTable[],
): Promise<Contents> {
  const selects = tables.map(({ name, columns }) =>
    `select ${quoteLiteral(name)} as name, (
       select coalesce(string_agg(line, chr(30) order by line collate "C"), '') from (
         select case when octet_length(line) <= ${longestRow} then line
           else left(line, 80) || ' ... md5 ' || md5(line) end as line
         from (select row(${columns})::text as line from only ${
      quoteName({ schema, name })
    } t) lines) short
     ) as rows`
  );
  const rows = await connection.rows(
    z.object({ name: z.string(), rows: z.string() }),
    selects.join(" union all "),
  );
  return new Map(rows.map((row) => [row.name, row.rows]));
}

/** A table whose rows differ. */
export interface Difference {
  table: string;
  onlyInSource: string[];
  onlyInTarget: string[];
}

export function compareContents(source: Contents, target: Contents): Difference[] {
  const differences: Difference[] = [];
  for (const [table, rows] of source) {
    const there = target.get(table) ?? "";
    if (rows === there) continue;
    const [mine, theirs] = [splitRows(rows), splitRows(there)];
    differences.push({
      table,
      onlyInSource: without(mine, theirs),
      onlyInTarget: without(theirs, mine),
    });
  }
  return differences;
}

/** Lines of the one that the other has not, as often as it has them more. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}

export function countRows(contents: Contents): number {
  return [...contents.values()].reduce((sum, rows) => sum + splitRows(rows).length, 0);
}

function splitRows(rows: string): string[] {
  return rows === "" ? [] : rows.split(separator);
}
