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
import { setOrigin } from "./origin.ts";
import type { StagingTable } from "./staging.ts";

const uniqueViolation = "23505";
const exclusionViolation = "23P01";
const notDeferrable = "55000";
const featureNotSupported = "0A000";

export interface Merge {
  rows: MessageOf<"rows">;
  shape: TableShape;
  staging: StagingTable;
  /** Rows are written again though they are the same: what captures them here shall see their origin. */
  rewrites?: boolean;
}

/**
 * Merges staged changes of one table, in parts of one origin each: rows of different origin may have
 * swapped unique values.
 * @param clearing statements to run afterwards.
 * @throws Refusal `data` where only a harmful fallback would be left, or the table's own triggers or
 *   rules changed which rows there are.
 */
export async function mergeChanges(
  connection: Connection,
  parts: readonly Merge[],
  clearing: readonly string[],
): Promise<void> {
  const [first, ...others] = parts;
  const isPlain = first !== undefined && others.length === 0 && canUpsert(connection, first) &&
    !first.shape.hasTriggers;
  // Nearly every table: all of it in one round trip, which is most of what a small batch costs.
  if (isPlain && await mergeAtOnce(connection, first, clearing)) return;
  if (isPlain) await replaceRows(connection, parts);
  else await deleteAndUpsert(connection, parts);
  for (const part of parts) await assertMerged(connection, part);
  for (const statement of clearing) await connection.run(statement);
}

/** False where rows clash, so that they have to be replaced; nothing has been done then. */
async function mergeAtOnce(
  connection: Connection,
  part: Merge,
  clearing: readonly string[],
): Promise<boolean> {
  const statements = [
    deleteStatement(part, "deleted"),
    upsertStatement(connection, part),
    ...clearing,
  ];
  if (!part.shape.hasOtherUnique(part.rows.key)) {
    await connection.run(statements.join("; "));
    return true;
  }
  try {
    await connection.runInSavepoint(statements);
    return true;
  } catch (error) {
    if (!isSwap(error)) throw error;
    return false;
  }
}

async function deleteAndUpsert(connection: Connection, parts: readonly Merge[]): Promise<void> {
  const [first] = parts;
  if (first === undefined) return;
  await forEachPart(connection, parts, (part) => deleteStatement(part, "deleted"));
  if (!canUpsert(connection, first)) return await replaceRows(connection, parts);
  const upsert = () => forEachPart(connection, parts, (part) => upsertStatement(connection, part));
  if (!first.shape.hasOtherUnique(first.rows.key)) return await upsert();
  try {
    await connection.savepoint(upsert);
  } catch (error) {
    if (!isSwap(error)) throw error;
    await replaceRows(connection, parts);
  }
}

/** Runs one statement for each part, as rows of that part's origin. */
async function forEachPart(
  connection: Connection,
  parts: readonly Merge[],
  statement: (part: Merge) => string,
): Promise<void> {
  for (const part of parts) {
    // The origin of the only part has been set when it came.
    if (parts.length > 1) await setOrigin(connection, part.rows.origin);
    await connection.run(statement(part));
  }
}

/** Merges the catch-up of a load: `buildPrimaryKey` runs while no staged key is in the table. */
export async function mergeCatchUp(
  connection: Connection,
  parts: readonly Merge[],
  buildPrimaryKey: () => Promise<void>,
): Promise<void> {
  await forEachPart(connection, parts, (part) => deleteStatement(part, "all"));
  await buildPrimaryKey();
  await forEachPart(connection, parts, (part) => insertStatement(connection, part));
  for (const part of parts) await assertMerged(connection, part);
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

async function replaceRows(connection: Connection, parts: readonly Merge[]): Promise<void> {
  const [first] = parts;
  if (first === undefined) return;
  // Read again under the lock of the first DELETE: a foreign key may have come since.
  const { inboundForeignKeys } = await readShape(connection, first.rows.table);
  const harmful = inboundForeignKeys.find((key) => !key.toleratesReplace);
  if (harmful !== undefined) {
    throw new Refusal({
      failure: "data",
      code: "table_refused",
      table: first.rows.table,
      message: `Rows have to be deleted and inserted again, which foreign key ${harmful.name} of ` +
        `${harmful.table.schema}.${harmful.table.name} would carry on to rows that nobody touched`,
      hint: "Make that foreign key DEFERRABLE with NO ACTION, or drop it, on the target.",
    });
  }
  await forEachPart(connection, parts, (part) => deleteStatement(part, "all"));
  await forEachPart(connection, parts, (part) => insertStatement(connection, part));
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
export function matchKey({ rows, shape }: Merge): string {
  return rows.key.map((column) => {
    const operand = shape.operandOf(column, "t");
    return `${operand} ${shape.equalityOf(column)} s.${quoteIdentifier(column)}`;
  }).join(" and ");
}

/** Columns that take a value here; the target computes generated ones. */
export function storedColumns({ rows, shape }: Merge): string[] {
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
  const upsert =
    `${insertStatement(connection, merge)} on conflict (${quoteList(key)}) do update ` +
    `set ${assignments.join(", ")}`;
  if (merge.rewrites) return upsert;
  // What is computed here may change though nothing else does: by a function that was replaced.
  const computed = merge.shape.columns.filter(({ isStoredGenerated }) => isStoredGenerated);
  const compared = [...columns, ...computed.map(({ name }) => name)];
  return `${upsert} where pg_catalog.record_image_ne(` +
    `row(${quoteList(compared, "t.")}), row(${quoteList(compared, "excluded.")}))`;
}
