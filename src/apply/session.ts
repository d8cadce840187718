/**
 * The sessions of a target: one for each source's batches, with its staging tables, and a few for
 * chunks. A session whose transaction failed is closed, so that nothing of it can leak into the next.
 */
import type { Connection } from "../postgres/mod.ts";
import { Refusal } from "../model/mod.ts";
import type { MisnamedTables, TableShape } from "../schema/mod.ts";
import { Staging } from "./staging.ts";

export class ApplySession {
  readonly connection: Connection;
  readonly staging: Staging;
  /** Shapes by "schema"."name", read once and forgotten when the schema changes. */
  readonly shapes = new Map<string, TableShape>();
  /** Read once and forgotten when the schema changes. */
  misnamed: MisnamedTables | undefined;
  /** State of the target's schema, as counted by the applier, that the shapes were read in. */
  shapesOf = 0;
  /** Whether a materialized view may be due for its REFRESH. */
  mayRefresh = true;

  constructor(connection: Connection) {
    this.connection = connection;
    this.staging = new Staging(connection);
  }

  /** The schema changes. */
  async forgetShapes(): Promise<void> {
    await this.staging.dropAll();
    this.shapes.clear();
    this.misnamed = undefined;
    this.mayRefresh = true;
  }
}

/** How many may have a session of one name at a time, and how many more may wait for their turn. */
export interface PoolLimit {
  limit: number;
  waiting?: number;
}

export class SessionPool {
  readonly #open: () => Promise<Connection>;
  readonly #idle = new Map<string, ApplySession[]>();
  readonly #busy = new Map<string, number>();
  /** Whose turn it is when a session of the name is free, first come first served. */
  readonly #turns = new Map<string, (() => void)[]>();
  #isClosed = false;

  constructor(open: () => Promise<Connection>) {
    this.#open = open;
  }

  /**
   * Runs `work` with a session of the given name.
   * @throws Refusal `transient` when all are in use and waited for: earlier requests are still at work.
   */
  async use<Result>(
    name: string,
    limit: PoolLimit,
    work: (session: ApplySession) => Promise<Result>,
  ): Promise<Result> {
    await this.#takeTurn(name, limit);
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
      this.#endTurn(name);
      await session?.connection.close();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const sessions = [...this.#idle.values()].flat();
    this.#idle.clear();
    for (const session of sessions) await session.connection.close();
  }

  async #takeTurn(name: string, { limit, waiting = 0 }: PoolLimit): Promise<void> {
    const busy = this.#busy.get(name) ?? 0;
    const turns = this.#turns.get(name) ?? [];
    if (!this.#isClosed && busy < limit) {
      this.#busy.set(name, busy + 1);
      return;
    }
    if (this.#isClosed || turns.length >= waiting) {
      throw new Refusal({
        failure: "transient",
        code: "peer_refused",
        message: this.#isClosed ? "The target is stopping" : "An earlier request is still at work",
      });
    }
    this.#turns.set(name, turns);
    await new Promise<void>((resolve) => turns.push(resolve));
  }

  /** Hands the place to whoever waits, or frees it. */
  #endTurn(name: string): void {
    const next = this.#turns.get(name)?.shift();
    if (next === undefined) this.#busy.set(name, (this.#busy.get(name) ?? 1) - 1);
    else next();
  }

  #keep(name: string, session: ApplySession): void {
    const idle = this.#idle.get(name) ?? [];
    idle.push(session);
    this.#idle.set(name, idle);
  }
}
