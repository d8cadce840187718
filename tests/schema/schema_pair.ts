/**
 * A source and a target database for the differ alone, with roles of little right: the reader has
 * SELECT on the source's tables, the applier CREATE on the target database.
 */
import { z } from "zod";
import { parseExpression, type TargetExpression } from "../../src/model/mod.ts";
import { Connection } from "../../src/postgres/mod.ts";
import {
  addEnumLabels,
  applySnapshot,
  buildForeignKeys,
  type ForeignKeyReport,
  loadAppliedSnapshot,
  readSnapshot,
  refreshViews,
  type SchemaReport,
  type SchemaSnapshot,
} from "../../src/schema/mod.ts";
import state from "../../src/state/migrations/0001_state.sql" with { type: "text" };
import {
  connect,
  createDatabase,
  createRole,
  databaseConfig,
  openServers,
  type Role,
  runSql,
  type ServerPair,
  type ServerPairOptions,
  type Session,
  type TestDatabase,
} from "../postgres/mod.ts";
import { normalForm } from "./normal_form.ts";
import { inTargetWords } from "./target_words.ts";

export const sanitized = { sanitizeOps: true, sanitizeResources: true };

/** The report of a snapshot that says what is there already. */
export const nothing: SchemaReport = {
  created: 0,
  changed: 0,
  refused: [],
  unsupported: [],
  lostTables: [],
  movesTables: false,
};

export interface SchemaPairOptions extends ServerPairOptions {
  /** Shared ones; else two of the pair's own. */
  servers?: ServerPair;
  /** Run on the source as the tables' owner. */
  setup: string;
  /** Run on both as superuser first: extensions. */
  extensions?: readonly string[];
  expression?: readonly string[];
  /** The source is changed as superuser, and the target as well. */
  isSuperuser?: boolean;
  applySchema?: string;
}

export class SchemaPair implements AsyncDisposable {
  readonly source: Connection;
  readonly target: Connection;
  readonly #databases: { source: TestDatabase; target: TestDatabase };
  readonly #options: SchemaPairOptions;
  readonly #applier: Role;
  readonly #stack: AsyncDisposableStack;
  #label = "source";

  private constructor(
    connections: { source: Connection; target: Connection },
    databases: { source: TestDatabase; target: TestDatabase },
    rest: { options: SchemaPairOptions; applier: Role; stack: AsyncDisposableStack },
  ) {
    this.source = connections.source;
    this.target = connections.target;
    this.#databases = databases;
    this.#options = { ...rest.options };
    this.#applier = rest.applier;
    this.#stack = rest.stack;
  }

  static async open(options: SchemaPairOptions): Promise<SchemaPair> {
    await using stack = new AsyncDisposableStack();
    const servers = options.servers ?? stack.use(await openServers(options));
    const owner = await createRole(servers.source);
    const reader = await createRole(servers.source);
    const applier = await createRole(servers.target);
    const source = await createDatabase(servers.source, { owner });
    const target = await createDatabase(servers.target, { owner: servers.target.superuser });
    await prepareTarget(target, applier);
    await runSql(asSuperuser(source), `grant create on schema public to "${owner.name}"`);
    for (const extension of options.extensions ?? []) {
      await runSql(asSuperuser(source), `create extension ${extension}`);
      if (servers.target.major < 13) {
        await runSql(asSuperuser(target), `create extension ${extension}`);
      }
    }
    const { isSuperuser = false } = options;
    await runSql(isSuperuser ? asSuperuser(source) : source.url, options.setup);
    const connections = {
      source: stack.use(await openConnection(source, reader)),
      target: stack.use(
        await openConnection(target, isSuperuser ? servers.target.superuser : applier),
      ),
    };
    await connections.target.run(`create schema teleport; ${state}`);
    return new SchemaPair(connections, { source, target }, {
      options,
      applier,
      stack: stack.move(),
    });
  }

  /** On the source, as the owner of its tables. */
  async change(...statements: string[]): Promise<void> {
    const { source } = this.#databases;
    const url = this.#options.isSuperuser ? asSuperuser(source) : source.url;
    for (const sql of statements) await runSql(url, sql);
  }

  /** On the source, as superuser. */
  changeSource(sql: string): Promise<unknown> {
    return runSql(asSuperuser(this.#databases.source), sql);
  }

  /** On the target, as superuser. */
  changeTarget(sql: string): Promise<unknown> {
    return runSql(asSuperuser(this.#databases.target), sql);
  }

  /** Another session on the target, as the applier. */
  openTarget(): Promise<Connection> {
    return openConnection(this.#databases.target, this.#applier);
  }

  narrowTo(expression: readonly string[]): void {
    this.#options.expression = expression;
  }

  /** From now on another source, for a target that knows nothing of it: one of many in these databases. */
  turnTo(source: string, place: { expression: readonly string[]; applySchema?: string }): void {
    this.#label = source;
    this.#options.expression = place.expression;
    if (place.applySchema === undefined) delete this.#options.applySchema;
    else this.#options.applySchema = place.applySchema;
  }

  /** A session on the source, as the owner of its tables. */
  openSource(): Promise<Session> {
    return connect(this.#databases.source.url);
  }

  /** Where a program that is no client of ours finds a side, as the superuser. */
  url(side: "source" | "target"): string {
    return asSuperuser(this.#databases[side]);
  }

  get expression(): TargetExpression {
    return expressionOf(this.#options.expression ?? ["public.*"]);
  }

  get options(): { expression: TargetExpression; applySchema?: string } {
    const { applySchema } = this.#options;
    return { expression: this.expression, ...(applySchema === undefined ? {} : { applySchema }) };
  }

  read(): Promise<SchemaSnapshot> {
    return this.source.transaction(
      "repeatable read read only",
      () => readSnapshot(this.source, this.options),
    );
  }

  /** Whether materialized views on the target are refreshed with the source's. */
  followsSource = true;

  /** Labels that replicate() committed beforehand. */
  labelsAdded = 0;

  /** As a batch does it: labels first and by themselves, the rest in one transaction. */
  async replicate(): Promise<SchemaReport> {
    const after = overTheWire(await this.read());
    const options = { source: this.#label, target: "target", after };
    const { added, refused } = await addEnumLabels(this.target, options);
    if (refused.length > 0) throw new Error(`Labels were refused: ${JSON.stringify(refused)}`);
    this.labelsAdded += added;
    return await this.target.transaction("read committed", async () => {
      const report = await applySnapshot(this.target, options);
      const views = await refreshViews(this.target, options, this);
      return {
        ...report,
        changed: report.changed + views.refreshed,
        refused: [
          ...report.refused,
          ...views.refused.map((refusal) => ({ ...refusal, statement: "refresh" })),
        ],
      };
    });
  }

  /** As an instance does it once the rows of both ends are there. */
  async buildForeignKeys(): Promise<ForeignKeyReport> {
    const snapshot = await this.applied();
    return await this.target.transaction(
      "read committed",
      () => buildForeignKeys(this.target, snapshot, () => true),
    );
  }

  /** Of tables, indexes and statistics objects in the schema that replication made, in order. */
  async targetNames(): Promise<string[]> {
    const rows = await this.target.rows(
      z.object({ name: z.string() }),
      `select c.relname::text as name from pg_catalog.pg_class c
       where c.relnamespace = 'test'::regnamespace and c.relkind in ('r', 'i')
       union all
       select s.stxname::text from pg_catalog.pg_statistic_ext s
       where s.stxnamespace = 'test'::regnamespace`,
    );
    return rows.map(({ name }) => name).sort();
  }

  async applied(): Promise<SchemaSnapshot> {
    const snapshot = await loadAppliedSnapshot(this.target, this.#label, "target");
    if (snapshot === undefined) throw new Error("Nothing is applied");
    return snapshot;
  }

  /** What only one side has, as the servers deparse it. Empty lists: the schemas are equal. */
  async compare(): Promise<{ missing: string[]; extra: string[] }> {
    const source = await this.read();
    const { applySchema } = this.#options;
    // The way back: what the source's names became is renamed again.
    const back = applySchema === undefined
      ? this.options
      : { expression: expressionOf([`"${applySchema.replaceAll('"', '""')}".*`]), applySchema };
    const target = await this.target.transaction(
      "repeatable read read only",
      () => readSnapshot(this.target, back),
    );
    const wanted = normalForm(this.#shared(await inTargetWords(source, this, applySchema)));
    const actual = normalForm(this.#shared(target));
    return {
      missing: wanted.filter((line) => !actual.includes(line)),
      extra: actual.filter((line) => !wanted.includes(line)),
    };
  }

  /** Without what only the newer of the two has in its catalogs: NOT NULL as a constraint (18). */
  #shared({ objects }: SchemaSnapshot): SchemaSnapshot {
    const oldest = Math.min(this.source.version, this.target.version);
    return {
      objects: objects.filter((object) =>
        oldest >= 180000 || object.kind !== "constraint" || object.type !== "notNull"
      ),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

export function expressionOf(patterns: readonly string[]): TargetExpression {
  const parsed = parseExpression(patterns);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.expression;
}

function overTheWire(snapshot: SchemaSnapshot): SchemaSnapshot {
  return JSON.parse(JSON.stringify(snapshot)) as SchemaSnapshot;
}

async function prepareTarget(target: TestDatabase, applier: Role): Promise<void> {
  await runSql(
    asSuperuser(target),
    `grant create on database "${target.name}" to "${applier.name}";
     grant create on schema public to "${applier.name}"`,
  );
}

function asSuperuser(database: TestDatabase): string {
  return database.server.url(database.name);
}

function openConnection(database: TestDatabase, role: Role): Promise<Connection> {
  const { server, name } = database;
  return Connection.open(databaseConfig(server, name, role), "schema test");
}
