/** Functions and procedures as objects, without their definitions. */
import type { FunctionRow } from "../catalog/mod.ts";
import type { ObjectOf } from "../object.ts";
import type { Renaming } from "../renaming.ts";
import { idOf } from "./drafts.ts";

/** Definitions are read later, for those that come along. */
export function draftFunction(row: FunctionRow, renaming: Renaming): ObjectOf<"function"> {
  return {
    kind: "function",
    id: idOf.function(row.oid),
    dependsOn: [],
    schema: renaming.schema(row.schema),
    name: row.name,
    routine: row.kind === "p" ? "procedure" : "function",
    arguments: renaming.text(row.arguments),
    inputs: row.inputs.map((type) => renaming.text(type)),
    identity: row.identity,
    defaultCount: row.default_count,
    definition: "",
  };
}
