/**
 * Shadow tables: where a load's rows go while its table on the target keeps those that it has. One is bare, has the
 * columns that the source sends and those that are computed from them, and lies in the schema teleport.
 *
 * It belongs to its load as long as `applied_load` names it and the catch-up has not come. Whoever finds one that
 * belongs to none drops it, which is all that has to be done to end its load: a chunk that finds no shadow is refused.
 */
import { z } from "zod";
import {
  loadNumber,
  type QualifiedName,
  type QuotedIdentifier,
  quoteIdentifier,
  quoteName,
} from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import type { TableShape } from "../schema/mod.ts";
import strayShadowsSql from "./stray_shadows.sql" with { type: "text" };

/** The shadow of a name that `applied_load` has. */
export function shadowTable(name: string): QualifiedName {
  return { schema: "teleport", name };
}

/** Makes the shadow of a table for a load. @returns its name in the schema teleport. */
export async function createShadow(
  connection: Connection,
  { load, table, columns, key }: {
    load: string;
    table: QualifiedName;
    columns: readonly string[];
    key: readonly string[];
  },
  shape: TableShape,
): Promise<string> {
  const name = `shadow_${shape.oid}_${loadNumber(load)}`;
  const shadow = quoteName(shadowTable(name));
  const including = connection.version >= 120000 ? " including generated" : "";
  await connection.run(`create table ${shadow} (like ${quoteName(table)}${including})`);
  const kept = new Set([...columns, ...key]);
  const dropped = shape.columns
    .filter((column) => !kept.has(column.name) && !column.isGenerated)
    .map((column) => `drop column ${quoteIdentifier(column.name)} cascade`);
  // Rows are deleted before it has a key, which a publication of all tables would refuse.
  if (connection.version >= 90400) dropped.push("replica identity full");
  if (dropped.length > 0) await connection.run(`alter table ${shadow} ${dropped.join(", ")}`);
  return name;
}

export async function dropShadow(connection: Connection, name: string): Promise<void> {
  await connection.run(`drop table if exists ${quoteName(shadowTable(name))}`);
}

/** Drops the shadows that belong to no load any more. @returns how many. */
export async function dropStrayShadows(connection: Connection): Promise<number> {
  const stray = await connection.rows(z.object({ name: z.string() }), strayShadowsSql);
  for (const { name } of stray) await dropShadow(connection, name);
  return stray.length;
}

/** A key that tells the shadow's rows apart, once there are no two of one key. */
export async function buildShadowKey(
  connection: Connection,
  name: string,
  key: readonly QuotedIdentifier[],
): Promise<void> {
  await connection.run(
    `create unique index on ${quoteName(shadowTable(name))} (${key.join(", ")})`,
  );
}
