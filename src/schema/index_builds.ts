/**
 * Indexes that are to be built beside the batches: what teleport.applied_schema wants of them, whose rows are the only
 * memory of it. Statements for it, and what came of it.
 */
import { z } from "zod";
import { displayName, type QualifiedName, quoteIdentifier, quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { appliedOf, loadStoredSchema, parseStored, wantedOf } from "./applied.ts";
import { buildName, type HalfBuiltIndex, listHalfBuilt } from "./half_built.ts";
import { buildingMark, notBuiltMark } from "./policy.ts";
import { createIndex } from "./render_table.ts";
import { SnapshotIndex } from "./snapshot.ts";
import { targetSearchPath } from "./target_path.ts";

export interface IndexBuild {
  source: string;
  target: string;
  /** Id of the index. */
  object: string;
  /** As it is to be called, with its schema, for people. */
  name: string;
  /** Whether it failed the last time. */
  hasFailed: boolean;
}

export interface BuildPlan {
  table: QualifiedName & { oid: string };
  /** Until it is done. */
  buildName: string;
  /** As it is to be called. */
  name: string;
  /** Runs outside of a transaction only, under `searchPath`. */
  statement: string;
  searchPath: string;
}

const buildRow = z.object({
  source: z.string(),
  target: z.string(),
  object: z.string(),
  definition: z.string(),
  error: z.string(),
});

const marks = [`${buildingMark}%`, `${notBuiltMark}%`];

/** In the order in which they came. */
export async function listBuilds(connection: Connection): Promise<IndexBuild[]> {
  const rows = await connection.rows(
    buildRow,
    `select source, target, object, definition, error from teleport.applied_schema
     where error like any ($1::text[])
     order by source, target, pg_catalog.length(object), object`,
    [marks],
  );
  return rows.flatMap(({ source, target, object, definition, error }) => {
    const stored = parseStored(definition);
    if (!stored?.awaitsBuild || stored.wanted?.kind !== "index") return [];
    const hasFailed = error.startsWith(notBuiltMark);
    return [{ source, target, object, name: displayName(stored.wanted), hasFailed }];
  });
}

/** Undefined where it is not wanted any more, or cannot be built now: its table is gone, or is being loaded. */
export async function planBuild(
  connection: Connection,
  { source, target, object }: IndexBuild,
): Promise<BuildPlan | undefined> {
  const stored = await loadStoredSchema(connection, source, target);
  const known = stored.get(object);
  if (!known?.awaitsBuild || known.wanted?.kind !== "index") return undefined;
  const index = known.wanted;
  const table = new SnapshotIndex(appliedOf(stored)).get("table", index.table);
  const oid = table && await findReadyTable(connection, table);
  if (table === undefined || oid === undefined) return undefined;
  const name = buildName({ source, target }, oid, index);
  const { version } = connection;
  return {
    table: { schema: table.schema, name: table.name, oid },
    buildName: name,
    name: index.name,
    statement: createIndex({ ...index, name }, table, version, { isConcurrent: true }),
    searchPath: await targetSearchPath(connection, new SnapshotIndex(wantedOf(stored))),
  };
}

/** The table's oid; undefined also while it, or what it is a part of, is being loaded for anybody. */
async function findReadyTable(
  connection: Connection,
  { schema, name }: QualifiedName,
): Promise<string | undefined> {
  const [row] = await connection.rows(
    z.object({ oid: z.string() }),
    `with recursive up (oid) as (
       select c.oid from pg_catalog.pg_class c
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = $1 and c.relname = $2 and c.relkind = 'r'
       union
       select i.inhparent from up join pg_catalog.pg_inherits i on i.inhrelid = up.oid
     )
     select c.oid::text as oid
     from pg_catalog.pg_class c
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = $2 and c.relkind = 'r'
       and not exists (
         select 1 from teleport.applied_load l
         join up on up.oid = l.relation
         where not l.is_built and l.mode not in ('respect', 'shadow')
       )`,
    [schema, name],
  );
  return row?.oid;
}

/** Whether an index that is being built is still what is wanted. Cheap. */
export async function isWanted(
  connection: Connection,
  { source, target, object }: IndexBuild,
  plan: BuildPlan,
): Promise<boolean> {
  const [row] = await connection.rows(
    z.object({ definition: z.string() }),
    `select definition from teleport.applied_schema
     where source = $1 and target = $2 and object = $3`,
    [source, target, object],
  );
  const stored = row && parseStored(row.definition);
  return stored?.awaitsBuild === true && stored.wanted?.kind === "index" &&
    buildName({ source, target }, plan.table.oid, stored.wanted) === plan.buildName;
}

export async function findHalfBuilt(
  connection: Connection,
  plan: BuildPlan,
): Promise<HalfBuiltIndex | undefined> {
  const found = await listHalfBuilt(connection, [plan.table.oid]);
  return found.find(({ name }) => name === plan.buildName);
}

/**
 * Gives an index that is built its name, in the caller's transaction, which holds off batches of its source and
 * goes on with what waited for it. False where it is not wanted any more.
 */
export async function nameBuilt(connection: Connection, build: IndexBuild): Promise<boolean> {
  const plan = await planBuild(connection, build);
  const index = plan && await findHalfBuilt(connection, plan);
  if (plan === undefined || index?.isBuilt !== true) return false;
  await connection.run(`alter index ${quoteName(index)} rename to ${quoteIdentifier(plan.name)}`);
  return true;
}

/** To be shown until it is built or not wanted any more. */
export async function recordFailure(
  connection: Connection,
  { source, target, object, name }: IndexBuild,
  error: string,
): Promise<void> {
  await connection.run(
    `update teleport.applied_schema set error = $4
     where source = $1 and target = $2 and object = $3 and error like any ($5::text[])`,
    [source, target, object, `${notBuiltMark}: index ${name}: ${error}`, marks],
  );
}
