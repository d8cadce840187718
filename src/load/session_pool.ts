/** Sessions on the source that go from one piece of work to the next, of whatever table. */
import type { Connection } from "../postgres/mod.ts";

export class SessionPool implements AsyncDisposable {
  readonly #open: () => Promise<Connection>;
  #idle: Connection[] = [];

  constructor(open: () => Promise<Connection>) {
    this.#open = open;
  }

  /** Lends a session. One whose work failed is not used again: nobody knows what it was left in. */
  async use<Result>(work: (session: Connection) => Promise<Result>): Promise<Result> {
    const session = await this.#take();
    try {
      const result = await work(session);
      this.#idle.push(session);
      return result;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Closes what nobody uses at present. */
  async closeIdle(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((session) => session.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.closeIdle();
  }

  async #take(): Promise<Connection> {
    for (let session = this.#idle.pop(); session !== undefined; session = this.#idle.pop()) {
      if (session.isUsable) return session;
      await session.close();
    }
    return await this.#open();
  }
}
