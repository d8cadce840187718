/** Collects the objects of a snapshot: what is named, then what that needs, until nothing is added. */
import { displayName, matchesExpression, type TargetExpression } from "../../model/mod.ts";
import type {
  Catalog,
  FunctionDefinitionRow,
  FunctionRow,
  ObjectNameRow,
  RelationRow,
} from "../catalog/mod.ts";
import { functionText, isOfSql } from "../function_text.ts";
import type { SchemaObject } from "../object.ts";
import type { Renaming } from "../renaming.ts";
import { draftComments } from "./comments.ts";
import { addNeeded, type Dependencies, settle, toDependencies } from "./closure.ts";
import {
  draftExtension,
  draftLeftOut,
  draftRelation,
  draftSequence,
  draftType,
  idOf,
} from "./drafts.ts";
import { draftDefinition } from "./draft_definition.ts";
import { draftFunction } from "./draft_function.ts";
import { draftView } from "./draft_view.ts";
import { withLeafValues } from "./leaf_values.ts";
import { Mentions } from "./mentions.ts";
import { Names } from "./names.ts";
import { notReplicated } from "./not_replicated.ts";
import { draftSchemas } from "./schemas.ts";
import { chooseTables, type ScopedTable } from "./scope.ts";
import {
  draftColumn,
  draftConstraint,
  draftDefault,
  draftIndex,
  draftStatistics,
  draftTable,
  draftTablespace,
} from "./table_drafts.ts";
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
  readonly #mentions: Mentions;

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
    this.#mentions = new Mentions(options.names, facts.functions);
  }

  static async read(catalog: Catalog, options: BuilderOptions): Promise<SnapshotBuilder> {
    const relations = await catalog.relations();
    const functions = await catalog.functions();
    const dependencies = toDependencies(await catalog.dependencies());
    const builder = new SnapshotBuilder(catalog, options, { relations, functions, dependencies });
    await builder.#addTypes();
    await builder.#addSequences();
    await builder.#addExtensions();
    for (const row of functions) builder.#offer(draftFunction(row, options.renaming), row);
    for (const row of await catalog.definitions()) {
      builder.#offer(draftDefinition(row, options.renaming), row);
    }
    await builder.#addViews();
    return builder;
  }

  async build(): Promise<SchemaObject[]> {
    await this.#chooseTables();
    this.#chooseNamed();
    await this.#completeFunctions();
    await this.#completeViews();
    await this.#nameLeftOut();
    const names = new Names({
      relations: this.#relations,
      objects: (id) => this.#chosen.get(id) ?? this.#candidates.get(id),
    });
    const settled = settle(this.#chosen, this.#dependencies, names);
    const kept = new Set(
      settled.filter((object) => object.kind !== "leftOut").map((object) => object.id),
    );
    const owned = settled.map((object) => withoutForeignOwner(object, kept));
    const schemas = draftSchemas(await this.#catalog.schemas(), owned, {
      ...this.#options,
      schemaOf: (id) => this.#schemas.get(id),
    });
    const objects = [...schemas, ...owned];
    return [...objects, ...draftComments(await this.#catalog.comments(), objects)];
  }

  async #addExtensions(): Promise<void> {
    for (const row of await this.#catalog.extensions()) {
      const isNamed = matchesExpression(this.#options.expression, row);
      this.#offer(draftExtension(row, isNamed));
      if (isNamed) this.#choose(draftExtension(row, isNamed));
      if (!isNamed || !row.has_configuration) continue;
      this.#choose(draftLeftOut(`configuration:${row.oid}`, {
        what: "rows",
        name: `of the extension ${row.name}`,
        reason: "tables of extensions are not replicated",
      }));
    }
  }

  async #addViews(): Promise<void> {
    const rows = this.#relations.filter(({ kind }) => kind === "v" || kind === "m");
    const oids = rows.map(({ oid }) => oid);
    const columns = Map.groupBy(await this.#catalog.columns(oids), (row) => row.table);
    const views = new Map((await this.#catalog.views(oids)).map((row) => [row.oid, row]));
    for (const row of rows) {
      const view = views.get(row.oid);
      if (view === undefined) continue;
      if (this.#options.renaming.isAmbiguous(view.definition)) {
        const details = { what: "view", name: displayName(row), reason: ambiguous };
        this.#offer(draftLeftOut(idOf.view(row.oid), details), row);
        continue;
      }
      const parts = { view, columns: columns.get(row.oid) ?? [] };
      this.#offer(draftView(row, parts, this.#options.renaming), row);
    }
  }

  /** Indexes of materialized views. */
  async #completeViews(): Promise<void> {
    const views = [...this.#chosen.values()].flatMap((object) =>
      object.kind === "view" && object.isMaterialized ? [object.oid] : []
    );
    for (const row of await this.#catalog.indexes(views)) {
      this.#choose(draftIndex(row, undefined, this.#options.renaming));
    }
  }

  async #nameLeftOut(): Promise<void> {
    const { expression } = this.#options;
    const facts = { relations: this.#relations, chosen: this.#chosen, expression };
    for (const object of notReplicated(await this.#catalog.leftOut(), facts)) this.#choose(object);
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

  async #chooseTables(): Promise<void> {
    const { renaming, expression } = this.#options;
    const tables = chooseTables(this.#relations, expression);
    const oids = [...tables.keys()];
    for (const scoped of tables.values()) {
      this.#choose(draftTable(scoped, renaming), scoped.row);
      this.#chooseTablespace(scoped.row, displayName(scoped.row));
    }
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
      this.#chooseTablespace(row, `${displayName(of(row).row)}.${row.name}`);
    }
    for (const row of await this.#catalog.indexes(oids)) {
      this.#choose(draftIndex(row, of(row), renaming));
      this.#chooseTablespace(row, displayName(row));
    }
    for (const row of await this.#catalog.statistics(oids)) {
      this.#choose(draftStatistics(row, renaming), row);
    }
    for (const row of this.#relations) {
      if (row.kind === "f" && matchesExpression(expression, row)) this.#choose(draftRelation(row));
    }
  }

  #chooseTablespace(row: { oid: string; tablespace: string | null }, place: string): void {
    const object = draftTablespace(row, place);
    if (object !== undefined) this.#choose(object);
  }

  /** Types, sequences, functions, views and the like whose own names the expression matches. */
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
    if (isOfSql(language) && this.#options.renaming.isAmbiguous(row.body)) {
      const details = { what: "function", name: this.#sourceNameOf(object), reason: ambiguous };
      this.#chosen.set(id, draftLeftOut(id, details));
      return;
    }
    this.#chosen.set(id, { ...object, definition: functionText(source, this.#options.renaming) });
    const home = this.#schemas.get(id)?.name ?? "";
    for (const other of this.#mentions.of(source, home)) {
      const candidate = this.#candidates.get(other);
      if (candidate !== undefined && !this.#chosen.has(other)) this.#choose(candidate);
    }
  }

  /** As the source has it, as everything that is left out is named. */
  #sourceNameOf(object: SchemaObject & { name: string }): string {
    return displayName({ schema: this.#schemas.get(object.id)?.name ?? "", name: object.name });
  }

  #choose(object: SchemaObject, row?: { schema_oid: string; schema: string }): void {
    this.#chosen.set(object.id, object);
    if (row) this.#schemas.set(object.id, { oid: row.schema_oid, name: row.schema });
  }

  #offer(object: SchemaObject, row?: { schema_oid: string; schema: string }): void {
    this.#candidates.set(object.id, object);
    if (row) this.#schemas.set(object.id, { oid: row.schema_oid, name: row.schema });
  }
}

/** Why a text is not renamed. */
const ambiguous = "the schema's name is an alias or a variable in it: give that another name";

/** A sequence whose owner is not in the snapshot stands alone. */
function withoutForeignOwner(object: SchemaObject, kept: ReadonlySet<string>): SchemaObject {
  return object.kind === "sequence" && object.owner !== null && !kept.has(object.owner.column)
    ? { ...object, owner: null }
    : object;
}
