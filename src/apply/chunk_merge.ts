/**
 * A chunk into a table that keeps its keys: rows that are there already stay, whoever brought them.
 *
 * A row that is left out for a unique value of another has changed since the load began, or the other
 * has: the catch-up brings it. Where this database's changes go to the source, a key that was written here
 * and may not be there yet is left alone: the source's row of it may be older, or deleted here.
 */
import {
  type QualifiedName,
  quoteIdentifier,
  quoteList,
  quoteLiteral,
  quoteName,
} from "../model/mod.ts";
import { type Connection, withoutHashes } from "../postgres/mod.ts";
import { readCapturedTable } from "./captured_table.ts";
import type { TableShape } from "../schema/mod.ts";
import { readShape } from "./merge.ts";
import type { StagingTable } from "./staging.ts";

export interface ChunkMerge {
  table: QualifiedName;
  columns: readonly string[];
  key: readonly string[];
  staging: StagingTable;
  /** Epoch of the source, where rows of this database go: its own changes are respected. */
  source: string | undefined;
}

/** @returns rows stored. */
export async function mergeChunk(connection: Connection, merge: ChunkMerge): Promise<number> {
  const { table, columns, staging, source } = merge;
  // No change between the look at the events and the insert.
  if (source !== undefined) {
    await connection.run(`lock table ${quoteName(table)} in share row exclusive mode`);
  }
  const overriding = connection.version >= 100000 ? " overriding system value" : "";
  const conflict = connection.version >= 90500 ? " on conflict do nothing" : "";
  return await connection.run(
    `insert into ${quoteName(table)} (${quoteList(columns)})${overriding}
     select ${quoteList(columns, "s.")} from ${staging.name} s
     where ${await isAbsent(connection, merge)}${await isUntouched(connection, merge)}${conflict}`,
  );
}

/** Before ON CONFLICT a row that is there is found by its key. */
async function isAbsent(connection: Connection, { table, key }: ChunkMerge): Promise<string> {
  if (connection.version >= 90500) return "true";
  const shape = await readSafely(connection, { table, key });
  const matches = key.map((column) =>
    `${shape.operandOf(column, "t")} ${shape.equalityOf(column)} s.${quoteIdentifier(column)}`
  );
  return `not exists (select 1 from ${quoteName(table)} t where ${matches.join(" and ")})`;
}

/** Where keys may not be hashed, nothing is from here on. */
async function readSafely(
  connection: Connection,
  { table, key }: Pick<ChunkMerge, "table" | "key">,
): Promise<TableShape> {
  const shape = await readShape(connection, table);
  if (shape.needsSort(key)) await connection.run(withoutHashes);
  return shape;
}

/** A condition that no queued event of this database's own writers has the key. */
async function isUntouched(
  connection: Connection,
  { table, key, source }: ChunkMerge,
): Promise<string> {
  if (source === undefined) return "";
  const captured = await readCapturedTable(connection, table);
  if (captured === undefined) return "";
  const shape = await readSafely(connection, { table, key });
  // Where the key is one column, an event may hold the keys of many rows.
  const isSingle = captured.keyColumns.length === 1;
  const matches = captured.keyColumns.map((column, index) => {
    const found = shape.columns.find((candidate) => candidate.name === column);
    const type = found?.underDomain ?? found?.type ?? "text";
    const text = isSingle ? "e.key" : `e.key[${index + 1}]`;
    return `s.${quoteIdentifier(column)} ${shape.equalityOf(column)} ${text}::${type}`;
  });
  const passed = `${
    quoteLiteral(source)
  } = any (pg_catalog.string_to_array(coalesce(e.origin, ''), ','))`;
  return ` and not exists (
    select 1 from (
      select ${isSingle ? "pg_catalog.unnest(e.key) as key" : "e.key"} from teleport.event e
      where e.relation = ${captured.relation} and e.kind = 'row'
        and e.generation = ${captured.generation} and not ${passed}) e
    where ${matches.join(" and ")})`;
}
