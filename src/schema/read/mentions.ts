/** What bodies of functions mention: pg_depend does not know it. */
import { displayName } from "../../model/mod.ts";
import type { FunctionRow, ObjectNameRow } from "../catalog/mod.ts";
import { type FunctionSource, mentionedNames } from "../function_text.ts";
import { idOf } from "./drafts.ts";

export class Mentions {
  /** Ids of extensions by the names that they brought. */
  readonly #extensions: ReadonlyMap<string, string[]>;
  /** Ids of functions by `schema.name`. */
  readonly #functions: ReadonlyMap<string, string[]>;

  constructor(names: readonly ObjectNameRow[], functions: readonly FunctionRow[]) {
    this.#extensions = groupIds(
      names.flatMap((row) =>
        row.extension === null ? [] : [[row.name, idOf.extension(row.extension)]]
      ),
    );
    this.#functions = groupIds(functions.map((row) => [displayName(row), idOf.function(row.oid)]));
  }

  /** Ids of functions and extensions. @param home the schema in which bare names are looked up. */
  *of(source: FunctionSource, home: string): Generator<string> {
    for (const { schema, name } of mentionedNames(source)) {
      yield* this.#extensions.get(name) ?? [];
      yield* this.#functions.get(displayName({ schema: schema ?? home, name })) ?? [];
    }
  }
}

function groupIds(pairs: readonly (readonly string[])[]): Map<string, string[]> {
  const grouped = Map.groupBy(pairs, ([name = ""]) => name);
  return new Map([...grouped].map(([name, group]) => [name, group.map(([, id = ""]) => id)]));
}
