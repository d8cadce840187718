/**
 * From a staging table into the table: delete the deleted keys, upsert the rest.
 *
 * `record_image_ne` and not IS DISTINCT FROM: 1.0 and 1.00, 'Foo' and 'foo' in citext, -0 and 0 are
 * equal but not the same, and json and point have no equality (EXPERIMENTS §5). Key columns are set
 * too, for the same reason. The fallback deletes and inserts every touched key.
 */
import { quoteIdentifier, quoteList, quoteName, Refusal } from "../model/mod.ts";
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

/** Merges staged changes. @throws Refusal `data` where only a harmful fallback would be left. */
export async function mergeChanges(connection: Connection, merge: Merge): Promise<void> {
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
  const harmful = merge.shape.inboundForeignKeys.find((key) => !key.toleratesReplace);
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

function isSwap(error: unknown): boolean {
  return error instanceof DatabaseError && error.sqlstate !== undefined &&
    [uniqueViolation, exclusionViolation, notDeferrable, featureNotSupported]
      .includes(error.sqlstate);
}

function deleteStatement({ rows, shape, staging }: Merge, which: "deleted" | "all"): string {
  const only = rows.isOnly ? "only " : "";
  const matches = rows.key.map((column) => {
    const operand = shape.operandOf(column, "t");
    return `${operand} ${shape.equalityOf(column)} s.${quoteIdentifier(column)}`;
  });
  if (which === "deleted") matches.push(`s.${staging.deletedColumn}`);
  return `delete from ${only}${quoteName(rows.table)} t using ${staging.name} s ` +
    `where ${matches.join(" and ")}`;
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
