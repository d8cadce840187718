/** Collects the objects of a snapshot: what is named, then what that needs, until nothing is added. */
import { displayName, matchesExpression, type TargetExpression } from "../../model/mod.ts";
import type {
  Catalog,
  FunctionDefinitionRow,
  FunctionRow,
  ObjectNameRow,
  RelationRow,
} from "../catalog/mod.ts";
import { functionText, mentionedNames } from "../function_text.ts";
import type { ObjectOf, SchemaObject } from "../object.ts";
import type { Renaming } from "../renaming.ts";
import { addNeeded, type Dependencies, settle, toDependencies } from "./closure.ts";
import {
  draftColumn,
  draftConstraint,
  draftDefault,
  draftExtension,
  draftIndex,
  draftLeftOut,
  draftRelation,
  draftSequence,
  draftTable,
  draftType,
  idOf,
} from "./drafts.ts";
import { withLeafValues } from "./leaf_values.ts";
import { chooseTables, type ScopedTable } from "./scope.ts";
import { withTravellingRows } from "./travelling_rows.ts";

interface BuilderOptions {
  expression: TargetExpression;
  renaming: Renaming;
  names: readonly ObjectNameRow[];
}

export class SnapshotBuilder {
  readonly #catalog: Catalog;
  readonly #options: BuilderOptions;
  readonly #relations: readonly RelationRow[];
  readonly #functions: readonly FunctionRow[];
  readonly #dependencies: Dependencies;
  /** What may come along, by id. */
  readonly #candidates = new Map<string, SchemaObject>();
  /** Source schema of each named object: its oid and name. */
  readonly #schemas = new Map<string, { oid: string; name: string }>();
  readonly #chosen = new Map<string, SchemaObject>();

  private constructor(
    catalog: Catalog,
    options: BuilderOptions,
    facts: {
      relations: readonly RelationRow[];
      functions: readonly FunctionRow[];
      dependencies: Dependencies;
    },
  ) {
    this.#catalog = catalog;
    this.#options = options;
    this.#relations = facts.relations;
    this.#functions = facts.functions;
    this.#dependencies = facts.dependencies;
  }

  static async read(catalog: Catalog, options: BuilderOptions): Promise<SnapshotBuilder> {
    const relations = await catalog.relations();
    const functions = await catalog.functions();
    const dependencies = toDependencies(await catalog.dependencies());
    const builder = new SnapshotBuilder(catalog, options, { relations, functions, dependencies });
    await builder.#addTypes();
    await builder.#addSequences();
    for (const row of await catalog.extensions()) builder.#offer(draftExtension(row));
    for (const row of functions) builder.#offer(builder.#draftFunction(row), row);
    return builder;
  }

  async build(): Promise<SchemaObject[]> {
    await this.#chooseTables();
    this.#chooseNamed();
    await this.#completeFunctions();
    const settled = settle(this.#chosen, this.#dependencies, {
      describe: (id) => this.#describe(id),
      nameOf: (object) => this.#nameOf(object),
    });
    const kept = new Set(
      settled.filter((object) => object.kind !== "leftOut").map((object) => object.id),
    );
    const owned = settled.map((object) => withoutForeignOwner(object, kept));
    return [...this.#schemasOf(owned), ...owned];
  }

  async #addTypes(): Promise<void> {
    const rows = await this.#catalog.types();
    const composites = rows.filter((row) => row.kind === "c").map((row) => row.relation);
    const attributes = Map.groupBy(await this.#catalog.columns(composites), (row) => row.table);
    const domains = rows.filter((row) => row.kind === "d").map((row) => row.oid);
    const checks = Map.groupBy(await this.#catalog.domainChecks(domains), (row) => row.domain);
    for (const row of rows) {
      const parts = {
        attributes: attributes.get(row.relation) ?? [],
        checks: checks.get(row.oid) ?? [],
      };
      this.#offer(draftType(row, parts, this.#options.renaming), row);
    }
  }

  async #addSequences(): Promise<void> {
    for (const row of await this.#catalog.sequences()) {
      this.#offer(draftSequence(row, this.#options.renaming), row);
    }
  }

  /** Definitions are read later, for those that come along. */
  #draftFunction(row: FunctionRow): SchemaObject {
    const id = idOf.function(row.oid);
    if (row.kind === "a") {
      const reason = "aggregates are not replicated yet";
      return draftLeftOut(id, { what: "aggregate", name: displayName(row), reason });
    }
    return {
      kind: "function",
      id,
      dependsOn: [],
      schema: this.#options.renaming.schema(row.schema),
      name: row.name,
      routine: row.kind === "p" ? "procedure" : "function",
      arguments: this.#options.renaming.text(row.arguments),
      definition: "",
    };
  }

  async #chooseTables(): Promise<void> {
    const { renaming, expression } = this.#options;
    const tables = chooseTables(this.#relations, expression);
    const oids = [...tables.keys()];
    for (const scoped of tables.values()) this.#choose(draftTable(scoped, renaming), scoped.row);
    const of = (row: { table: string }): ScopedTable => {
      const scoped = tables.get(row.table);
      if (scoped === undefined) throw new Error(`Table ${row.table} was not asked for`);
      return scoped;
    };
    for (const row of withLeafValues(await this.#catalog.columns(oids), tables)) {
      this.#choose(draftColumn(row, of(row), renaming));
      const columnDefault = draftDefault(row, renaming);
      if (columnDefault !== undefined) this.#choose(columnDefault);
    }
    for (const row of await this.#catalog.constraints(oids)) {
      const object = draftConstraint(row, of(row), renaming);
      this.#choose(object.kind === "foreignKey" ? withTravellingRows(object, row, tables) : object);
    }
    for (const row of await this.#catalog.indexes(oids)) {
      this.#choose(draftIndex(row, of(row), renaming));
    }
    for (const row of this.#relations) {
      const isTable = row.kind === "r" || row.kind === "p";
      if (!isTable && matchesExpression(expression, row)) this.#choose(draftRelation(row));
    }
  }

  /** Types, sequences and functions whose own names the expression matches. */
  #chooseNamed(): void {
    for (const [id, object] of this.#candidates) {
      if (object.kind === "extension" || !("name" in object)) continue;
      const schema = this.#schemas.get(id);
      const name = object.kind === "leftOut"
        ? object.name.slice((schema?.name.length ?? 0) + 1)
        : object.name;
      if (schema === undefined) continue;
      if (!matchesExpression(this.#options.expression, { schema: schema.name, name })) continue;
      const isOwnedElsewhere = object.kind === "sequence" && object.owner !== null &&
        !this.#chosen.has(object.owner.table);
      if (!isOwnedElsewhere) this.#choose(object);
    }
  }

  /** Bodies tell what pg_depend does not: the functions and extensions that they mention. */
  async #completeFunctions(): Promise<void> {
    const languages = new Map(this.#functions.map((row) => [row.oid, row.language]));
    const done = new Set<string>();
    while (true) {
      addNeeded(this.#chosen, this.#candidates, this.#dependencies);
      const open = [...this.#chosen.values()].filter((object) =>
        object.kind === "function" && !done.has(object.id)
      );
      if (open.length === 0) return;
      const oids = open.map((object) => object.id.slice("function:".length));
      for (const row of await this.#catalog.functionDefinitions(oids)) {
        done.add(idOf.function(row.oid));
        this.#completeFunction(row, languages.get(row.oid) ?? "");
      }
    }
  }

  #completeFunction(row: FunctionDefinitionRow, language: string): void {
    const id = idOf.function(row.oid);
    const object = this.#chosen.get(id);
    if (object?.kind !== "function") return;
    const source = { ...row, language };
    this.#chosen.set(id, { ...object, definition: functionText(source, this.#options.renaming) });
    const home = this.#schemas.get(id)?.name;
    const extensions = this.#extensionNames();
    const functions = this.#functionNames();
    for (const { schema, name } of mentionedNames(source)) {
      const mentioned = [
        ...extensions.get(name) ?? [],
        ...functions.get(displayName({ schema: schema ?? home ?? "", name })) ?? [],
      ];
      for (const other of mentioned) {
        const candidate = this.#candidates.get(other);
        if (candidate !== undefined && !this.#chosen.has(other)) this.#choose(candidate);
      }
    }
  }

  #extensionIndex: Map<string, string[]> | undefined;
  #functionIndex: Map<string, string[]> | undefined;

  /** Ids of extensions by the names that they brought. */
  #extensionNames(): Map<string, string[]> {
    return this.#extensionIndex ??= groupIds(
      this.#options.names.flatMap((row) =>
        row.extension === null ? [] : [[row.name, idOf.extension(row.extension)]]
      ),
    );
  }

  #functionNames(): Map<string, string[]> {
    return this.#functionIndex ??= groupIds(
      this.#functions.map((row) => [displayName(row), idOf.function(row.oid)]),
    );
  }

  #choose(object: SchemaObject, row?: { schema_oid: string; schema: string }): void {
    this.#chosen.set(object.id, object);
    if (row) this.#schemas.set(object.id, { oid: row.schema_oid, name: row.schema });
  }

  #offer(object: SchemaObject, row?: { schema_oid: string; schema: string }): void {
    this.#candidates.set(object.id, object);
    if (row) this.#schemas.set(object.id, { oid: row.schema_oid, name: row.schema });
  }

  /** Extensions make their own schema: that one is never renamed. */
  #schemasOf(objects: readonly SchemaObject[]): ObjectOf<"schema">[] {
    const schemas = new Map<string, ObjectOf<"schema">>();
    for (const object of objects) {
      const schema = this.#schemas.get(object.id);
      if (schema === undefined || object.kind === "leftOut") continue;
      const id = idOf.schema(schema.oid);
      const name = this.#options.renaming.schema(schema.name);
      schemas.set(id, { kind: "schema", id, dependsOn: [], name });
    }
    return [...schemas.values()];
  }

  #describe(id: string): string {
    const object = this.#chosen.get(id) ?? this.#candidates.get(id);
    if (object?.kind === "leftOut") return `${object.what} ${object.name}`;
    if (object !== undefined) return `${object.kind} ${this.#nameOf(object)}`;
    const [, oid] = id.split(":");
    const relation = this.#relations.find((row) => row.oid === oid);
    if (relation !== undefined) return displayName(relation);
    return id.startsWith("pg_") ? `an object of ${id.split(":")[0]}` : id;
  }

  #nameOf(object: SchemaObject): string {
    if ("schema" in object) return displayName(object);
    const table = "table" in object ? this.#chosen.get(object.table) : undefined;
    const prefix = table === undefined ? "" : `${this.#nameOf(table)}.`;
    if (object.kind === "default") {
      const column = this.#chosen.get(object.column);
      return column === undefined ? object.id : this.#nameOf(column);
    }
    return "name" in object ? prefix + object.name : object.id;
  }
}

function groupIds(pairs: readonly (readonly string[])[]): Map<string, string[]> {
  const grouped = Map.groupBy(pairs, ([name = ""]) => name);
  return new Map([...grouped].map(([name, group]) => [name, group.map(([, id = ""]) => id)]));
}

/** A sequence whose owner is not in the snapshot stands alone. */
function withoutForeignOwner(object: SchemaObject, kept: ReadonlySet<string>): SchemaObject {
  return object.kind === "sequence" && object.owner !== null && !kept.has(object.owner.column)
    ? { ...object, owner: null }
    : object;
}
