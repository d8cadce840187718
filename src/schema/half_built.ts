/**
 * Indexes that are built beside the batches, or at a load's end, have a name of their own until they are done. It says whose they are and
 * what they are: so nobody else's name is taken, what a killed instance left is known for ours, and an index that was
 * finished under a definition of before is not taken for the one that is wanted now. The catalog's readers pass over
 * them.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { type QualifiedName, quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import halfBuiltSql from "./catalog/half_built.sql" with { type: "text" };
import type { ObjectOf } from "./object.ts";

/** As catalog/half_built.sql and catalog/indexes.sql have it. */
export const halfBuiltPrefix = "teleport_build_";

const halfBuiltRow = z.object({
  schema: z.string(),
  name: z.string(),
  /** Oid of its table. */
  table: z.string(),
  tableName: z.string(),
  /** Done but for its name. */
  isBuilt: z.boolean(),
});

export type HalfBuiltIndex = z.output<typeof halfBuiltRow>;

interface Place {
  source: string;
  target: string;
}

/** The name until it is done. A new name of the index is no other index. @param table oid on the target. */
export function buildName(
  place: Place,
  table: string,
  { isUnique, definition }: ObjectOf<"index">,
): string {
  return prefixOf(place) + digest([table, isUnique, definition]);
}

/** @param tables oids; default: all of the database. */
export async function listHalfBuilt(
  connection: Connection,
  tables?: readonly string[],
): Promise<HalfBuiltIndex[]> {
  if (tables?.length === 0) return [];
  return await connection.rows(halfBuiltRow, halfBuiltSql, [tables ?? null]);
}

/** Drops them in the caller's transaction: whoever builds one of them gives way. */
export async function dropHalfBuilt(
  connection: Connection,
  indexes: readonly QualifiedName[],
): Promise<void> {
  if (indexes.length === 0) return;
  await connection.run(`drop index if exists ${indexes.map((name) => quoteName(name)).join(", ")}`);
}

/** Whether an index is being built for this source and target. */
export function isOfPlace({ name }: HalfBuiltIndex, place: Place): boolean {
  return name.startsWith(prefixOf(place));
}

function prefixOf({ source, target }: Place): string {
  return `${halfBuiltPrefix}${digest([source, target]).slice(0, 8)}_`;
}

/** Of what a name has to tell. */
export function digest(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 24);
}
