/** Objects that are no more than a definition. */
import { displayName } from "../../model/mod.ts";
import type { DefinitionRow, LeftOutRow } from "../catalog/mod.ts";
import { tokenize } from "../lexer.ts";
import type { ObjectOf } from "../object.ts";
import type { Renaming } from "../renaming.ts";
import { draftLeftOut, idOf } from "./drafts.ts";

export function draftDefinition(row: DefinitionRow, renaming: Renaming): ObjectOf<"definition"> {
  return {
    kind: "definition",
    id: idOf.definition(row),
    dependsOn: [],
    schema: renaming.schema(row.schema),
    // The types in a cast's name may move.
    name: row.what === "cast" ? renaming.text(row.name) : row.name,
    what: row.what,
    signature: renaming.text(row.signature),
    definition: renaming.text(row.definition),
    additions: row.what === "text search dictionary"
      ? dictionaryOptions(row.adds[0] ?? "")
      : row.adds.map((add, at) => ({
        add: renaming.text(add),
        drop: renaming.text(row.drops[at] ?? ""),
      })),
  };
}

/** `a = 'x', b = 'y'`: an option alone takes it back. */
function dictionaryOptions(text: string): { add: string; drop: string }[] {
  const options: string[][] = [[]];
  for (const token of tokenize(text)) {
    if (token.text === ",") options.push([]);
    else options.at(-1)?.push(token.text);
  }
  return options.map((tokens) => tokens.join("").trim()).filter((option) => option !== "")
    .map((add) => ({ add, drop: add.split("=", 1).join("").trim() }));
}

/** @param table the relation that it hangs on, as people call it. */
export function draftNotReplicated(
  row: LeftOutRow,
  table: { schema: string; name: string } | undefined,
): ObjectOf<"leftOut"> {
  const prefix = table === undefined
    ? row.schema === null ? "" : `${row.schema}.`
    : `${displayName(table)}.`;
  return draftLeftOut(row.id, {
    what: row.what,
    name: prefix + row.name,
    reason: reasons[row.what] ?? "this kind is not replicated",
  });
}

const reasons: Readonly<Record<string, string>> = {
  trigger: "triggers have acted on the source already",
  rule: "rules have acted on the source already",
  policy: "roles are a server's own",
  privileges: "roles are a server's own",
  "default privileges": "roles are a server's own",
  "text search parser": "it is written in C",
  "text search template": "it is written in C",
};
