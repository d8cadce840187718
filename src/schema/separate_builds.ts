/**
 * The builds that a bare table's end can be divided into: one index, or some small ones, each in a transaction and a
 * session of its own. Nothing is recorded but the indexes themselves: what is missing is read from the catalog.
 */
import { z } from "zod";
import type { QualifiedName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { listMissing, runBound } from "./bare_end.ts";
import { listHalfBuilt } from "./half_built.ts";
import { treeOf } from "./key_parts.ts";
import { createSeparate, isSeparateName, separateName } from "./separate_index.ts";
import { type SchemaSnapshot, SnapshotIndex } from "./snapshot.ts";
import { withTargetPath } from "./target_path.ts";

/** Some parts that one transaction builds. */
export interface SeparateBuild {
  parts: { id: string; member: QualifiedName & { oid: string } }[];
  /** Of the tables that it reads, each time that it does. */
  bytes: number;
}

/**
 * What is still to be built of the table, the longest first. None where all of it is less than one build's worth.
 * @param options.bytes that one build reads at least, where there are as many.
 */
export async function listSeparateBuilds(
  connection: Connection,
  snapshot: SchemaSnapshot,
  { table, bytes: least }: { table: QualifiedName; bytes: number },
): Promise<SeparateBuild[]> {
  const index = new SnapshotIndex(snapshot);
  return await withTargetPath(connection, index, async () => {
    const missing = await listSeparable(connection, index, table);
    const sizes = await readSizes(connection, missing.map(({ member }) => member.oid));
    const builds: SeparateBuild[] = [];
    for (const { id, member } of missing) {
      const bytes = sizes.get(member.oid) ?? 0;
      const open = builds.find((build) => bytes < least && build.bytes < least);
      if (open === undefined) builds.push({ parts: [{ id, member }], bytes });
      else {
        open.parts.push({ id, member });
        open.bytes += bytes;
      }
    }
    if (builds.every(({ bytes }) => bytes < least)) return [];
    return builds.sort((one, other) => other.bytes - one.bytes);
  });
}

/**
 * Builds those of the parts that are still wanted and missing, in the caller's transaction, which holds the names of
 * their tables and began before this reads the snapshot.
 */
export async function runSeparateBuild(
  connection: Connection,
  snapshot: SchemaSnapshot,
  { table, build }: { table: QualifiedName; build: SeparateBuild },
): Promise<void> {
  const index = new SnapshotIndex(snapshot);
  const ids = new Map(build.parts.map(({ id, member }) => [id, member.oid]));
  await withTargetPath(connection, index, async () => {
    const missing = await listSeparable(connection, index, table);
    const statements = missing.filter(({ id, member }) => ids.get(id) === member.oid)
      .map(({ statement }) => statement);
    await runBound(connection, index, { statements, table });
  });
}

interface Separable {
  id: string;
  member: QualifiedName & { oid: string };
  statement: string;
}

async function listSeparable(
  connection: Connection,
  index: SnapshotIndex,
  table: QualifiedName,
): Promise<Separable[]> {
  const missing = await listMissing(connection, index, treeOf(index, table));
  const separable = missing.flatMap(({ member, oid, part }) => {
    const name = separateName(oid, part);
    const statement = createSeparate({ member, part, name }, connection.version);
    const { schema, name: memberName } = member;
    return statement === undefined || oid === ""
      ? []
      : [{ id: part.id, name, statement, member: { schema, name: memberName, oid } }];
  });
  const there = await listHalfBuilt(connection, [...new Set(separable.map((s) => s.member.oid))]);
  const names = new Set(there.map(({ name }) => name));
  return separable.filter(({ name }) => !names.has(name));
}

async function readSizes(
  connection: Connection,
  oids: readonly string[],
): Promise<Map<string, number>> {
  const rows = await connection.rows(
    z.object({ oid: z.string(), bytes: z.coerce.number() }),
    `select c.oid::text as oid, pg_catalog.pg_relation_size(c.oid) as bytes
     from pg_catalog.pg_class c where c.oid = any ($1::oid[])`,
    [[...new Set(oids)]],
  );
  return new Map(rows.map(({ oid, bytes }) => [oid, bytes]));
}

/** What loads that are over have left behind. @param indexes all that are half built. */
export async function listLeftBehind<Index extends { name: string; table: string }>(
  connection: Connection,
  indexes: readonly Index[],
): Promise<Index[]> {
  const separate = indexes.filter(({ name }) => isSeparateName(name));
  if (separate.length === 0) return [];
  const loading = await connection.rows(
    z.object({ table: z.string() }),
    `with recursive up (part, oid) as (
       select t.oid, t.oid from pg_catalog.unnest($1::oid[]) t (oid)
       union
       select up.part, i.inhparent from up join pg_catalog.pg_inherits i on i.inhrelid = up.oid
     )
     select distinct up.part::text as "table"
     from up join teleport.applied_load l on l.relation = up.oid
     where not l.is_built`,
    [[...new Set(separate.map(({ table }) => table))]],
  );
  const tables = new Set(loading.map(({ table }) => table));
  return separate.filter(({ table }) => !tables.has(table));
}
