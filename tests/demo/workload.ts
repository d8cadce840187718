/** The shop's clients: one session each, one transaction after the other until told to stop. */
import { setTimeout as delay } from "node:timers/promises";
// @ts-types="@types-of/pg"
import type pg from "pg";
import { connect, type Session } from "../postgres/mod.ts";
import { type Writer, writers } from "./writers.ts";

/** What has been committed so far. */
export interface Written {
  /** As the server reported them to the clients: without those of cascades. */
  rows: number;
  commits: number;
  rollbacks: number;
  /** Transactions that were begun again after a deadlock. */
  retries: number;
}

/** Serialization failure, deadlock, lock timeout: begin again. */
const transientCodes = ["40001", "40P01", "55P03"];

const writingCommands = ["INSERT", "UPDATE", "DELETE"];

export class Workload implements AsyncDisposable {
  readonly written: Written = { rows: 0, commits: 0, rollbacks: 0, retries: 0 };
  /** Rejects with the first error that is not of the concurrent kind; never resolves before the stop. */
  readonly finished: Promise<void>;
  readonly #stopping = new AbortController();

  constructor(url: string) {
    this.finished = Promise.all(writers.map((writer) => this.#write(writer, url)))
      .then(() => undefined);
    this.finished.catch(() => undefined);
  }

  /** Lets each client end its transaction. */
  async stop(): Promise<Written> {
    this.#stopping.abort();
    await this.finished;
    return this.written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop().catch(() => undefined);
  }

  async #write(writer: Writer, url: string): Promise<void> {
    await using session = await connect(url);
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#transact(session, writer);
      const pauseMs = writer.pauseMs * (0.5 + Math.random());
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #transact(session: Session, { name, sql, rollbackShare }: Writer): Promise<void> {
    const { written } = this;
    try {
      await session.query("begin");
      const rows = countWritten(await session.query(sql));
      if (Math.random() < rollbackShare) {
        await session.query("rollback");
        written.rollbacks++;
        return;
      }
      await session.query("commit");
      written.commits++;
      written.rows += rows;
    } catch (cause) {
      if (!isTransient(cause)) throw new Error(`The client ${name} failed: ${cause}`, { cause });
      await session.query("rollback");
      written.retries++;
    }
  }
}

/** Of one statement, or of several in one text: then `pg` gives a list, which its types do not say. */
function countWritten(results: pg.QueryResult | pg.QueryResult[]): number {
  const written = [results].flat().filter(({ command }) => writingCommands.includes(command));
  return written.reduce((sum, { rowCount }) => sum + (rowCount ?? 0), 0);
}

function isTransient(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" &&
    transientCodes.includes(error.code);
}
