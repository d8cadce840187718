/**
 * A source and a target database with roles that are not superusers, and an instance on each, in this
 * process. The source's teleport role owns nothing: it has CREATE on the database, and SELECT and
 * TRIGGER on the tables.
 */
import { type Config, type QualifiedName } from "../../src/model/mod.ts";
import type { OpenBatch } from "../../src/batch/mod.ts";
import { configSchema } from "../../src/model/mod.ts";
import { Instance } from "../../src/daemon/mod.ts";
import { createLog } from "../../src/daemon/log.ts";
import { Connection } from "../../src/postgres/mod.ts";
import {
  createDatabase,
  createRole,
  databaseConfig,
  openServers,
  type Role,
  runSql,
  type ServerPair,
  type ServerPairOptions,
  type TestDatabase,
} from "../postgres/mod.ts";
import { digestTables } from "./digest.ts";
import { Proxy } from "./proxy.ts";
import { waitFor } from "./wait.ts";

export interface PairOptions extends ServerPairOptions {
  /** Servers that outlive the pair, instead of some of its own. */
  servers?: ServerPair;
  /** Run on the source as the tables' owner before anything starts. */
  setup: string;
  /** Schemas whose tables the source's teleport role may read; default public. */
  schemas?: readonly string[];
  /** Encodings of the databases; default: the servers'. */
  encodings?: { source?: string; target?: string };
  targetExpression?: string | string[];
  applySchema?: string;
  /** Several targets in the one database, by name, instead of `my-target`. */
  targets?: Readonly<Record<string, { expression: string | string[]; applySchema?: string }>>;
  /** From what size on tables of the target get their indexes beside the batches. */
  concurrentFromBytes?: number;
  /** Overrides of the source's configuration. */
  config?: Record<string, unknown>;
  /** Puts a proxy between the source's instance and the target's. */
  hasProxy?: boolean;
  /** The target's instance sends back: its `targets` name the source. */
  isTwoWay?: boolean;
  /** Make the source's teleport role a superuser, for event triggers. */
  isSuperuser?: boolean;
  onBatch?: (batch: OpenBatch, snapshot: Connection) => Promise<void>;
  /** Where log lines go; kept for failures by default. */
  log?: (line: string) => void;
}

export const targetName = "my-target";

export class Pair implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly source: TestDatabase;
  readonly target: TestDatabase;
  /** Owner of the source's tables: the application. */
  readonly owner: Role;
  readonly sourceConfig: Config;
  readonly targetConfig: Config;
  readonly #options: PairOptions;
  readonly #stack: AsyncDisposableStack;
  /** Only with `hasProxy`. */
  readonly proxy: Proxy | undefined;
  sourceInstance: Instance | undefined;
  targetInstance: Instance | undefined;

  constructor(parts: {
    proxy: Proxy | undefined;
    source: TestDatabase;
    target: TestDatabase;
    owner: Role;
    sourceConfig: Config;
    targetConfig: Config;
    options: PairOptions;
    stack: AsyncDisposableStack;
  }) {
    this.proxy = parts.proxy;
    this.source = parts.source;
    this.target = parts.target;
    this.owner = parts.owner;
    this.sourceConfig = parts.sourceConfig;
    this.targetConfig = parts.targetConfig;
    this.#options = parts.options;
    this.#stack = parts.stack;
  }

  async startTarget(): Promise<Instance> {
    this.targetInstance = await this.#start(this.targetConfig, "target");
    return this.targetInstance;
  }

  async startSource(): Promise<Instance> {
    this.sourceInstance = await this.#start(this.sourceConfig, "source");
    return this.sourceInstance;
  }

  async start(): Promise<void> {
    await this.startTarget();
    await this.startSource();
  }

  /** Runs SQL on the source as the application. */
  write(sql: string): Promise<Record<string, unknown>[]> {
    return runSql(this.source.urlAs(this.owner), sql);
  }

  /** Lets the source's teleport role read what the owner has in a schema, and will have. */
  async grant(schema: string): Promise<void> {
    const { server, name } = this.source;
    const reader = { name: this.sourceConfig.database.username };
    await runSql(server.url(name), grantsFor(schema, { owner: this.owner, reader }));
  }

  /** A session with the pinned settings, as the server's superuser. */
  async open(side: "source" | "target"): Promise<Connection> {
    const database = this[side];
    const { server } = database;
    return await Connection.open(
      databaseConfig(server, database.name, server.superuser),
      "test",
    );
  }

  /** Resolves when the target has everything that the source had when this was called. */
  async caughtUp(deadlineMs = 60_000): Promise<void> {
    await waitFor(async () => {
      const status = await this.readStatus();
      const target = status?.targets[targetName];
      return target !== undefined && target.position !== null && target.lagEvents === 0 &&
        target.tables.every(({ state }) => state === "streaming" || state === "partial");
    }, {
      what: "the target to catch up",
      deadlineMs,
      explain: async () => ({ status: await this.readStatus(), log: this.lines.slice(-30) }),
    });
  }

  async readStatus(): Promise<PairStatus | undefined> {
    // The status is typed loosely on purpose: it is JSON for people.
    return await this.sourceInstance?.readStatus() as PairStatus | undefined;
  }

  /** Digests of both sides, for `assertEquals`. Each in one transaction. */
  async digests(
    tables: readonly (QualifiedName & { isOnly?: boolean })[],
  ): Promise<{ source: Record<string, string>; target: Record<string, string> }> {
    await using source = await this.open("source");
    await using target = await this.open("target");
    const there = tables.map((table) => ({
      ...table,
      schema: this.#options.applySchema ?? table.schema,
    }));
    return {
      source: await digestTables(source, tables),
      target: await digestTables(target, there),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sourceInstance?.stop();
    await this.targetInstance?.stop();
    await this.#stack.disposeAsync();
  }

  async #start(config: Config, name: string): Promise<Instance> {
    const { log, onBatch, concurrentFromBytes } = this.#options;
    const write = log ?? ((line: string) => this.lines.push(`${name} ${line.trimEnd()}`));
    const instance = await Instance.start({
      config,
      version: "test",
      log: createLog({ level: "debug", format: "text", write }),
      serves: true,
      ...(concurrentFromBytes === undefined ? {} : { concurrentFromBytes }),
      onBatch: onBatch && name === "source"
        ? (_target, batch, snapshot) => onBatch(batch, snapshot)
        : undefined,
    });
    instance.finished.catch((error: unknown) => write(`ERROR The instance ended: ${error}`));
    return instance;
  }
}

export interface PairStatus {
  targets: Record<string, {
    position: string | null;
    isExact: boolean | null;
    lagEvents: number | null;
    tables: { schema: string; name: string; state: string; reason: string | null }[];
  }>;
}

/** Opens servers, databases and roles, and runs the setup; instances are started by the test. */
export async function openPair(options: PairOptions): Promise<Pair> {
  await using stack = new AsyncDisposableStack();
  const servers = options.servers ?? stack.use(await openServers(options));
  const owner = await createRole(servers.source);
  const reader = await createRole(servers.source, {
    ...(options.isSuperuser ? { attributes: "superuser" } : {}),
  });
  const applier = await createRole(servers.target);
  const { source: sourceEncoding, target: targetEncoding } = options.encodings ?? {};
  const source = await createDatabase(servers.source, {
    owner,
    ...(sourceEncoding === undefined ? {} : { encoding: sourceEncoding }),
  });
  const target = await createDatabase(
    servers.target,
    targetEncoding === undefined ? {} : { encoding: targetEncoding },
  );
  await runSql(source.url, `grant create on database "${source.name}" to "${reader.name}"`);
  await runSql(target.url, `grant create on database "${target.name}" to "${applier.name}"`);
  await runSql(target.url, `grant create, usage on schema public to "${applier.name}"`);
  const schemas = options.schemas ?? ["public"];
  await runSql(servers.source.url(source.name), `grant all on schema public to "${owner.name}"`);
  await runSql(source.urlAs(owner), options.setup);
  for (const schema of schemas) {
    await runSql(servers.source.url(source.name), grantsFor(schema, { owner, reader }));
  }
  if (options.isTwoWay) {
    const all = `grant all on all tables in schema public to "${reader.name}"`;
    await runSql(servers.source.url(source.name), all);
  }
  const sourcePort = freePort();
  const targetPort = freePort();
  const proxy = options.hasProxy ? stack.use(new Proxy(targetPort)) : undefined;
  const back = {
    "the-source": {
      target_expression: options.targetExpression ?? "public.*",
      endpoint: { hostname: "127.0.0.1", port: sourcePort },
    },
  };
  const targetConfig = configSchema.parse({
    database: databaseConfig(servers.target, target.name, applier),
    server: { hostname: "127.0.0.1", port: targetPort },
    processing_intervals: intervals,
    targets: options.isTwoWay ? back : {},
  });
  const sourceConfig = configSchema.parse({
    batch_size: 1000,
    load: { chunk_bytes: 1024 * 1024 },
    database: databaseConfig(servers.source, source.name, reader),
    server: { hostname: "127.0.0.1", port: sourcePort },
    processing_intervals: intervals,
    targets: targetsOf(options, { hostname: "127.0.0.1", port: proxy?.port ?? targetPort }),
    ...options.config,
  });
  const kept = stack.move();
  return new Pair({
    proxy,
    source,
    target,
    owner,
    sourceConfig,
    targetConfig,
    options,
    stack: kept,
  });
}

function targetsOf(
  { targets, targetExpression: expression = "public.*", applySchema }: PairOptions,
  endpoint: { hostname: string; port: number },
): Record<string, unknown> {
  const one = { expression, ...(applySchema === undefined ? {} : { applySchema }) };
  const entries = Object.entries(targets ?? { [targetName]: one });
  return Object.fromEntries(entries.map(([name, target]) => [name, {
    target_expression: target.expression,
    endpoint,
    ...(target.applySchema === undefined ? {} : { apply_schema: target.applySchema }),
  }]));
}

export const intervals = {
  batcher: 20,
  transmitter: 50,
  applier: 50,
  vacuum: 100,
  ddlwatcher: 500,
};

/** What the least privileged role needs, for what is there and for what the owner makes later. */
function grantsFor(
  schema: string,
  { owner, reader }: { owner: { name: string }; reader: { name: string } },
): string {
  const to = `"${reader.name}"`;
  return `
    grant usage on schema "${schema}" to ${to};
    grant select, trigger on all tables in schema "${schema}" to ${to};
    grant select on all sequences in schema "${schema}" to ${to};
    alter default privileges for role "${owner.name}" in schema "${schema}"
      grant select, trigger on tables to ${to};
    alter default privileges for role "${owner.name}" in schema "${schema}"
      grant select on sequences to ${to};`;
}

/** A port that was free a moment ago. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
