/**
 * The sessions of a target: one for each source's batches, with its staging tables, and a few for
 * chunks. A session whose transaction failed is closed, so that nothing of it can leak into the next.
 */
import type { Connection } from "../postgres/mod.ts";
import { Refusal } from "../model/mod.ts";
import type { TableShape } from "../schema/mod.ts";
import { Staging } from "./staging.ts";

export class ApplySession {
  readonly connection: Connection;
  readonly staging: Staging;
  /** Shapes by "schema"."name", read once and forgotten when the schema changes. */
  readonly shapes = new Map<string, TableShape>();
  /** State of the target's schema, as counted by the applier, that the shapes were read in. */
  shapesOf = 0;

  constructor(connection: Connection) {
    this.connection = connection;
    this.staging = new Staging(connection);
  }
}

export class SessionPool {
  readonly #open: () => Promise<Connection>;
  readonly #idle = new Map<string, ApplySession[]>();
  readonly #busy = new Map<string, number>();
  #isClosed = false;

  constructor(open: () => Promise<Connection>) {
    this.#open = open;
  }

  /**
   * Runs `work` with a session of the given name, of which at most `limit` are in use at a time.
   * @throws Refusal `transient` when all are in use: an earlier request is still being worked on.
   */
  async use<Result>(
    name: string,
    limit: number,
    work: (session: ApplySession) => Promise<Result>,
  ): Promise<Result> {
    const busy = this.#busy.get(name) ?? 0;
    if (busy >= limit || this.#isClosed) {
      throw new Refusal({
        failure: "transient",
        code: "peer_refused",
        message: this.#isClosed ? "The target is stopping" : "An earlier request is still at work",
      });
    }
    this.#busy.set(name, busy + 1);
    let session: ApplySession | undefined;
    try {
      session = this.#idle.get(name)?.pop() ?? new ApplySession(await this.#open());
      if (!session.connection.isUsable) session = new ApplySession(await this.#open());
      const result = await work(session);
      if (!this.#isClosed) {
        this.#keep(name, session);
        session = undefined;
      }
      return result;
    } finally {
      this.#busy.set(name, (this.#busy.get(name) ?? 1) - 1);
      await session?.connection.close();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const sessions = [...this.#idle.values()].flat();
    this.#idle.clear();
    for (const session of sessions) await session.connection.close();
  }

  #keep(name: string, session: ApplySession): void {
    const idle = this.#idle.get(name) ?? [];
    idle.push(session);
    this.#idle.set(name, idle);
  }
}
