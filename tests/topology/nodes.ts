/**
 * Any number of databases with an instance each, linked in any way: chains, two-way pairs, rings. Each
 * has an application's role and teleport's, of which neither is a superuser.
 */
import { deepStrictEqual } from "node:assert/strict";
import { type Config, configSchema, type QualifiedName } from "../../src/model/mod.ts";
import { Instance } from "../../src/daemon/mod.ts";
import { createLog } from "../../src/daemon/log.ts";
import { Connection } from "../../src/postgres/mod.ts";
import {
  digestTables,
  freePort,
  intervals,
  TeleportProcess,
  toWritten,
  waitFor,
  writeConfig,
} from "../pair/mod.ts";
import {
  createDatabase,
  createRole,
  databaseConfig,
  type PostgresServer,
  type Role,
  runSql,
  startServer,
  type TestDatabase,
} from "../postgres/mod.ts";

export interface Link {
  from: string;
  to: string;
  expression?: string;
  applySchema?: string;
}

export interface NodesOptions {
  /** By name; `setup` is run by the application before anything starts. */
  nodes: Record<string, { major?: number; setup?: string }>;
  links: readonly Link[];
  config?: Record<string, unknown>;
}

/** What `GET /status` says, as far as it is asked for here. */
interface NodeStatus {
  instance: { epoch: string };
  targets: Record<string, {
    position: string | null;
    lagEvents: number | null;
    batches: number;
    error: unknown;
    tables: { schema: string; name: string; state: string; reason: string | null }[];
  }>;
  sources: { epoch: string; position: string; batches: number; rows: number }[];
}

export class Node {
  readonly name: string;
  readonly database: TestDatabase;
  /** The application. */
  readonly app: Role;
  readonly config: Config;
  /** Targets as a configuration file has them. */
  readonly targets: Record<string, unknown>;
  readonly lines: string[] = [];
  instance: Instance | undefined;
  process: TeleportProcess | undefined;

  constructor(parts: Pick<Node, "name" | "database" | "app" | "config" | "targets">) {
    this.name = parts.name;
    this.database = parts.database;
    this.app = parts.app;
    this.config = parts.config;
    this.targets = parts.targets;
  }

  async start(): Promise<void> {
    this.instance = await Instance.start({
      config: this.config,
      version: "test",
      log: createLog({
        level: "debug",
        format: "text",
        write: (line) => this.lines.push(line.trimEnd()),
      }),
      serves: true,
    });
  }

  async stop(): Promise<void> {
    await this.instance?.stop();
    this.instance = undefined;
    await this.process?.[Symbol.asyncDispose]();
    this.process = undefined;
  }

  /** Starts the instance as a process of its own. */
  async spawn(): Promise<void> {
    this.process = new TeleportProcess(["-config", await this.#file()]);
    await this.process.logged("Active");
  }

  async kill(): Promise<void> {
    this.process?.kill("SIGKILL");
    await this.process?.finished();
    this.process = undefined;
  }

  /** Runs `-mode initial-load` to its end. */
  async load(target: string): Promise<void> {
    const file = await this.#file();
    await using loading = new TeleportProcess([
      ...["-config", file, "-mode", "initial-load", "-load-target", target],
    ]);
    const { code, stderr } = await loading.finished();
    deepStrictEqual(code, 0, stderr);
  }

  /** Runs SQL as the application. */
  write(sql: string): Promise<Record<string, unknown>[]> {
    return runSql(this.database.urlAs(this.app), sql);
  }

  /** Runs SQL as the superuser. */
  ask(sql: string): Promise<Record<string, unknown>[]> {
    return runSql(this.database.server.url(this.database.name), sql);
  }

  async status(): Promise<NodeStatus | undefined> {
    const { port } = this.config.server;
    const response = await fetch(`http://127.0.0.1:${port}/status`).catch(() => undefined);
    return await response?.json();
  }

  async stateOf(target: string, table: string): Promise<string | undefined> {
    const status = await this.status();
    return status?.targets[target]?.tables.find(({ name }) => name === table)?.state;
  }

  async digests(tables: readonly QualifiedName[]): Promise<Record<string, string>> {
    const { server, name } = this.database;
    const login = databaseConfig(server, name, server.superuser);
    await using connection = await Connection.open(login, "test");
    return await digestTables(connection, tables);
  }

  async #file(): Promise<string> {
    return await writeConfig(toWritten(this.config, this.targets));
  }
}

export class Nodes implements AsyncDisposable {
  readonly #nodes: ReadonlyMap<string, Node>;
  readonly #servers: AsyncDisposableStack;

  constructor(nodes: readonly Node[], servers: AsyncDisposableStack) {
    this.#nodes = new Map(nodes.map((node) => [node.name, node]));
    this.#servers = servers;
  }

  get all(): Node[] {
    return [...this.#nodes.values()];
  }

  get(name: string): Node {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`There is no node ${name}`);
    return node;
  }

  async start(): Promise<void> {
    for (const node of this.all) await node.start();
  }

  /**
   * Resolves when nothing has moved on any link for a while, although every queue is empty: batches,
   * rows, positions and ledgers all stand still. Rows that loop never let this happen.
   */
  async atRest(deadlineMs = 120_000): Promise<void> {
    let seen = "";
    let since = Date.now();
    await waitFor(async () => {
      const mark = await this.#mark();
      if (mark === undefined || mark !== seen) since = Date.now();
      seen = mark ?? "";
      return mark !== undefined && Date.now() - since > restMs;
    }, { what: "all links to come to rest", deadlineMs, explain: () => this.explain() });
  }

  /** Resolves when every link has carried its first batch. */
  async linked(): Promise<void> {
    await waitFor(async () => {
      const statuses = await Promise.all(this.all.map((node) => node.status()));
      return statuses.every((status) =>
        status !== undefined &&
        Object.values(status.targets).every(({ position }) => position !== null)
      );
    }, { what: "all links to carry a batch", explain: () => this.explain(), deadlineMs: 60_000 });
  }

  /** The digests of the tables, after checking that they are the same on every node. */
  async assertEqual(
    tables: readonly QualifiedName[],
    names = this.all.map(({ name }) => name),
  ): Promise<Record<string, string>> {
    const [first, ...others] = await Promise.all(
      names.map(async (name) => ({ name, digests: await this.get(name).digests(tables) })),
    );
    for (const { name, digests } of others) {
      deepStrictEqual(digests, first?.digests, `${name} differs from ${first?.name}`);
    }
    return first?.digests ?? {};
  }

  async explain(): Promise<unknown> {
    return await Promise.all(this.all.map(async (node) => ({
      node: node.name,
      status: await node.status(),
      log: node.process?.stderr.split("\n").slice(-15) ?? node.lines.slice(-15),
    })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.all.map((node) => node.stop()));
    await this.#servers.disposeAsync();
  }

  /** Undefined while any link has anything left to send. */
  async #mark(): Promise<string | undefined> {
    const parts: unknown[] = [];
    for (const node of this.all) {
      const status = await node.status();
      if (status === undefined) return undefined;
      for (const target of Object.values(status.targets)) {
        const isIdle = target.lagEvents === 0 && target.error === null &&
          target.tables.every(({ state }) => state === "streaming" || state === "partial");
        if (!isIdle) return undefined;
      }
      parts.push(status.targets, status.sources);
      parts.push(await node.ask("select pg_catalog.max(id) from teleport.ledger"));
    }
    return JSON.stringify(parts);
  }
}

const restMs = 1500;

export async function openNodes(options: NodesOptions): Promise<Nodes> {
  await using stack = new AsyncDisposableStack();
  const servers = new Map<number | undefined, PostgresServer>();
  const ports = new Map(Object.keys(options.nodes).map((name) => [name, freePort()]));
  const nodes: Node[] = [];
  for (const [name, { major, setup = "" }] of Object.entries(options.nodes)) {
    const server = servers.get(major) ??
      stack.use(await startServer(major === undefined ? {} : { major }));
    servers.set(major, server);
    nodes.push(await openNode({ name, server, setup, ports, options }));
  }
  return new Nodes(nodes, stack.move());
}

async function openNode({ name, server, setup, ports, options }: {
  name: string;
  server: PostgresServer;
  setup: string;
  ports: ReadonlyMap<string, number>;
  options: NodesOptions;
}): Promise<Node> {
  const app = await createRole(server);
  const own = await createRole(server);
  const database = await createDatabase(server);
  const everything = "grant all on tables to";
  await runSql(
    server.url(database.name),
    `grant create on database "${database.name}" to "${own.name}";
     grant all on schema public to "${app.name}", "${own.name}";
     -- What one makes the other may use: tables come from the application or by replication.
     alter default privileges for role "${app.name}" ${everything} "${own.name}";
     alter default privileges for role "${own.name}" ${everything} "${app.name}";
     alter default privileges for role "${app.name}" grant all on sequences to "${own.name}";
     alter default privileges for role "${own.name}" grant all on sequences to "${app.name}";
     alter default privileges for role "${own.name}" grant usage on types to "${app.name}"`,
  );
  const isTarget = options.links.some(({ to }) => to === name);
  // The schema of a table that was there before can only be changed as its owner.
  if (isTarget) await runSql(server.url("postgres"), `grant "${app.name}" to "${own.name}"`);
  await runSql(database.urlAs(app), setup);
  const targets = Object.fromEntries(
    options.links.filter(({ from }) => from === name).map((link) => [targetName(link), {
      target_expression: link.expression ?? "public.*",
      endpoint: { hostname: "127.0.0.1", port: ports.get(link.to) },
      ...(link.applySchema === undefined ? {} : { apply_schema: link.applySchema }),
    }]),
  );
  const config = configSchema.parse({
    batch_size: 500,
    database: { ...databaseConfig(server, database.name, own), name },
    server: { hostname: "127.0.0.1", port: ports.get(name) },
    processing_intervals: intervals,
    targets,
    ...options.config,
  });
  return new Node({ name, database, app, config, targets });
}

/** Name of a link's target: both ends, so that no two sources have one of the same name. */
export function targetName({ from, to, applySchema }: Link): string {
  return applySchema === undefined ? `${from}-${to}` : `${from}-${to}-${applySchema}`;
}
