/**
 * What the target has, by name: for adoption and for statements that must not run twice. Read under the
 * search_path that statements run under, so that definitions compare as text.
 */
import { type QualifiedName, quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import {
  Catalog,
  type ColumnRow,
  type ConstraintRow,
  type ExtensionRow,
  type FunctionRow,
  type IndexRow,
  type RelationRow,
  type SequenceRow,
  type TypeRow,
  type ViewRow,
} from "./catalog/mod.ts";
import type { ObjectOf } from "./object.ts";
import { draftDefinition } from "./read/draft_definition.ts";
import { indexBody } from "./read/table_drafts.ts";
import { noRenaming } from "./renaming.ts";
import { definitionKey } from "./render_objects.ts";

export interface TargetTable {
  row: RelationRow;
  columns: Map<string, ColumnRow>;
  constraints: ConstraintRow[];
  indexes: IndexRow[];
}

export class TargetCatalog {
  readonly schemas = new Set<string>();
  readonly extensions = new Map<string, ExtensionRow>();
  /** By what DROP takes. */
  readonly definitions = new Map<string, ObjectOf<"definition">>();
  readonly #views = new Map<string, ViewRow>();
  /** Kinds and names of functions and definitions, without their types. */
  readonly #names = new Set<string>();
  readonly types = new Map<string, TypeRow>();
  readonly sequences = new Map<string, SequenceRow>();
  /** Quoted names. */
  readonly statistics = new Set<string>();
  readonly functions = new Map<string, FunctionRow>();
  readonly #tables = new Map<string, TargetTable>();

  /** @param wanted which tables' columns, constraints and indexes are needed. */
  static async read(
    connection: Connection,
    wanted: (name: QualifiedName) => boolean,
  ): Promise<TargetCatalog> {
    const catalog = new Catalog(connection);
    const target = new TargetCatalog();
    for (const { name } of await catalog.schemas()) target.schemas.add(name);
    for (const row of await catalog.extensions()) target.extensions.set(row.name, row);
    for (const row of await catalog.types()) target.types.set(quoteName(row), row);
    for (const row of await catalog.sequences()) target.sequences.set(quoteName(row), row);
    for (const row of await catalog.statistics()) target.statistics.add(quoteName(row));
    for (const row of await catalog.functions()) {
      target.functions.set(functionKey(row), row);
      target.#names.add(`function ${quoteName(row)}`);
    }
    for (const row of await catalog.definitions()) {
      const object = draftDefinition(row, noRenaming);
      target.definitions.set(definitionKey(object), object);
      target.#names.add(`${object.what} ${quoteName(object)}`);
    }
    const relations = (await catalog.relations()).filter(wanted);
    await target.#readTables(catalog, relations);
    await target.#readViews(catalog, relations);
    return target;
  }

  /** Only these tables: enough to build and drop keys and indexes. */
  static async readTables(
    connection: Connection,
    tables: readonly QualifiedName[],
  ): Promise<TargetCatalog> {
    const target = new TargetCatalog();
    const catalog = new Catalog(connection);
    const wanted = new Set(tables.map((table) => quoteName(table)));
    const relations = await catalog.relations(tables.map(({ name }) => name));
    await target.#readTables(catalog, relations.filter((row) => wanted.has(quoteName(row))));
    return target;
  }

  table(name: QualifiedName): TargetTable | undefined {
    return this.#tables.get(quoteName(name));
  }

  partitionsOf(oid: string): QualifiedName[] {
    return [...this.#tables.values()].map(({ row }) => row)
      .filter((row) => row.is_partition && row.parents.includes(oid));
  }

  view(name: QualifiedName): ViewRow | undefined {
    return this.#views.get(quoteName(name));
  }

  /** One of the name, whatever its arguments: types of extensions are written otherwise here. */
  hasFunction(name: QualifiedName): boolean {
    return this.#names.has(`function ${quoteName(name)}`);
  }

  /** One of the name, whatever its types. Casts have no names, and count as there. */
  hasDefinition(object: ObjectOf<"definition">): boolean {
    return object.what === "cast" || this.#names.has(`${object.what} ${quoteName(object)}`);
  }

  /**
   * A constraint of the same name, or one that says the same.
   * @param isFree whether one of that name is not another's: two may say the same.
   */
  findConstraint(
    table: QualifiedName,
    constraint: ObjectOf<"constraint">,
    isFree: (name: string) => boolean,
  ): ConstraintRow | undefined {
    const rows = this.table(table)?.constraints
      .filter((row) => row.type !== "f" && isFree(row.name)) ?? [];
    if (constraint.type === "notNull") {
      // A column has one at most; its definition begins with the column.
      return rows.find((row) => row.type === "n" && row.name === constraint.name) ??
        rows.find((row) => row.type === "n" && isOfSameColumn(row, constraint));
    }
    return rows.find((row) => row.name === constraint.name) ??
      rows.find((row) => row.definition === constraint.definition) ??
      (constraint.type === "primary" ? rows.find((row) => row.type === "p") : undefined);
  }

  /** As `findConstraint`. */
  findIndex(
    table: QualifiedName,
    index: ObjectOf<"index">,
    isFree: (name: string) => boolean,
  ): IndexRow | undefined {
    const rows = this.table(table)?.indexes.filter((row) => isFree(row.name)) ?? [];
    return rows.find((row) => row.name === index.name) ??
      rows.find((row) => row.is_unique === index.isUnique && indexBody(row) === index.definition);
  }

  /** A foreign key between the same columns, whatever its actions. */
  findForeignKey(
    key: ObjectOf<"foreignKey">,
    tables: { table: QualifiedName; references: QualifiedName },
  ): ConstraintRow | undefined {
    const referenced = this.table(tables.references)?.row.oid;
    return this.table(tables.table)?.constraints.find((row) =>
      row.type === "f" && row.references === referenced && same(row.columns, key.columns) &&
      same(row.referenced_columns, key.referencedColumns)
    );
  }

  async #readViews(catalog: Catalog, relations: readonly RelationRow[]): Promise<void> {
    const byOid = new Map(relations.map((row) => [row.oid, row]));
    for (const row of await catalog.views([...byOid.keys()])) {
      const relation = byOid.get(row.oid);
      if (relation !== undefined) this.#views.set(quoteName(relation), row);
    }
  }

  async #readTables(catalog: Catalog, relations: readonly RelationRow[]): Promise<void> {
    const byOid = new Map<string, TargetTable>();
    for (const row of relations) {
      // Somebody's own view is no table to adopt.
      if (row.kind === "v" || row.kind === "f") continue;
      const table = { row, columns: new Map(), constraints: [], indexes: [] };
      byOid.set(row.oid, table);
      this.#tables.set(quoteName(row), table);
    }
    const oids = [...byOid.keys()];
    for (const row of await catalog.columns(oids)) {
      byOid.get(row.table)?.columns.set(row.name, row);
    }
    for (const row of await catalog.constraints(oids)) byOid.get(row.table)?.constraints.push(row);
    for (const row of await catalog.indexes(oids)) byOid.get(row.table)?.indexes.push(row);
  }
}

/** Name and types of the input arguments. */
export function functionKey(routine: QualifiedName & { inputs: readonly string[] }): string {
  return `${quoteName(routine)}(${routine.inputs.join(", ")})`;
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, at) => value === other[at]);
}

function isOfSameColumn(row: ConstraintRow, constraint: ObjectOf<"constraint">): boolean {
  const [one, other] = [row, constraint].map(({ definition }) =>
    definition.replace(/( NO INHERIT)?( NOT VALID)?$/, "")
  );
  return one === other;
}
