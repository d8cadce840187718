/**
 * The catalogs of one server as rows: the only place that knows their queries. Everything deparsed is
 * relative to the session's search_path, which the caller sets.
 */
import { z } from "zod";
import { type Connection, forVersion } from "../../postgres/mod.ts";
import aggregatesSql from "./aggregates.sql" with { type: "text" };
import bindingsSql from "./bindings.sql" with { type: "text" };
import castsSql from "./casts.sql" with { type: "text" };
import collationsSql from "./collations.sql" with { type: "text" };
import columnsSql from "./columns.sql" with { type: "text" };
import commentsSql from "./comments.sql" with { type: "text" };
import constraintsSql from "./constraints.sql" with { type: "text" };
import dependenciesSql from "./dependencies.sql" with { type: "text" };
import domainChecksSql from "./domain_checks.sql" with { type: "text" };
import extensionsSql from "./extensions.sql" with { type: "text" };
import functionDefinitionsSql from "./function_definitions.sql" with { type: "text" };
import functionsSql from "./functions.sql" with { type: "text" };
import indexesSql from "./indexes.sql" with { type: "text" };
import leftOutSql from "./left_out.sql" with { type: "text" };
import objectNamesSql from "./object_names.sql" with { type: "text" };
import operatorClassesSql from "./operator_classes.sql" with { type: "text" };
import operatorsSql from "./operators.sql" with { type: "text" };
import relationsSql from "./relations.sql" with { type: "text" };
import schemasSql from "./schemas.sql" with { type: "text" };
import sequencesSql from "./sequences.sql" with { type: "text" };
import sequencesBefore10Sql from "./sequences_before_10.sql" with { type: "text" };
import statisticsSql from "./statistics.sql" with { type: "text" };
import textSearchSql from "./text_search.sql" with { type: "text" };
import typesSql from "./types.sql" with { type: "text" };
import viewsSql from "./views.sql" with { type: "text" };
import {
  bindingRow,
  columnRow,
  commentRow,
  constraintRow,
  type DefinitionRow,
  definitionRow,
  dependencyRow,
  domainCheckRow,
  extensionRow,
  functionDefinitionRow,
  functionRow,
  indexRow,
  leftOutRow,
  objectNameRow,
  relationRow,
  schemaRow,
  sequenceRow,
  statisticsRow,
  typeRow,
  viewRow,
} from "./rows.ts";

export type * from "./rows.ts";

const definitionQueries = [
  aggregatesSql,
  castsSql,
  collationsSql,
  operatorClassesSql,
  operatorsSql,
  textSearchSql,
];

/** Reads the catalogs of the database that a connection is to. */
export class Catalog {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  readonly schemas = () => this.#read(schemaRow, schemasSql);
  readonly types = () => this.#read(typeRow, typesSql);
  readonly functions = () => this.#read(functionRow, functionsSql);
  readonly extensions = () => this.#read(extensionRow, extensionsSql);
  readonly comments = () => this.#read(commentRow, commentsSql);
  readonly dependencies = () => this.#read(dependencyRow, dependenciesSql);
  readonly columns = (oids: readonly string[]) => this.#readOf(columnRow, columnsSql, oids);
  readonly constraints = (oids: readonly string[]) =>
    this.#readOf(constraintRow, constraintsSql, oids);
  readonly indexes = (oids: readonly string[]) => this.#readOf(indexRow, indexesSql, oids);
  readonly views = (oids: readonly string[]) => this.#readOf(viewRow, viewsSql, oids);
  readonly leftOut = () => this.#read(leftOutRow, leftOutSql);
  readonly domainChecks = (oids: readonly string[]) =>
    this.#readOf(domainCheckRow, domainChecksSql, oids);
  readonly functionDefinitions = (oids: readonly string[]) =>
    this.#readOf(functionDefinitionRow, functionDefinitionsSql, oids);

  /** All of them, or those of these names in any schema. */
  relations(names?: readonly string[]) {
    return this.#connection.rows(relationRow, this.#text(relationsSql), [names ?? null]);
  }

  sequences() {
    const sql = this.#connection.version < 100000 ? sequencesBefore10Sql : sequencesSql;
    return this.#read(sequenceRow, sql);
  }

  /** Of these tables, or all of them. */
  async statistics(tables?: readonly string[]) {
    if (this.#connection.version < 100000) return [];
    return await this.#connection.rows(statisticsRow, this.#text(statisticsSql), [tables ?? null]);
  }

  /** Aggregates, casts, collations, operators with their classes and families, and text search. */
  async definitions(): Promise<DefinitionRow[]> {
    const rows: DefinitionRow[] = [];
    for (const sql of definitionQueries) rows.push(...await this.#read(definitionRow, sql));
    return rows;
  }

  /** Names in a schema, and names that extensions brought anywhere. */
  objectNames(schema: string) {
    return this.#connection.rows(objectNameRow, this.#text(objectNamesSql), [schema]);
  }

  /** What lies elsewhere and is bound to objects of these schemas that no extension brought. */
  bindings(schemas: readonly string[]) {
    return this.#connection.rows(bindingRow, this.#text(bindingsSql), [schemas]);
  }

  async #readOf<Shape extends z.ZodType>(shape: Shape, sql: string, oids: readonly string[]) {
    if (oids.length === 0) return [];
    return await this.#connection.rows(shape, this.#text(sql), [oids]);
  }

  #read<Shape extends z.ZodType>(shape: Shape, sql: string) {
    return this.#connection.rows(shape, this.#text(sql));
  }

  #text(sql: string): string {
    return forVersion(sql, this.#connection.version);
  }
}

const setting = z.object({ path: z.string() });

/** Runs `work` under a search_path, inside the caller's transaction, and puts the old one back. */
export async function withSearchPath<Result>(
  connection: Connection,
  path: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const { path: before } = await connection.row(
    setting,
    "select pg_catalog.current_setting('search_path') as path",
  );
  const set = "select pg_catalog.set_config('search_path', $1, true)";
  await connection.run(set, [path]);
  // Not in a finally: after an error of the server nothing can be set, and the rollback undoes it.
  const result = await work();
  await connection.run(set, [before]);
  return result;
}
