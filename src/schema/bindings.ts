/**
 * What a target's objects are bound to outside of what is replicated. Where names stay as they are every
 * name in a statement is qualified. With an apply_schema those of the source's schema are bare, and the
 * schemas of extensions are in the path too: while the right object is missing, a bare name may find a
 * namesake there, silently.
 */
import type { Connection } from "../postgres/mod.ts";
import { Catalog } from "./catalog/mod.ts";
import type { SnapshotIndex } from "./snapshot.ts";
import { targetPath } from "./target_path.ts";

export class Bindings {
  readonly #catalog: Catalog;
  readonly #schemas: readonly string[];
  readonly #known: ReadonlySet<string>;

  private constructor(catalog: Catalog, schemas: readonly string[], known: ReadonlySet<string>) {
    this.#catalog = catalog;
    this.#schemas = schemas;
    this.#known = known;
  }

  /** As they are now. Undefined where no name can find anything outside. */
  static async read(
    connection: Connection,
    snapshot: SnapshotIndex,
  ): Promise<Bindings | undefined> {
    const replicated = new Set(
      [...snapshot.byId.values()].flatMap((object) =>
        "schema" in object && object.kind !== "extension" ? [object.schema] : []
      ),
    );
    const path = await targetPath(connection, snapshot);
    const schemas = path.filter((schema) => !replicated.has(schema));
    if (schemas.length === 0) return undefined;
    const catalog = new Catalog(connection);
    const rows = await catalog.bindings(schemas);
    return new Bindings(catalog, schemas, new Set(rows.map(({ binding }) => binding)));
  }

  /** @returns what is wrong with what was done since, or undefined. */
  async findMistake(): Promise<string | undefined> {
    const rows = await this.#catalog.bindings(this.#schemas);
    const mistake = rows.find(({ binding }) => !this.#known.has(binding));
    return mistake &&
      `a name means ${mistake.object} here, which is not replicated: waits for what it means on the source`;
  }
}
