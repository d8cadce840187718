/**
 * The session in which indexes are built outside of transactions. It holds a lock of its own: a killed instance
 * leaves a server process behind that goes on building, with nobody to make it give way.
 */
import { z } from "zod";
import { TeleportError } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { buildLockHolder, tryBuildLock } from "../state/mod.ts";
import { sleep } from "./backoff.ts";
import { type Ending, LongStatement } from "./long_statement.ts";

const attempts = 50;
const pauseMs = 100;

export class BuildSession implements AsyncDisposable {
  readonly #session: Connection;
  readonly #observer: Connection;
  readonly #signal: AbortSignal;

  private constructor(session: Connection, observer: Connection, signal: AbortSignal) {
    this.#session = session;
    this.#observer = observer;
    this.#signal = signal;
  }

  /** Ends whatever an earlier instance left. @param options.signal gives up what is being built. */
  static async open(options: {
    open: () => Promise<Connection>;
    observer: Connection;
    signal: AbortSignal;
  }): Promise<BuildSession> {
    const { observer, signal } = options;
    const session = await options.open();
    try {
      for (let left = attempts; !await tryBuildLock(session); left--) {
        const holder = await buildLockHolder(session);
        if (holder !== undefined) await terminate(session, holder);
        if (left === 0 || signal.aborted) {
          throw new TeleportError("gave_way", "Another session builds indexes for teleport", {
            hint: "It is the one that holds the advisory lock of that; end it if it stays.",
          });
        }
        await sleep(pauseMs, signal);
      }
      return new BuildSession(session, observer, signal);
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async start(statement: string, searchPath: string): Promise<LongStatement> {
    await this.#session.run("select pg_catalog.set_config('search_path', $1, false)", [searchPath]);
    return await LongStatement.start(
      { session: this.#session, observer: this.#observer },
      statement,
    );
  }

  /** As `LongStatement.finish`; the instance's end is a reason to give it up as well. */
  async finish(
    statement: LongStatement,
    { table, isWanted }: { table: string; isWanted: () => Promise<boolean> },
  ): Promise<Ending> {
    return await statement.finish(
      table,
      async () => !this.#signal.aborted && await isWanted(),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.close();
  }
}

async function terminate(session: Connection, pid: number): Promise<void> {
  await session.row(
    z.object({ isTold: z.boolean() }),
    `select pg_catalog.pg_terminate_backend($1) as "isTold"`,
    [pid],
  );
}
