/** What a failure on the target means to the source: who has to do what (DESIGN §4). */
import { type QualifiedName, Refusal, TeleportError, type TruncatedTable } from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import { z } from "zod";

/** Tables that the failed transaction touched, and the one it was at. */
export interface Progress {
  current: QualifiedName | undefined;
  touched: QualifiedName[];
  /** Whether the same request may come again, with all that it needs still there: a load has not to start again. */
  isRepeatable?: boolean;
}

/** Classes whose cause is the server's resources and not a table: 53 resources, 58 system errors. */
const serverWide = /^(53|58)/;

/** Concurrent DDL, of another load for example: the same statement works when it is over. */
function isCatalogRace({ sqlstate, message }: DatabaseError): boolean {
  return sqlstate === "XX000" &&
    /cache lookup failed|could not open relation|tuple concurrently/.test(message);
}

const foreignKeyViolation = "23503";

/**
 * @param connection a usable session, to look up whose foreign key was violated.
 */
export async function toRefusal(
  error: unknown,
  progress: Progress,
  connection: Connection,
): Promise<unknown> {
  const isRepeatable = progress.isRepeatable === true;
  if (isRepeatable && error instanceof Refusal && error.problem.failure === "data") {
    return new Refusal({ ...error.problem, failure: "operator" }, error);
  }
  if (!(error instanceof DatabaseError)) return error;
  const { sqlstate, failureClass, message } = error;
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  const details = { message, ...hint, ...(sqlstate === undefined ? {} : { sqlstate }) };
  if (failureClass === "transient" || failureClass === "unreachable") {
    return new Refusal({ failure: "transient", code: error.code, ...details }, error);
  }
  if (sqlstate === undefined || serverWide.test(sqlstate) || isCatalogRace(error)) {
    return new Refusal({ failure: "transient", code: error.code, ...details }, error);
  }
  const table = await tableOf(error, progress, connection);
  if (table === undefined) {
    return new Refusal({ failure: "operator", code: error.code, ...details }, error);
  }
  const isSchema = failureClass === "schema";
  return new Refusal({
    failure: isSchema ? "schema" : isRepeatable ? "operator" : "data",
    code: isSchema ? "schema_mismatch" : "table_refused",
    table,
    ...details,
  }, error);
}

/**
 * The table to hold. A deferred constraint fails at the end, when no table is current, and on a
 * partition it names the leaf; a foreign key names the child, which may not have travelled.
 */
async function tableOf(
  error: DatabaseError,
  progress: Progress,
  connection: Connection,
): Promise<QualifiedName | undefined> {
  const { schema, table, constraint } = error.place;
  if (!error.sqlstate?.startsWith("23") || schema === undefined || table === undefined) {
    return progress.current;
  }
  const isTouched = (name: QualifiedName) =>
    progress.touched.some((other) => other.schema === name.schema && other.name === name.name);
  const place = { schema, name: table };
  const own = [place, ...await readAncestors(connection, place)].find(isTouched);
  if (own !== undefined) return own;
  if (error.sqlstate !== foreignKeyViolation) return progress.current;
  // The child did not travel (it is held): the parent's delete is what has to wait with it.
  const parents = await readParents(connection, place, constraint);
  return parents.find(isTouched) ?? progress.current;
}

/** Names of the table and of all that it is a part of. */
async function readAncestors(
  connection: Connection,
  table: QualifiedName,
): Promise<QualifiedName[]> {
  if (!connection.isUsable) return [];
  return await connection.rows(
    z.object({ schema: z.string(), name: z.string() }),
    `with recursive up (oid) as (
       select c.oid from pg_catalog.pg_class c
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = $1 and c.relname = $2
       union
       select i.inhparent from up join pg_catalog.pg_inherits i on i.inhrelid = up.oid
     )
     select n.nspname::text as schema, c.relname::text as name
     from up join pg_catalog.pg_class c on c.oid = up.oid
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace`,
    [table.schema, table.name],
  );
}

async function readParents(
  connection: Connection,
  child: QualifiedName,
  constraint: string | undefined,
): Promise<QualifiedName[]> {
  if (!connection.isUsable || constraint === undefined) return [];
  return await connection.rows(
    z.object({ schema: z.string(), name: z.string() }),
    `select pn.nspname as schema, p.relname as name
     from pg_catalog.pg_constraint c
     join pg_catalog.pg_class t on t.oid = c.conrelid
     join pg_catalog.pg_namespace n on n.oid = t.relnamespace
     join pg_catalog.pg_class p on p.oid = c.confrelid
     join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
     where c.contype = 'f' and c.conname = $1 and n.nspname = $2 and t.relname = $3`,
    [constraint, child.schema, child.name],
  );
}

/** A refusal for what the source sent, rather than for what the server did. */
export function conflictOf(message: string, stored: Refusal["problem"]["stored"]): Refusal {
  return new Refusal({
    failure: "conflict",
    code: "position_conflict",
    message,
    ...(stored === undefined ? {} : { stored }),
  });
}

/** @throws TeleportError `row_count_mismatch` */
export function assertSameRows(
  table: QualifiedName,
  sent: { count: number; checksum: number },
  stored: { count: number; checksum: number },
): void {
  if (sent.count === stored.count && sent.checksum === stored.checksum) return;
  throw new TeleportError(
    "row_count_mismatch",
    `${table.schema}.${table.name}: the source sent ${sent.count} rows, ${stored.count} arrived`,
    { hint: "The batch is rolled back and sent again; report this if it stays." },
  );
}

/** @throws Refusal where a partition is none here: its rows would stay in the table. */
export async function assertPartition(
  connection: Connection,
  { root, schema, name }: TruncatedTable,
): Promise<void> {
  if (root === undefined) return;
  const ancestors = await readAncestors(connection, { schema, name });
  const isPart = ancestors.some((other) =>
    other.schema === root.schema && other.name === root.name
  );
  if (isPart) return;
  throw new Refusal({
    failure: "data",
    code: "must_load",
    table: root,
    message: `${schema}.${name} was truncated, which is no partition of ${root.schema}.` +
      `${root.name} on the target`,
  });
}
