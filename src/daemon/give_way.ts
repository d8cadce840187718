/**
 * A batch gives way: it holds ACCESS SHARE on what it reads, and behind one ALTER TABLE or TRUNCATE that
 * waits for it every statement of the application on that table queues (EXPERIMENTS §2).
 */
import { z } from "zod";
import { TeleportError } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";

const lookEveryMs = 500;
/** Looks in a row that must find somebody waiting. */
const patience = 2;

export class GiveWay implements Disposable {
  readonly #controller = new AbortController();
  readonly #observer: Connection;
  readonly #pid: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #seen = 0;
  #isOver = false;
  #reason: TeleportError | undefined;

  private constructor(observer: Connection, pid: number) {
    this.#observer = observer;
    this.#pid = pid;
    // Who waits for whom is not told before 9.6.
    if (observer.version >= 90600) this.#lookLater();
  }

  /** Watches from another session whether anybody waits for the reader's locks, until disposed. */
  static async watch(observer: Connection, reader: Connection): Promise<GiveWay> {
    return new GiveWay(observer, await reader.backendPid());
  }

  /** Fires when the reader should stop and let others through. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get reason(): TeleportError | undefined {
    return this.#reason;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #lookLater(): void {
    this.#timer = setTimeout(() => {
      this.#look().then(() => {
        if (!this.#isOver && this.#reason === undefined) this.#lookLater();
      }, (error: unknown) => this.#controller.abort(error));
    }, lookEveryMs);
  }

  async #look(): Promise<void> {
    const { isBlocking } = await this.#observer.row(
      z.object({ isBlocking: z.boolean() }),
      `select exists (
         select 1 from pg_catalog.pg_locks w
         where not w.granted and $1::integer = any (pg_catalog.pg_blocking_pids(w.pid))
       ) as "isBlocking"`,
      [this.#pid],
    );
    this.#seen = isBlocking ? this.#seen + 1 : 0;
    if (this.#seen < patience || this.#isOver) return;
    this.#reason = new TeleportError(
      "gave_way",
      "The batch was given up, since others waited for its locks; it is sent again",
    );
    this.#controller.abort(this.#reason);
    // It may be in the middle of a long sort, where nothing else makes it let go of its locks.
    await this.#observer.run("select pg_catalog.pg_cancel_backend($1)", [this.#pid]);
  }
}
