/**
 * One session on a PostgreSQL server: statements, transactions and COPY in both directions.
 *
 * Opening pins the session's settings (session.sql), so a value has one text form everywhere. Catalog
 * rows are parsed with zod at this edge; table rows pass as bytes. A connection serves one caller at a
 * time; one whose COPY was abandoned must be destroyed, never reused.
 */
// @ts-types="@types-of/pg"
import pg from "pg";
import { z } from "zod";
import { type DatabaseConfig, TeleportError } from "../model/mod.ts";
import { parseOnlyRow, parseRows } from "./catalog_rows.ts";
import { toConnectionOptions } from "./connection_options.ts";
import { CopyIn } from "./copy_in.ts";
import { CopyOut } from "./copy_out.ts";
import { DatabaseError, toDatabaseError } from "./database_error.ts";
import { type Loss, openClient } from "./open_client.ts";
import { assertOwnBackend } from "./pool_probe.ts";
import { StatementNames } from "./statement_names.ts";
import pinSession from "./session.sql" with { type: "text" };

/** A value that a statement binds. Arrays bind as PostgreSQL arrays. */
export type Bindable = string | number | bigint | boolean | null | readonly (string | number)[];

export type IsolationLevel = "read committed" | "repeatable read read only";

const oldestVersion = 90200;

const greetingRow = z.object({ version: z.coerce.number(), pid: z.number() });

export interface LockOptions {
  mode: "access share" | "share row exclusive";
  timeoutMs: number;
}

/** `server_version_num`, such as 90224, 100023 or 180004. */
export type ServerVersion = number;

export class Connection implements AsyncDisposable {
  /** `server_version_num` of the server. */
  readonly version: ServerVersion;
  /** host:port/database, for messages. */
  readonly server: string;
  readonly #client: pg.Client;
  readonly #loss: Loss;
  readonly #names = new StatementNames();
  #pid: number | undefined;
  #isClosed = false;

  private constructor(
    client: pg.Client,
    loss: Loss,
    place: { version: ServerVersion; server: string },
  ) {
    this.#client = client;
    this.#loss = loss;
    this.version = place.version;
    this.server = place.server;
  }

  /**
   * @param purpose ends application_name: what pg_stat_activity shows of this session.
   * @throws DatabaseError `database_unreachable` or `database_refused`;
   *   TeleportError `database_version` below 9.2, `database_pooler` behind a pool by transaction.
   */
  static async open(database: DatabaseConfig, purpose: string): Promise<Connection> {
    const server = `${database.hostname}:${database.port}/${database.database}`;
    const options = toConnectionOptions(database, purpose);
    const { client, loss, config } = await openClient(options).catch((error: unknown) => {
      throw toDatabaseError(error, server);
    });
    try {
      const { rows } = await client.query(
        "select pg_catalog.current_setting('server_version_num') as version, " +
          "pg_catalog.pg_backend_pid() as pid",
      );
      const { version, pid } = greetingRow.parse(rows[0]);
      if (version < oldestVersion) {
        throw new TeleportError("database_version", `${server} runs PostgreSQL ${version}`, {
          hint: "teleport works with PostgreSQL 9.2 and newer.",
        });
      }
      // Before anything is set: another client of the pool would find it.
      await assertOwnBackend(client, { pid, server, config });
      await client.query(pinSession);
      return new Connection(client, loss, { version, server });
    } catch (error) {
      await client.end();
      throw toDatabaseError(error, server);
    }
  }

  /** The rows of a statement, each parsed by `shape`. */
  async rows<Shape extends z.ZodType>(
    shape: Shape,
    text: string,
    values: readonly Bindable[] = [],
  ): Promise<z.output<Shape>[]> {
    const { rows } = await this.#query(text, values);
    return parseRows(shape, rows, this.server);
  }

  /** The only row of a statement. @throws TeleportError `bug` when there is not exactly one. */
  async row<Shape extends z.ZodType>(
    shape: Shape,
    text: string,
    values: readonly Bindable[] = [],
  ): Promise<z.output<Shape>> {
    const { rows } = await this.#query(text, values);
    return parseOnlyRow(shape, rows, this.server);
  }

  /**
   * The only row of the last of several statements, sent in one round trip. Each is a command of its own
   * to the server: what takes no snapshot by itself (BEGIN, SET LOCAL, LOCK) takes none here.
   * @throws TeleportError `bug` when the last does not return exactly one row.
   */
  async rowOfLast<Shape extends z.ZodType>(
    shape: Shape,
    statements: readonly string[],
  ): Promise<z.output<Shape>> {
    const result: pg.QueryResult | pg.QueryResult[] = await this.#query(statements.join("; "), []);
    const last = Array.isArray(result) ? result.at(-1) : result;
    return parseOnlyRow(shape, last?.rows ?? [], this.server);
  }

  /**
   * Runs a statement, or several separated by semicolons where no values are bound.
   * @returns the number of rows that the (last) statement touched.
   */
  async run(text: string, values: readonly Bindable[] = []): Promise<number> {
    const result = await this.#query(text, values);
    return (Array.isArray(result) ? result.at(-1)?.rowCount : result.rowCount) ?? 0;
  }

  /**
   * Runs `work` between BEGIN and COMMIT; rolls back and rethrows when it throws.
   * No statement but BEGIN and `settings` is sent before `work`, so that `work` decides when the snapshot
   * is taken. @param settings SET commands, sent in one round trip with BEGIN.
   */
  async transaction<Result>(
    isolation: IsolationLevel,
    work: () => Promise<Result>,
    settings: readonly string[] = [],
  ): Promise<Result> {
    await this.run([`begin isolation level ${isolation}`, ...settings].join("; "));
    let result: Result;
    try {
      result = await work();
    } catch (error) {
      await this.rollback();
      throw error;
    }
    await this.run("commit");
    return result;
  }

  /**
   * Limits waiting for locks until the transaction ends; 0 for no limit. A plain SET LOCAL, which takes
   * no snapshot. Before 9.3 there is no such limit.
   */
  async limitLockWaits(timeoutMs: number): Promise<void> {
    for (const setting of this.lockWaitLimit(timeoutMs)) await this.run(setting);
  }

  /** The statements of `limitLockWaits`, for `rowOfLast` and `transaction`. */
  lockWaitLimit(timeoutMs: number): string[] {
    return this.version < 90300 ? [] : [`set local lock_timeout = ${Math.round(timeoutMs)}`];
  }

  /** Locks tables as `lockStatements` says. */
  async lockTables(tables: readonly string[], options: LockOptions): Promise<void> {
    for (const statement of this.lockStatements(tables, options)) await this.run(statement);
  }

  /**
   * SET LOCAL and LOCK TABLE, which waits so long at most; before 9.3 not at all. Neither takes a snapshot.
   * @param tables quoted names, with ONLY in front or not. Without any the limit alone is set.
   */
  lockStatements(tables: readonly string[], { mode, timeoutMs }: LockOptions): string[] {
    const noWait = this.version < 90300 ? " nowait" : "";
    const lock = `lock table ${tables.join(", ")} in ${mode} mode${noWait}`;
    return [...this.lockWaitLimit(timeoutMs), ...(tables.length === 0 ? [] : [lock])];
  }

  /** As `savepoint`, for plain statements, in one round trip. */
  async runInSavepoint(statements: readonly string[]): Promise<void> {
    try {
      await this.run(
        ["savepoint teleport", ...statements, "release savepoint teleport"].join("; "),
      );
    } catch (error) {
      await this.#undoSavepoint();
      throw error;
    }
  }

  /** Runs `work` in a savepoint; undoes it and rethrows when it throws. */
  async savepoint<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.run("savepoint teleport");
    try {
      const result = await work();
      await this.run("release savepoint teleport");
      return result;
    } catch (error) {
      await this.#undoSavepoint();
      throw error;
    }
  }

  /**
   * Streams COPY ... TO STDOUT. A reader that stops before the end destroys the connection.
   * @returns blocks of at most 64 KB, each of which is used again once the next is asked for; the generator's
   *   value is the row count.
   */
  async *copyOut(text: string): AsyncGenerator<Uint8Array, number, void> {
    this.#assertUsable();
    const copy = new CopyOut(text);
    // CopyOut is a submittable: pg calls its handle* methods as messages arrive.
    this.#client.query(copy as unknown as pg.Submittable);
    const onEnd = () => copy.handleError(this.#loss.error ?? new Error("Connection terminated"));
    this.#client.once("end", onEnd);
    try {
      yield* copy.blocks();
    } catch (error) {
      throw toDatabaseError(error, this.server);
    } finally {
      this.#client.removeListener("end", onEnd);
      if (!copy.isDone) this.destroy();
    }
    return copy.rowCount;
  }

  /**
   * Streams `blocks` into COPY ... FROM STDIN and returns the number of rows stored. A block is taken over
   * before the next is asked for. When `blocks` throws, the connection is destroyed, which rolls the transaction back on the server.
   */
  async copyIn(text: string, blocks: AsyncIterable<Uint8Array>): Promise<number> {
    this.#assertUsable();
    const copy = new CopyIn(text);
    this.#client.query(copy as unknown as pg.Submittable);
    const onEnd = () => copy.handleError(this.#loss.error ?? new Error("Connection terminated"));
    this.#client.once("end", onEnd);
    let isServers = false;
    const orServers = (work: Promise<void>) =>
      work.catch((error: unknown) => {
        isServers = true;
        throw toDatabaseError(this.#loss.error ?? error, this.server);
      });
    try {
      for await (const block of blocks) await orServers(copy.write(block));
      await orServers(copy.end());
    } catch (error) {
      if (!isServers) this.destroy();
      throw error;
    } finally {
      this.#client.removeListener("end", onEnd);
    }
    return copy.rowCount;
  }

  /** Ends whatever transaction is open. Never rejects: a session that is lost has none. */
  async rollback(): Promise<void> {
    if (!this.isUsable) return;
    try {
      await this.run("rollback");
    } catch {
      // The first error is the one that matters. A session that is not lost may have been cancelled.
      this.destroy();
    }
  }

  /** The server process of this session, as pg_stat_activity and pg_locks name it. */
  async backendPid(): Promise<number> {
    this.#pid ??= (await this.row(
      z.object({ pid: z.number() }),
      "select pg_catalog.pg_backend_pid() as pid",
    )).pid;
    return this.#pid;
  }

  get isUsable(): boolean {
    return !this.#isClosed && this.#loss.error === undefined;
  }

  /** Cuts the socket. The server rolls back whatever was open. */
  destroy(): void {
    this.#isClosed = true;
    this.#loss.error ??= new Error("Connection was given up");
    // pg.Client's types leave its wire connection out.
    const wire = this.#client as unknown as { connection: { stream: { destroy(): void } } };
    wire.connection.stream.destroy();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#client.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #query(
    text: string,
    values: readonly Bindable[],
  ): Promise<pg.QueryResult> {
    this.#assertUsable();
    try {
      if (values.length === 0) return await this.#client.query(text);
      return await this.#client.query({ ...this.#names.of(text), text, values: [...values] });
    } catch (error) {
      throw toDatabaseError(this.#loss.error ?? error, this.server);
    }
  }

  async #undoSavepoint(): Promise<void> {
    if (!this.isUsable) return;
    await this.run("rollback to savepoint teleport; release savepoint teleport");
  }

  #assertUsable(): void {
    if (this.isUsable) return;
    throw new DatabaseError("database_unreachable", `${this.server}: connection lost`, {
      hint: "teleport connects again by itself.",
      cause: this.#loss.error,
    });
  }
}
