/**
 * A server that somebody else runs (docker-compose), named by a superuser's connection string. Databases
 * and roles are made inside and dropped at dispose; it is never stopped.
 */

import type { PostgresServer, Role } from "./server.ts";
import { runSql } from "./session.ts";

/** @param url of a superuser, to a database that may be connected to. */
export async function openExternalServer(url: string): Promise<PostgresServer> {
  const sql = "select current_setting('server_version_num')::int / 10000 as major";
  const [row] = await runSql<{ major: number }>(url, sql);
  if (row === undefined) throw new Error("The server did not say its version");
  return new ExternalServer(new URL(url), row.major);
}

class ExternalServer implements PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly major: number;
  readonly superuser: Role;
  readonly #url: URL;
  readonly #leaving = new AsyncDisposableStack();

  constructor(url: URL, major: number) {
    this.#url = url;
    this.host = url.hostname;
    this.port = url.port === "" ? 5432 : Number(url.port);
    this.major = major;
    this.superuser = {
      name: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    };
  }

  url(database: string, role: Role = this.superuser): string {
    const url = new URL(this.#url);
    url.username = encodeURIComponent(role.name);
    url.password = encodeURIComponent(role.password);
    url.pathname = encodeURIComponent(database);
    return url.href;
  }

  stop(): Promise<void> {
    return Promise.reject(this.#notOurs("stop"));
  }

  start(): Promise<void> {
    return Promise.reject(this.#notOurs("start"));
  }

  crashStarting(): Promise<void> {
    return Promise.reject(this.#notOurs("crash"));
  }

  logTail(): Promise<string> {
    return Promise.resolve("");
  }

  whenLeaving(action: () => Promise<void>): void {
    this.#leaving.defer(action);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leaving.disposeAsync();
  }

  #notOurs(verb: string): Error {
    return new Error(
      `Cannot ${verb} ${this.host}:${this.port}: a TELEPORT_TEST_*_URL names it, it is not ours; ` +
        "a test that needs this opens its servers with isRestarted: true",
    );
  }
}
