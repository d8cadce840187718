/** How a load goes into its table, decided when it begins and kept with it. */
import { z } from "zod";
import { epochsOf, type Origin, type QualifiedName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import loadModeSql from "./load_mode.sql" with { type: "text" };

/** See load_mode.sql. */
export const loadMode = z.enum(["bare", "keyed", "respect", "shadow"]);
export type LoadMode = z.output<typeof loadMode>;

export async function chooseLoadMode(
  connection: Connection,
  load: { table: QualifiedName; source: string; origin: Origin },
): Promise<LoadMode> {
  const { table, source, origin } = load;
  const { mode } = await connection.row(z.object({ mode: loadMode }), loadModeSql, [
    table.schema,
    table.name,
    source,
    epochsOf(origin),
  ]);
  return mode;
}
