/**
 * The end of a load beside its table: the shadow is caught up, and then the table is brought to its rows.
 *
 * What differs is staged like the changes of a batch, rows that the source lacks as deleted ones, and merged like
 * these: rows that are the same are not written, and unique values may be swapped between those that stay. All of it
 * belongs to the catch-up's transaction: a reader sees the old rows or the new ones.
 */
import { epochsOf, type Origin, quoteIdentifier, quoteList, quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { matchKey, type Merge, mergeCatchUp, mergeChanges, storedColumns } from "./merge.ts";
import { setOrigin } from "./origin.ts";
import { buildShadowKey, dropShadow, shadowTable } from "./shadow.ts";
import type { Staging } from "./staging.ts";
import tellIncompleteSql from "./tell_incomplete.sql" with { type: "text" };

/** Applies the events since the load began to the shadow, which is of one moment then. */
export async function catchUpShadow(
  connection: Connection,
  parts: readonly Merge[],
  shadow: string,
): Promise<void> {
  const table = shadowTable(shadow);
  const beside = parts.map((part) => ({ ...part, rows: { ...part.rows, table, isOnly: false } }));
  const key = (parts[0]?.rows.key ?? []).map((column) => quoteIdentifier(column));
  await mergeCatchUp(connection, beside, () => buildShadowKey(connection, shadow, key));
  await connection.run(`analyze ${quoteName(table)}`);
}

/**
 * Brings the table to the shadow's rows, and drops the shadow. Constraints are checked here, not at the end.
 * @param first any of the parts of the catch-up, which say what table it is. @param options.origin of the load's rows.
 * @param options.part number of a staging table of this table that is free.
 */
export async function mergeShadow(
  connection: Connection,
  { rows, shape }: Merge,
  { shadow, origin, staging, part }: {
    shadow: string;
    origin: Origin;
    staging: Staging;
    part: number;
  },
): Promise<void> {
  // No writer between the look at the rows and their change; readers go on.
  await connection.run(`lock table ${nameOf(rows)} in share row exclusive mode`);
  await setOrigin(connection, origin);
  const stage = await staging.take(rows.table, { ...rows, part });
  const difference = { rows: { ...rows, origin }, shape, staging: stage };
  const count = await stageDifference(connection, difference, quoteName(shadowTable(shadow)));
  if (count > 0) {
    await mergeChanges(connection, [difference], staging.clearing(stage, count));
    await tellIncomplete(connection, difference);
  }
  await connection.run("set constraints all immediate");
  await dropShadow(connection, shadow);
}

async function tellIncomplete(connection: Connection, { rows }: Merge): Promise<void> {
  const epochs = epochsOf(rows.origin);
  const { schema, name } = rows.table;
  await connection.run(tellIncompleteSql, [schema, name, epochs, epochs.at(-1) ?? ""]);
}

/** @returns rows that were staged. */
async function stageDifference(
  connection: Connection,
  merge: Merge,
  shadow: string,
): Promise<number> {
  const { rows, staging } = merge;
  const table = nameOf(rows);
  const flag = staging.deletedColumn;
  const gone = await connection.run(
    `insert into ${staging.name} (${flag}, ${quoteList(rows.key)})
     select true, ${quoteList(rows.key, "t.")} from ${table} t
     where not exists (select 1 from ${shadow} s where ${matchKey(merge)})`,
  );
  const changed = await connection.run(
    `insert into ${staging.name} (${flag}, ${quoteList(rows.columns)})
     select false, ${quoteList(rows.columns, "s.")} from ${shadow} s
     where not exists (
       select 1 from ${table} t where ${matchKey(merge)} and ${isSame(connection, merge)}
     )${isRepeated(merge, table)}`,
  );
  return gone + changed;
}

/** The row t of the table is the row s to the last bit: equal is not enough (see merge.ts). */
function isSame(connection: Connection, merge: Merge): string {
  const computed = merge.shape.columns.filter(({ isStoredGenerated }) => isStoredGenerated);
  const columns = [...storedColumns(merge), ...computed.map(({ name }) => name)];
  const [one, other] = ["t.", "s."].map((alias) => `row(${quoteList(columns, alias)})`);
  return connection.version >= 90400
    ? `pg_catalog.record_image_eq(${one}, ${other})`
    : `${one}::text = ${other}::text`;
}

/** Where nothing keeps the table from having two rows of one key, such rows are put right too. */
function isRepeated({ rows, shape }: Merge, table: string): string {
  if (shape.hasArbiter(rows.key)) return "";
  const matches = rows.key.map((column) => {
    const name = quoteIdentifier(column);
    return `r.${name} ${shape.equalityOf(column)} s.${name}`;
  });
  const key = rows.key.map((column) =>
    `${shape.operandOf(column, "t")} as ${quoteIdentifier(column)}`
  );
  const numbers = rows.key.map((_column, index) => String(index + 1));
  return ` or exists (
    select 1 from (
      select ${key.join(", ")} from ${table} t
      group by ${numbers.join(", ")} having pg_catalog.count(*) > 1) r
    where ${matches.join(" and ")})`;
}

function nameOf({ table, isOnly }: Merge["rows"]): string {
  return `${isOnly ? "only " : ""}${quoteName(table)}`;
}
