/** The search_path under which statements run on the target: the counterpart of the deparsing's. */
import { quoteIdentifier } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { Catalog, withSearchPath } from "./catalog/mod.ts";
import type { SnapshotIndex } from "./snapshot.ts";

/**
 * Runs `work` with T and the schemas of all extensions in front, or, where names stay, with nothing: then
 * every name in a statement is qualified. pg_temp is last, so that no temporary table takes a name.
 */
export async function withTargetPath<Result>(
  connection: Connection,
  snapshot: SnapshotIndex,
  work: () => Promise<Result>,
): Promise<Result> {
  return await withSearchPath(connection, await targetPath(connection, snapshot), work);
}

/** The setting. */
export async function targetPath(
  connection: Connection,
  snapshot: SnapshotIndex,
): Promise<string> {
  const applySchema = snapshot.get("scope", "scope")?.applySchema ?? null;
  if (applySchema === null) return "pg_temp";
  const present = await new Catalog(connection).extensions();
  const schemas = new Set([
    applySchema,
    ...present.map((extension) => extension.schema),
    ...snapshot.all("extension").map((extension) => extension.schema),
  ]);
  const path = [...schemas].filter((schema) => schema !== "pg_catalog")
    .map((schema) => quoteIdentifier(schema));
  return [...path, "pg_temp"].join(", ");
}
