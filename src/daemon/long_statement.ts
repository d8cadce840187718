/**
 * A statement that may take hours, outside of any transaction, in a session of its own. Another session watches it:
 * what it locks may be what a batch waits for.
 */
import { z } from "zod";
import { type Connection, forVersion } from "../postgres/mod.ts";
import { sleep } from "./backoff.ts";
import blocksOursSql from "./blocks_ours.sql" with { type: "text" };

/** Shorter than any lock_timeout of a batch, and than a sensible deadlock_timeout. */
const lookMs = 250;

/** How it ended: by itself, because a session of ours waited for it, or because its caller said so. */
export type Ending = "done" | "gaveWay" | "given up";

export class LongStatement {
  readonly #observer: Connection;
  readonly #pid: number;
  readonly #over = new AbortController();
  #failure: { error: unknown } | undefined;

  private constructor(sessions: StatementSessions, pid: number, statement: string) {
    this.#observer = sessions.observer;
    this.#pid = pid;
    sessions.session.run(statement)
      .catch((error: unknown) => this.#failure = { error })
      .finally(() => this.#over.abort());
  }

  static async start(sessions: StatementSessions, statement: string): Promise<LongStatement> {
    return new LongStatement(sessions, await sessions.session.backendPid(), statement);
  }

  /** Resolves when it is over, or after so long. @returns whether it is. */
  async isOverWithin(ms: number): Promise<boolean> {
    await sleep(ms, this.#over.signal);
    return this.#over.signal.aborted;
  }

  /**
   * Until it is over, gives way or is given up.
   * @param table oid of what it locks.
   * @param isWanted asked a few times a second.
   * @throws DatabaseError what the statement or the watching session met.
   */
  async finish(table: string, isWanted: () => Promise<boolean>): Promise<Ending> {
    while (!await this.isOverWithin(lookMs)) {
      const isInTheWay = await this.#blocksOurs(table);
      if (!isInTheWay && await isWanted()) continue;
      return await this.cancel() ? "done" : isInTheWay ? "gaveWay" : "given up";
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    return "done";
  }

  /** @returns whether it was done all the same. */
  async cancel(): Promise<boolean> {
    // Again and again: one that comes before the server has begun with the statement is lost.
    do await this.#observer.run("select pg_catalog.pg_cancel_backend($1)", [this.#pid]); while (
      !await this.isOverWithin(lookMs)
    );
    return this.#failure === undefined;
  }

  async #blocksOurs(table: string): Promise<boolean> {
    const { blocksOurs } = await this.#observer.row(
      z.object({ blocksOurs: z.boolean() }),
      forVersion(blocksOursSql, this.#observer.version),
      [this.#pid, table],
    );
    return blocksOurs;
  }
}

export interface StatementSessions {
  /** Runs the statement. */
  session: Connection;
  observer: Connection;
}
