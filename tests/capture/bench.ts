/**
 * A database with an application that owns its tables, and teleport as a role that owns nothing and
 * has CREATE on the database, SELECT and TRIGGER on the tables.
 *
 * The oracle: whatever row differs before and after some work, its key must be among the events of
 * transactions that the position before the work has not seen.
 */
import assert from "node:assert/strict";
import { z } from "zod";
import {
  type CapturedRelation,
  type CaptureReport,
  installCapture,
  listCaptured,
} from "../../src/capture/mod.ts";
import { parseExpression, quoteIdentifier, quoteName } from "../../src/model/mod.ts";
import { Connection } from "../../src/postgres/mod.ts";
import { migrate } from "../../src/state/mod.ts";
import {
  connect,
  createDatabase,
  createRole,
  databaseConfig,
  type PostgresServer,
  type Role,
  type Session,
  startServer,
  type TestDatabase,
} from "../postgres/mod.ts";

/** The majors that the tests of capture run on: the oldest with binaries, and the newest. */
export const majors = (Deno.env.get("TELEPORT_TEST_MAJORS") ?? "10,18").split(",").map(Number);

/** Whether ordinary tables get statement triggers there; see plan_capture.sql. */
export const hasStatementLevel = (major: number): boolean => major >= 13;

export interface BenchOptions {
  server: PostgresServer;
  /** Run by the application's role before capture is installed. */
  sql?: string;
  /** Which role runs teleport; default "guest": SELECT and TRIGGER only. */
  runsAs?: "guest" | "owner" | "superuser";
  expressions?: string[];
  useEventTriggers?: boolean;
  /** Default true: migrate and install. */
  isInstalled?: boolean;
}

export interface Event {
  kind: string;
  relation: number;
  generation: number;
  key: string[] | null;
  origin: string | null;
}

/** Servers that the tests of one file share; dispose after the last. */
export class Servers implements AsyncDisposable {
  readonly #servers = new Map<number, Promise<PostgresServer>>();
  readonly #settings: Record<string, string>;

  constructor(settings: Record<string, string> = {}) {
    this.#settings = settings;
  }

  get(major: number): Promise<PostgresServer> {
    const server = this.#servers.get(major) ??
      startServer({ major, settings: { max_prepared_transactions: "5", ...this.#settings } });
    this.#servers.set(major, server);
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers.values()) await (await server)[Symbol.asyncDispose]();
    this.#servers.clear();
  }
}

export async function openBench(options: BenchOptions): Promise<Bench> {
  const { server } = options;
  const owner = await createRole(server);
  const guest = await createRole(server);
  const database = await createDatabase(server, { owner });
  await using stack = new AsyncDisposableStack();
  const admin = stack.use(await connect(server.url(database.name)));
  const name = quoteIdentifier(database.name);
  await admin.query(`grant create on database ${name} to ${quoteIdentifier(guest.name)};
    grant create, usage on schema public to ${quoteIdentifier(owner.name)}`);
  const app = stack.use(await connect(server.url(database.name, owner)));
  if (options.sql !== undefined) await app.query(options.sql);
  const runsAs = options.runsAs ?? "guest";
  const role = { guest, owner, superuser: server.superuser }[runsAs];
  const teleport = stack.use(await openConnection(database, role));
  const bench = new Bench({
    options,
    database,
    owner,
    guest,
    admin,
    app,
    teleport,
    stack: stack.move(),
  });
  if (options.sql !== undefined) await bench.grant();
  if (options.isInstalled ?? true) {
    await migrate(teleport);
    await bench.install();
  }
  return bench;
}

export async function openConnection(database: TestDatabase, role: Role): Promise<Connection> {
  const { server, name } = database;
  return await Connection.open(databaseConfig(server, name, role), "test");
}

const eventRow = z.object({
  kind: z.string(),
  relation: z.coerce.number(),
  generation: z.number(),
  key: z.array(z.string()).nullable(),
  origin: z.string().nullable(),
});

type Rows = Map<string, { table: number; row: string }>;

interface Parts {
  options: BenchOptions;
  database: TestDatabase;
  owner: Role;
  guest: Role;
  admin: Session;
  app: Session;
  teleport: Connection;
  stack: AsyncDisposableStack;
}

export class Bench implements AsyncDisposable {
  readonly database: TestDatabase;
  readonly owner: Role;
  readonly guest: Role;
  /** Superuser: looks at what happened. */
  readonly admin: Session;
  /** The application, owner of its tables. */
  readonly app: Session;
  readonly teleport: Connection;
  readonly #options: BenchOptions;
  readonly #stack: AsyncDisposableStack;

  constructor(parts: Parts) {
    this.database = parts.database;
    this.owner = parts.owner;
    this.guest = parts.guest;
    this.admin = parts.admin;
    this.app = parts.app;
    this.teleport = parts.teleport;
    this.#options = parts.options;
    this.#stack = parts.stack;
  }

  /** What a database administrator grants for teleport, on every table of every schema there is. */
  async grant(): Promise<void> {
    const guest = quoteIdentifier(this.guest.name);
    const { rows } = await this.admin.query(
      `select nspname from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'teleport')`,
    );
    for (const { nspname } of rows) {
      const schema = quoteIdentifier(nspname);
      await this.admin.query(`grant usage on schema ${schema} to ${guest};
        grant select, trigger on all tables in schema ${schema} to ${guest}`);
    }
  }

  async install(
    options: { useEventTriggers?: boolean; lockTimeoutMs?: number; expressions?: string[] } = {},
  ): Promise<CaptureReport> {
    const texts = options.expressions ?? this.#options.expressions ?? ["*.*"];
    const parsed = parseExpression(texts);
    assert.ok(parsed.ok);
    return await installCapture(this.teleport, {
      expressions: [{ target: "t", expression: parsed.expression }],
      useEventTriggers: options.useEventTriggers ?? this.#options.useEventTriggers ?? false,
      lockTimeoutMs: options.lockTimeoutMs ?? 2000,
    });
  }

  get server(): PostgresServer {
    return this.database.server;
  }

  /** A further session of the superuser. */
  async superuserSession(): Promise<Session> {
    return this.#stack.use(await connect(this.server.url(this.database.name)));
  }

  /** A further session of the application. */
  async session(): Promise<Session> {
    return this.#stack.use(await connect(this.database.urlAs(this.owner)));
  }

  async unit(name: string): Promise<CapturedRelation> {
    const units = await listCaptured(this.teleport);
    const unit = units.find((candidate) => candidate.name === name);
    assert.ok(unit, `${name} is not among ${units.map((each) => each.name).join(", ")}`);
    return unit;
  }

  async position(): Promise<string> {
    const { rows } = await this.admin.query("select txid_current_snapshot()::text as position");
    return rows[0].position;
  }

  /**
   * Events that a position has not seen, of one relation where named. One that holds the keys of many rows,
   * as where the key is one column it may, is as many here.
   */
  async eventsAfter(position: string, relation?: number): Promise<Event[]> {
    const { rows } = await this.admin.query(
      `select e.kind, e.relation::text, e.generation, e.key, e.origin,
         e.kind = 'row' and (select array_length(c.key_columns, 1) from teleport.capture c
           where c.relation = e.relation) = 1 as "isOfKeys"
       from teleport.event e
       where not txid_visible_in_snapshot(e.txid, $1::txid_snapshot)
         and ($2::oid is null or e.relation = $2::oid)`,
      [position, relation ?? null],
    );
    return rows.flatMap((row) => {
      const event = eventRow.parse(row);
      if (row.isOfKeys !== true) return [event];
      return (event.key ?? []).map((key) => ({ ...event, key: [key] }));
    });
  }

  /** Events that came with `work`. */
  async eventsOf(work: string | (() => Promise<unknown>)): Promise<Event[]> {
    const position = await this.position();
    if (typeof work === "string") await this.app.query(work);
    else await work();
    return await this.eventsAfter(position);
  }

  /**
   * Runs `work` and asserts that every changed row of the tables has an event; tables by name.
   * @returns the events of the work.
   */
  async expectCaptured(
    tables: readonly string[],
    work: string | (() => Promise<unknown>),
  ): Promise<Event[]> {
    const units: CapturedRelation[] = [];
    for (const table of tables) units.push(await this.unit(table));
    const before = await Promise.all(units.map((unit) => this.#rowsOf(unit)));
    const events = await this.eventsOf(work);
    let changes = 0;
    for (const [index, unit] of units.entries()) {
      const was = before[index] ?? new Map();
      const missed = await this.#missedKeys(unit, { was, events });
      changes += missed.changes;
      assert.deepEqual(missed.keys, [], `changes of ${unit.name} without an event`);
    }
    assert.ok(changes > 0, "the work changed no row: the test shows nothing");
    return events;
  }

  async #missedKeys(
    unit: CapturedRelation,
    { was, events }: { was: Rows; events: Event[] },
  ): Promise<{ keys: string[]; changes: number }> {
    const is = await this.#rowsOf(unit);
    const own = events.filter((event) => event.relation === unit.relation);
    const keys = new Set(
      own.filter((event) => event.kind === "row").map((event) => JSON.stringify(event.key)),
    );
    const truncated = new Set(
      events.filter((event) => event.kind === "truncate").map((event) => event.relation),
    );
    const all = new Set([...was.keys(), ...is.keys()]);
    const changed = [...all].filter((key) => was.get(key)?.row !== is.get(key)?.row);
    const missed = changed.filter((key) => {
      const gone = !is.has(key) ? was.get(key) : undefined;
      return !keys.has(key) &&
        !(gone && (truncated.has(gone.table) || truncated.has(unit.relation)));
    });
    return { keys: missed, changes: changed.length };
  }

  async #rowsOf(unit: CapturedRelation): Promise<Rows> {
    const key = unit.key.map((column) => `format('%s', t.${quoteIdentifier(column.name)})`);
    await this.admin.query(`set datestyle = 'ISO, YMD'; set extra_float_digits = 3`);
    const { rows } = await this.admin.query(
      `select t.tableoid::text as table, array[${key.join(", ")}] as key, t::text as row
       from ${unit.readsOnly ? "only" : ""} ${quoteName(unit)} t`,
    );
    return new Map(
      rows.map((row) => [JSON.stringify(row.key), { table: Number(row.table), row: row.row }]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
