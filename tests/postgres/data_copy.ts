/**
 * An older copy of a server's data, as a backup or an asynchronous standby holds it, and the server as it
 * is when that takes over.
 */

import { runAs } from "./account.ts";
import { runCommand } from "./command.ts";
import type { PostgresServer } from "./server.ts";

/** A copy of a server's data as of when it was taken. It goes with the server. */
export class DataCopy {
  readonly #server: PostgresServer;
  readonly #data: string;

  private constructor(server: PostgresServer, data: string) {
    this.#server = server;
    this.#data = data;
  }

  /** Stops the server, copies its data and starts it again. @throws Error for one that is not ours. */
  static async take(server: PostgresServer): Promise<DataCopy> {
    if (!("dataDirectory" in server) || typeof server.dataDirectory !== "string") {
      throw new Error("The data of a server that is not ours cannot be copied");
    }
    const copy = new DataCopy(server, server.dataDirectory);
    await server.stop("fast");
    await runCommand(["cp", "-a", copy.#data, `${copy.#data}.copy`], runAs);
    await server.start();
    return copy;
  }

  /** Ends the server as a crash does and starts it on the copy, once. What came after is lost. */
  async takeOver(): Promise<void> {
    await this.#server.stop("immediate");
    await runCommand(["rm", "-rf", this.#data], runAs);
    await runCommand(["mv", `${this.#data}.copy`, this.#data], runAs);
    await this.#server.start();
  }
}
