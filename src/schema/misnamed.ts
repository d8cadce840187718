/**
 * Names that mean another table here than on the source: the target refused a rename, a move or a drop. Rows
 * that come under one of them would go into the wrong table.
 */
import { type QualifiedName, quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { loadRefused } from "./applied.ts";

export class MisnamedTables {
  readonly #schemas = new Set<string>();
  readonly #tables = new Set<string>();

  /** Of one source's schema, as last applied. */
  static async read(
    connection: Connection,
    place: { source: string; target: string },
  ): Promise<MisnamedTables> {
    const misnamed = new MisnamedTables();
    for (const { applied, wanted } of await loadRefused(connection, place, ["schema", "table"])) {
      if (applied?.kind === "schema" && wanted?.kind === "schema") {
        if (applied.name === wanted.name) continue;
        misnamed.#schemas.add(applied.name).add(wanted.name);
      } else if (applied?.kind === "table") {
        const names = [applied, ...wanted?.kind === "table" ? [wanted] : []].map(quoteName);
        if (names[0] !== names[1]) names.forEach((name) => misnamed.#tables.add(name));
      }
    }
    return misnamed;
  }

  has(table: QualifiedName): boolean {
    return this.#schemas.has(table.schema) || this.#tables.has(quoteName(table));
  }
}
