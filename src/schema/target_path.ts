/** The search_path under which statements run on the target: the counterpart of the deparsing's. */
import { quoteIdentifier } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { Catalog, withSearchPath } from "./catalog/mod.ts";
import type { SnapshotIndex } from "./snapshot.ts";

/**
 * T and the schemas of all extensions; empty where names stay: then every name in a statement is
 * qualified.
 */
export async function targetPath(
  connection: Connection,
  snapshot: SnapshotIndex,
): Promise<string[]> {
  const applySchema = snapshot.get("scope", "scope")?.applySchema ?? null;
  if (applySchema === null) return [];
  const present = await new Catalog(connection).extensions();
  const schemas = new Set([
    applySchema,
    ...present.map((extension) => extension.schema),
    ...snapshot.all("extension").map((extension) => extension.schema),
  ]);
  return [...schemas].filter((schema) => schema !== "pg_catalog");
}

/** Runs `work` with that path. pg_temp is last, so that no temporary table takes a name. */
export async function withTargetPath<Result>(
  connection: Connection,
  snapshot: SnapshotIndex,
  work: () => Promise<Result>,
): Promise<Result> {
  return await withSearchPath(connection, await targetSearchPath(connection, snapshot), work);
}

/** That path as a setting. */
export async function targetSearchPath(
  connection: Connection,
  snapshot: SnapshotIndex,
): Promise<string> {
  const path = (await targetPath(connection, snapshot)).map((schema) => quoteIdentifier(schema));
  return [...path, "pg_temp"].join(", ");
}
