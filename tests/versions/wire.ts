/**
 * What teleport's sessions in this process send, looked at as it is sent, and, where no old server is to
 * be had, sent to a newer one that teleport takes for old.
 */
// @ts-types="@types-of/pg"
import pg from "pg";
import { Connection } from "../../src/postgres/mod.ts";
import { findNewer } from "./feature.ts";

/** The driver's wire connection, of which its types leave parts out. */
interface Wire {
  startup(config: { application_name?: string; database?: string }): void;
  query(text: string): void;
  parse(query: { text: string }, more: boolean): void;
}

/** What the functions in the database ask for their version. */
const askedByFunctions = /(pg_catalog\.)?current_setting\('server_version_num'\)::integer/g;

export interface WatchOptions {
  /** The version that nothing may be newer than. */
  version: number;
  /** Tell teleport that the server has this version, though it has not. */
  isPretended: boolean;
  /** Only sessions to this database; default all. */
  database?: string;
}

/** Newer features by statement, of every statement that teleport sent until disposed. */
export class WireWatch implements Disposable {
  readonly found = new Map<string, string[]>();
  statements = 0;
  readonly #undo: (() => void)[] = [];

  constructor({ version, isPretended, database }: WatchOptions) {
    const wire = pg.Connection.prototype as unknown as Wire;
    const { startup, query, parse } = wire;
    const isTeleports = new WeakSet<Wire>();
    const look = (text: string): string => {
      this.statements += 1;
      const isFunction = askedByFunctions.test(text);
      askedByFunctions.lastIndex = 0;
      // Functions keep newer parts in branches: statements_test.ts.
      const newer = isFunction ? [] : findNewer(text, version);
      if (newer.length > 0) this.found.set(text, newer);
      return isPretended ? text.replaceAll(askedByFunctions, String(version)) : text;
    };
    wire.startup = function (config) {
      const isMeant = database === undefined || config.database === database;
      if (isMeant && config.application_name?.startsWith("teleport ")) isTeleports.add(this);
      startup.call(this, config);
    };
    wire.query = function (text) {
      query.call(this, isTeleports.has(this) ? look(text) : text);
    };
    wire.parse = function (statement, more) {
      const text = isTeleports.has(this) ? look(statement.text) : statement.text;
      parse.call(this, { ...statement, text }, more);
    };
    this.#undo.push(() => Object.assign(wire, { startup, query, parse }));
    if (isPretended) this.#pretend(version, database);
  }

  [Symbol.dispose](): void {
    for (const undo of this.#undo.reverse()) undo();
  }

  #pretend(version: number, only: string | undefined): void {
    const open = Connection.open;
    Connection.open = async (database, purpose) => {
      const connection = await open.call(Connection, database, purpose);
      if (only !== undefined && database.database !== only) return connection;
      Object.defineProperty(connection, "version", { value: version });
      return connection;
    };
    this.#undo.push(() => Connection.open = open);
  }
}
