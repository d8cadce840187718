/** Sessions that are lent from load to load: most of a short load's time would go into opening them. */
import type { Connection } from "../../src/postgres/mod.ts";

export class KeptSessions implements AsyncDisposable {
  readonly #open: () => Promise<Connection>;
  readonly #free: Connection[] = [];
  readonly #closings: (() => Promise<void>)[] = [];

  constructor(open: () => Promise<Connection>) {
    this.#open = open;
  }

  /** One that comes back here when it is closed. */
  async take(): Promise<Connection> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const connection = await this.#open();
    const close = connection.close.bind(connection);
    connection.close = async () => {
      // Whose work failed may have left a transaction open.
      if (connection.isUsable && await isClear(connection)) this.#free.push(connection);
      else await close();
    };
    this.#closings.push(close);
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closings) await close();
  }
}

async function isClear(connection: Connection): Promise<boolean> {
  try {
    await connection.rollback();
    return connection.isUsable;
  } catch {
    return false;
  }
}
