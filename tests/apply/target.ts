/**
 * The target's side alone, behind its real HTTP server: a database, a role that owns what the setup makes,
 * an applier, and batches made by hand, the wrong ones included.
 */
import { crc32 } from "node:zlib";
import { Applier } from "../../src/apply/mod.ts";
import {
  type Acknowledgement,
  type Command,
  type CommandResult,
  type Frame,
  type Message,
  type Position,
  type QualifiedName,
  Refusal,
  type TruncatedTable,
} from "../../src/model/mod.ts";
import { protocolVersion } from "../../src/model/mod.ts";
import { Peer, startServer as startPeerServer } from "../../src/peer/mod.ts";
import { Connection } from "../../src/postgres/mod.ts";
import { readSnapshot } from "../../src/schema/mod.ts";
import { migrate } from "../../src/state/mod.ts";
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
import { expressionOf } from "../schema/schema_pair.ts";

export const source = "the-source";
export const target = "my-target";

/** Epoch of the target's own database. */
const epoch = "the-target";

/** One server of each major for a file of tests. */
export class Servers implements AsyncDisposable {
  readonly #servers = new Map<number, Promise<PostgresServer>>();

  get(major: number): Promise<PostgresServer> {
    const server = this.#servers.get(major) ?? startServer({ major });
    this.#servers.set(major, server);
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers.values()) await (await server)[Symbol.asyncDispose]();
  }
}

/** Rows of one table as a batch carries them. */
export interface SentRows {
  table: string;
  columns: readonly string[];
  /** Default: the first column. */
  key?: readonly string[];
  isOnly?: boolean;
  /** Lines of COPY text without the flag in front. */
  rows?: readonly string[];
  /** The same, of rows that are gone. */
  gone?: readonly string[];
  /** Default: the source alone. */
  origin?: string;
  /** The next changes are of the same table. */
  continues?: boolean;
}

export interface SentBatch {
  /** Epoch of another source; default the one. */
  source?: string;
  from?: string | null;
  to?: string;
  restarts?: boolean;
  load?: string;
  /** How many chunks `load` has; default none. */
  chunks?: number;
  isExact?: boolean;
  schema?: { objects: readonly unknown[]; hash: string };
  truncate?: readonly (Partial<TruncatedTable> & { name: string })[];
  changes?: readonly SentRows[];
}

export class Target implements AsyncDisposable {
  readonly database: TestDatabase;
  readonly role: Role;
  readonly applier: Applier;
  readonly peer: Peer;
  readonly url: string;
  readonly #stack: AsyncDisposableStack;
  #position: string | null = null;
  #txid = 100;

  constructor(
    parts: { database: TestDatabase; role: Role; applier: Applier; port: number },
    stack: AsyncDisposableStack,
  ) {
    this.database = parts.database;
    this.role = parts.role;
    this.applier = parts.applier;
    this.url = `http://127.0.0.1:${parts.port}`;
    this.peer = new Peer({ hostname: "127.0.0.1", port: parts.port }, {
      idleTimeoutMs: 60_000,
      heartbeatMs: 10_000,
    });
    this.#stack = stack;
  }

  /** The position that the next batch starts from by itself. */
  get position(): string | null {
    return this.#position;
  }

  /** As the role that owns the tables, in a session with default settings. */
  run(sql: string): Promise<Record<string, unknown>[]> {
    return runSql(this.database.urlAs(this.role), sql);
  }

  /** As the superuser. */
  admin(sql: string): Promise<Record<string, unknown>[]> {
    return runSql(this.database.server.url(this.database.name), sql);
  }

  openConnection(): Promise<Connection> {
    return openConnection(this.database, this.role);
  }

  /** The only value of a query, as text. */
  async value(sql: string): Promise<string | null> {
    const [row] = await this.admin(`select (${sql})::text as value`);
    return row?.value === null || row === undefined ? null : String(row.value);
  }

  /**
   * Sends a batch that starts from the last one's position, unless it says otherwise; once more where
   * the target asks for it, as a source does.
   */
  async send(batch: SentBatch): Promise<Acknowledgement> {
    try {
      return await this.sendOnce(batch);
    } catch (error) {
      if (!(error instanceof Refusal) || error.problem.failure !== "transient") throw error;
      return await this.sendOnce(batch);
    }
  }

  async sendOnce(batch: SentBatch): Promise<Acknowledgement> {
    const acknowledged = await this.peer.sendBatch(
      toStream(this.frames(batch)),
      new AbortController().signal,
    );
    const isOwn = batch.source === undefined && batch.load === undefined;
    if (isOwn) this.#position = acknowledged.position;
    return acknowledged;
  }

  /** What the target answers to a batch that it refuses. */
  async refusal(batch: SentBatch): Promise<Refusal["problem"]> {
    return await refusalOf(this.send(batch));
  }

  /** A failed batch costs the session, and with it every shape and staging table that it knows. */
  async forgetShapes(): Promise<void> {
    const changes = [{ table: "there is no such table", columns: ["id"] }];
    const { failure } = await this.refusal({ changes });
    if (failure !== "schema") {
      throw new Error(`A table that is not there is a matter of ${failure}`);
    }
  }

  command(command: Command): Promise<CommandResult> {
    return this.peer.runCommand(command, new AbortController().signal);
  }

  /** The schema of the target's own public tables, as a source would send it. */
  async readSchema(): Promise<NonNullable<SentBatch["schema"]>> {
    await using connection = await this.openConnection();
    const { objects } = await connection.transaction(
      "repeatable read read only",
      () => readSnapshot(connection, { expression: expressionOf(["public.*"]) }),
    );
    return { objects, hash: crypto.randomUUID() };
  }

  frames(batch: SentBatch): Frame[] {
    const to = batch.to ?? this.nextPosition();
    const messages: Frame[] = [];
    const add = (message: Message) => messages.push({ kind: "message", message });
    for (const object of batch.schema?.objects ?? []) add({ kind: "schemaObject", object });
    if (batch.schema !== undefined) {
      const { hash, objects } = batch.schema;
      add({ kind: "schema", hash, count: objects.length });
    }
    if (batch.truncate !== undefined) {
      add({
        kind: "truncate",
        origin: source,
        tables: batch.truncate.map((table) => ({ schema: "public", isOnly: false, ...table })),
      });
    }
    for (const changes of batch.changes ?? []) messages.push(...rowsFrames(changes));
    const count = messages.filter(({ kind }) => kind === "message").length;
    const begin: Message = {
      kind: "begin",
      protocol: protocolVersion,
      source: batch.source ?? source,
      target,
      peer: epoch,
      from: (batch.from === undefined ? this.#position : batch.from) as Position | null,
      restarts: batch.restarts ?? false,
      to: to as Position,
      isExact: batch.isExact ?? true,
      upstreams: [],
      load: batch.load === undefined ? null : { name: batch.load, chunks: batch.chunks ?? 0 },
    };
    const end: Message = { kind: "end", count };
    return [{ kind: "message", message: begin }, ...messages, { kind: "message", message: end }];
  }

  /** Name of a load that begins now, after every position before. */
  nextLoad(): string {
    this.#txid += 1;
    return `${this.#txid}:load`;
  }

  /** A position later than every one before. */
  nextPosition(): string {
    this.#txid += 10;
    return `${this.#txid}:${this.#txid}:`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** @param setup made as the applier's role, in the schema public. */
export async function openTarget(
  server: PostgresServer,
  setup: string,
  options: { admin?: string; builds?: { separateFromBytes: number } } = {},
): Promise<Target> {
  await using stack = new AsyncDisposableStack();
  const role = await createRole(server);
  const database = await createDatabase(server);
  const url = server.url(database.name);
  await runSql(
    url,
    `grant create on database "${database.name}" to "${role.name}";
     grant create, usage on schema public to "${role.name}"`,
  );
  if (options.admin !== undefined) await runSql(url, options.admin);
  await runSql(database.urlAs(role), setup);
  {
    await using connection = await openConnection(database, role);
    await migrate(connection);
  }
  const applier = new Applier({
    open: () => openConnection(database, role),
    builds: { open: () => openConnection(database, role), workers: 2, ...options.builds },
    epoch,
    hasTargets: false,
    policy: { drops: "apply" },
    onBatch: () => {},
    onHazard: () => {},
  });
  stack.defer(() => applier.close());
  const receiver = {
    readPosition: applier.readPosition.bind(applier),
    applyBatch: applier.applyBatch.bind(applier),
    applyChunk: applier.applyChunk.bind(applier),
    runCommand: applier.runCommand.bind(applier),
    readStatus: () => Promise.resolve({}),
  };
  const http = await startPeerServer(receiver, {
    hostname: "127.0.0.1",
    port: 0,
    idleTimeoutMs: 60_000,
    heartbeatMs: 10_000,
  });
  stack.defer(() => http.stop(1000));
  return new Target({ database, role, applier, port: http.port }, stack.move());
}

/** The frames of one table: rows, data, rowsEnd. */
function rowsFrames(changes: SentRows): Frame[] {
  const { columns, rows = [], gone = [] } = changes;
  const table: QualifiedName = { schema: "public", name: changes.table };
  const lines = [...rows.map((row) => `f\t${row}\n`), ...gone.map((row) => `t\t${row}\n`)];
  const bytes = new TextEncoder().encode(lines.join(""));
  const [first = ""] = columns;
  return [
    {
      kind: "message",
      message: {
        kind: "rows",
        table,
        columns: [...columns],
        key: [...(changes.key ?? [first])],
        isOnly: changes.isOnly ?? false,
        origin: changes.origin ?? source,
        continues: changes.continues ?? false,
      },
    },
    ...(bytes.length === 0 ? [] : [{ kind: "data" as const, bytes }]),
    {
      kind: "message",
      message: { kind: "rowsEnd", count: lines.length, checksum: crc32(bytes) },
    },
  ];
}

export async function* toStream(frames: readonly Frame[]): AsyncGenerator<Frame, void, void> {
  yield* frames;
  await Promise.resolve();
}

/** The problem that a refused request was answered with. */
export async function refusalOf(work: Promise<unknown>): Promise<Refusal["problem"]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Refusal) return error.problem;
    throw error;
  }
  throw new Error("The target accepted what it should refuse");
}

function openConnection(database: TestDatabase, role: Role): Promise<Connection> {
  const { server, name } = database;
  return Connection.open(databaseConfig(server, name, role), "apply test");
}
