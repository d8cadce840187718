/**
 * From a staging table into the table: delete the deleted keys, upsert the rest.
 *
 * `record_image_ne` and not IS DISTINCT FROM: 1.0 and 1.00, 'Foo' and 'foo' in citext, -0 and 0 are
 * equal but not the same, and json and point have no equality (EXPERIMENTS §5). Key columns are set
 * too, for the same reason. The fallback deletes and inserts every touched key.
 */
import { z } from "zod";
import { displayName, quoteIdentifier, quoteList, quoteName, Refusal } from "../model/mod.ts";
import type { MessageOf } from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import { readTableShape, type TableShape } from "../schema/mod.ts";
import type { StagingTable } from "./staging.ts";

const uniqueViolation = "23505";
const exclusionViolation = "23P01";
const notDeferrable = "55000";
const featureNotSupported = "0A000";

export interface Merge {
  rows: MessageOf<"rows">;
  shape: TableShape;
  staging: StagingTable;
}

/**
 * Merges staged changes.
 * @throws Refusal `data` where only a harmful fallback would be left, or the table's own triggers or
 *   rules changed which rows there are.
 */
export async function mergeChanges(connection: Connection, merge: Merge): Promise<void> {
  await deleteAndUpsert(connection, merge);
  await assertMerged(connection, merge);
}

async function deleteAndUpsert(connection: Connection, merge: Merge): Promise<void> {
  await connection.run(deleteStatement(merge, "deleted"));
  if (!canUpsert(connection, merge)) return await replaceRows(connection, merge);
  if (!merge.shape.hasOtherUnique(merge.rows.key)) {
    await connection.run(upsertStatement(connection, merge));
    return;
  }
  try {
    await connection.savepoint(() => connection.run(upsertStatement(connection, merge)));
  } catch (error) {
    if (!isSwap(error)) throw error;
    await replaceRows(connection, merge);
  }
}

/** Merges the catch-up of a load: `buildPrimaryKey` runs while no staged key is in the table. */
export async function mergeCatchUp(
  connection: Connection,
  merge: Merge,
  buildPrimaryKey: () => Promise<void>,
): Promise<void> {
  await connection.run(deleteStatement(merge, "all"));
  await buildPrimaryKey();
  await connection.run(insertStatement(connection, merge));
  await assertMerged(connection, merge);
}

/** @throws Refusal `schema` when the table is not there. */
export async function readShape(
  connection: Connection,
  table: MessageOf<"rows">["table"],
): Promise<TableShape> {
  const shape = await readTableShape(connection, table);
  if (shape !== undefined) return shape;
  throw new Refusal({
    failure: "schema",
    code: "schema_mismatch",
    message: `The target has no table ${table.schema}.${table.name}`,
    table,
  });
}

function canUpsert(connection: Connection, { rows, shape }: Merge): boolean {
  return connection.version >= 90500 && shape.hasArbiter(rows.key) && !shape.hasRules &&
    !shape.columns.some((column) => column.isIdentityAlways);
}

async function replaceRows(connection: Connection, merge: Merge): Promise<void> {
  // Read again under the lock of the first DELETE: a foreign key may have come since.
  const { inboundForeignKeys } = await readShape(connection, merge.rows.table);
  const harmful = inboundForeignKeys.find((key) => !key.toleratesReplace);
  if (harmful !== undefined) {
    throw new Refusal({
      failure: "data",
      code: "table_refused",
      table: merge.rows.table,
      message: `Rows have to be deleted and inserted again, which foreign key ${harmful.name} of ` +
        `${harmful.table.schema}.${harmful.table.name} would carry on to rows that nobody touched`,
      hint: "Make that foreign key DEFERRABLE with NO ACTION, or drop it, on the target.",
    });
  }
  await connection.run(deleteStatement(merge, "all"));
  await connection.run(insertStatement(connection, merge));
}

/** Triggers and rules of the target's own may move a key, or keep a row out or alive: never unnoticed. */
async function assertMerged(connection: Connection, merge: Merge): Promise<void> {
  const { rows, shape, staging } = merge;
  if (!shape.hasTriggers && !shape.hasRules) return;
  const only = rows.isOnly ? "only " : "";
  const { count } = await connection.row(
    z.object({ count: z.coerce.number() }),
    `select pg_catalog.count(*) as count from ${staging.name} s where s.${staging.deletedColumn} ` +
      `= exists (select 1 from ${only}${quoteName(rows.table)} t where ${matchKey(merge)})`,
  );
  if (count === 0) return;
  throw new Refusal({
    failure: "data",
    code: "table_refused",
    table: rows.table,
    message: `A trigger or rule of ${displayName(rows.table)} on the target changed the key of ` +
      `${count} rows, or kept them from being stored or deleted`,
    hint: "Drop or disable that trigger or rule on the target.",
  });
}

function isSwap(error: unknown): boolean {
  return error instanceof DatabaseError && error.sqlstate !== undefined &&
    [uniqueViolation, exclusionViolation, notDeferrable, featureNotSupported]
      .includes(error.sqlstate);
}

function deleteStatement(merge: Merge, which: "deleted" | "all"): string {
  const { rows, staging } = merge;
  const only = rows.isOnly ? "only " : "";
  const condition = which === "deleted" ? ` and s.${staging.deletedColumn}` : "";
  return `delete from ${only}${quoteName(rows.table)} t using ${staging.name} s ` +
    `where ${matchKey(merge)}${condition}`;
}

/** The row t of the table has the key of the staged row s. */
function matchKey({ rows, shape }: Merge): string {
  return rows.key.map((column) => {
    const name = quoteIdentifier(column);
    return `t.${name} ${shape.equalityOf(column)} s.${name}`;
  }).join(" and ");
}

/** Columns that take a value here; the target computes generated ones. */
function storedColumns({ rows, shape }: Merge): string[] {
  const generated = new Set(
    shape.columns.filter(({ isGenerated }) => isGenerated).map(({ name }) => name),
  );
  return rows.columns.filter((name) => !generated.has(name));
}

function insertStatement(connection: Connection, merge: Merge): string {
  const { rows, staging } = merge;
  const columns = storedColumns(merge);
  const overriding = connection.version >= 100000 ? " overriding system value" : "";
  const alias = connection.version >= 90500 ? " as t" : "";
  return `insert into ${quoteName(rows.table)}${alias} (${quoteList(columns)})${overriding} ` +
    `select ${quoteList(columns, "s.")} ` +
    `from ${staging.name} s where not s.${staging.deletedColumn}`;
}

function upsertStatement(connection: Connection, merge: Merge): string {
  const { key } = merge.rows;
  const columns = storedColumns(merge);
  const assignments = columns.map((column) => {
    const name = quoteIdentifier(column);
    return `${name} = excluded.${name}`;
  });
  return `${insertStatement(connection, merge)} on conflict (${quoteList(key)}) do update ` +
    `set ${assignments.join(", ")} where pg_catalog.record_image_ne(` +
    `row(${quoteList(columns, "t.")}), row(${quoteList(columns, "excluded.")}))`;
}
