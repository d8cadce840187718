/** A session that is opened when it is needed and again after it was lost. */
import type { DatabaseConfig } from "../model/mod.ts";
import { Connection } from "../postgres/mod.ts";

export class SessionSlot implements AsyncDisposable {
  readonly #database: DatabaseConfig;
  readonly #purpose: string;
  #connection: Connection | undefined;

  constructor(database: DatabaseConfig, purpose: string) {
    this.#database = database;
    this.#purpose = purpose;
  }

  async get(): Promise<Connection> {
    if (this.#connection?.isUsable) return this.#connection;
    await this.#connection?.close();
    this.#connection = await Connection.open(this.#database, this.#purpose);
    return this.#connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection?.close();
  }
}
