/**
 * Reads a SchemaSnapshot from a source: what the expression names and what that needs, in the target's
 * names. Runs inside the caller's transaction, whose snapshot of the catalogs it is.
 */
import {
  quoteIdentifier,
  soleSchemaOf,
  type TargetExpression,
  TeleportError,
} from "../../model/mod.ts";
import type { Connection } from "../../postgres/mod.ts";
import { Catalog, type ObjectNameRow, withSearchPath } from "../catalog/mod.ts";
import { noRenaming, type Renaming, SchemaRenaming } from "../renaming.ts";
import { canonicalJson, type SchemaSnapshot, toSnapshot } from "../snapshot.ts";
import { SnapshotBuilder } from "./builder.ts";

export interface SnapshotOptions {
  expression: TargetExpression;
  /** The schema on the target for everything in the one schema that the expression names. */
  applySchema?: string | undefined;
}

/**
 * @throws TeleportError `config_invalid` where applySchema is given and the expression names several
 *   schemas.
 */
export async function readSnapshot(
  connection: Connection,
  options: SnapshotOptions,
): Promise<SchemaSnapshot> {
  const { expression, applySchema } = options;
  const renamed = applySchema === undefined ? undefined : renamedSchema(options);
  // Behind the rest, or a temporary table would take a name; alone it hides nothing.
  const path = renamed === undefined ? "pg_temp" : `${quoteIdentifier(renamed)}, pg_temp`;
  return await withSearchPath(connection, path, async () => {
    const catalog = new Catalog(connection);
    const names = await catalog.objectNames(renamed ?? "");
    const renaming = toRenaming(renamed, applySchema, names);
    const builder = await SnapshotBuilder.read(catalog, { expression, renaming, names });
    const objects = await builder.build();
    return toSnapshot([
      {
        kind: "scope",
        id: "scope",
        dependsOn: [],
        expression: canonicalJson(expression),
        applySchema: applySchema ?? null,
      },
      ...objects,
    ]);
  });
}

/** The source's schema that goes by another name on the target. */
export function renamedSchema({ expression, applySchema }: SnapshotOptions): string | undefined {
  if (applySchema === undefined) return undefined;
  const schema = soleSchemaOf(expression);
  if (schema !== undefined) return schema;
  throw new TeleportError(
    "config_invalid",
    "apply_schema needs a target_expression that names exactly one schema",
  );
}

function toRenaming(
  from: string | undefined,
  to: string | undefined,
  rows: readonly ObjectNameRow[],
): Renaming {
  if (from === undefined || to === undefined) return noRenaming;
  const names = rows.filter((row) => row.is_in_schema && row.extension === null)
    .map((row) => row.name);
  return new SchemaRenaming({ from, to, names: new Set(names) });
}
