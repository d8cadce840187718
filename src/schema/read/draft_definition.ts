/** Objects that are no more than a definition. */
import type { DefinitionRow } from "../catalog/mod.ts";
import { tokenize } from "../lexer.ts";
import type { ObjectOf } from "../object.ts";
import type { Renaming } from "../renaming.ts";
import { idOf } from "./drafts.ts";

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
