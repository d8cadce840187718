/** A session that is opened when it is needed and again after it was lost. */
import type { DatabaseConfig } from "../model/mod.ts";
import { Connection } from "../postgres/mod.ts";

export class SessionSlot implements AsyncDisposable {
  readonly #database: DatabaseConfig;
  readonly #purpose: string;
  #opening: Promise<Connection> | undefined;

  constructor(database: DatabaseConfig, purpose: string) {
    this.#database = database;
    this.#purpose = purpose;
  }

  /** Callers that overlap get the same session. */
  async get(): Promise<Connection> {
    const opening = this.#opening;
    if (opening !== undefined) {
      const connection = await opening;
      if (connection.isUsable) return connection;
      await connection.close();
      if (this.#opening !== opening) return await this.get();
    }
    this.#opening = Connection.open(this.#database, this.#purpose);
    const mine = this.#opening;
    mine.catch(() => {
      if (this.#opening === mine) this.#opening = undefined;
    });
    return await mine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    const connection = await opening?.catch(() => undefined);
    await connection?.close();
  }
}
