/**
 * The bank's clients: they write, lose their server, connect again and go on. Some commit asynchronously, so
 * that a crash takes transactions back which they had been told of; some in two phases.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Random, waitFor } from "../../pair/mod.ts";
import { connect, runSql, type Session } from "../../postgres/mod.ts";
import { pickTransaction } from "./transactions.ts";

type Kind = "synchronous" | "asynchronous" | "two-phase";
const kinds: readonly Kind[] = [
  ...["synchronous", "asynchronous", "asynchronous", "synchronous", "two-phase"] as const,
];

/** Deadlocks, violated constraints and lock timeouts are a part of life; so is a server that is not there. */
const isOfLife = /^(40|23|55P03|57P0|08)/;
const isOfConnection = /^(57P0|08)/;

export interface Pace {
  /** Between two transactions of a client, at most. */
  pauseMs: number;
  /** Whether a table is emptied now and then: its load then starts again. */
  truncates: boolean;
}

export class Writers {
  readonly #url: string;
  readonly #pace: Pace;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>[];
  #committed = 0;
  #reconnected = 0;

  /** @param url of the source, as the application. */
  constructor(url: string, random: Random, pace: Pace = { pauseMs: 15, truncates: true }) {
    this.#url = url;
    this.#pace = pace;
    this.#running = kinds.map((kind, number) => this.#run(kind, number, random.fork(number)));
    for (const running of this.#running) running.catch(() => undefined);
  }

  /** Transactions that the server said were committed. */
  get committed(): number {
    return this.#committed;
  }

  get reconnected(): number {
    return this.#reconnected;
  }

  /** Resolves when each has ended its transaction and nothing is prepared any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running);
    for (const gid of kinds.keys()) await runSql(this.#url, settle(gid)).catch(ignoreMissing);
  }

  async #run(kind: Kind, number: number, random: Random): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const session = await this.#connect(kind, number);
      if (session === undefined) return;
      try {
        while (!this.#stopping.signal.aborted) {
          await this.#transact(session, { kind, number, random });
          await pause(random.int(0, this.#pace.pauseMs));
        }
      } catch (error) {
        if (!isOfConnection.test(sqlstateOf(error))) throw error;
        this.#reconnected += 1;
      } finally {
        await session.end().catch(() => undefined);
      }
    }
  }

  /** What a crash left prepared is committed first. */
  async #connect(kind: Kind, number: number): Promise<Session | undefined> {
    return await waitFor(async () => {
      if (this.#stopping.signal.aborted) return { session: undefined };
      const session = await connect(this.#url).catch(() => undefined);
      try {
        await session?.query(
          `set lock_timeout = '300ms'; set synchronous_commit = ${
            kind === "asynchronous" ? "off" : "on"
          }`,
        );
        await session?.query(settle(number)).catch(ignoreMissing);
        return session && { session };
      } catch (error) {
        await session?.end().catch(() => undefined);
        if (!isOfConnection.test(sqlstateOf(error))) throw error;
        return undefined;
      }
    }, { what: "a writer to connect", deadlineMs: 120_000 }).then(({ session }) => session);
  }

  async #transact(
    session: Session,
    { kind, number, random }: { kind: Kind; number: number; random: Random },
  ): Promise<void> {
    const statements = pickTransaction(random, this.#pace);
    const isUndone = random.chance(0.1);
    try {
      await session.query("begin");
      for (const statement of statements) await session.query(statement);
      if (kind === "two-phase") {
        await session.query(`prepare transaction '${number}'`);
        await pause(random.int(0, 100));
        await session.query(`${isUndone ? "rollback" : "commit"} prepared '${number}'`);
      } else await session.query(isUndone ? "rollback" : "commit");
      if (!isUndone) this.#committed += 1;
    } catch (error) {
      const sqlstate = sqlstateOf(error);
      if (!isOfLife.test(sqlstate) || isOfConnection.test(sqlstate)) throw error;
      await session.query("rollback");
    }
  }
}

function settle(number: number): string {
  return `commit prepared '${number}'`;
}

/** Undefined object: nothing of that name is prepared. */
function ignoreMissing(error: unknown): void {
  if (sqlstateOf(error) !== "42704") throw error;
}

/** Anything that the server did not say is of the connection. */
function sqlstateOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^[0-9A-Z]{5}$/.test(code) ? code : "08006";
}
