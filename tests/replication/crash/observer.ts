/** Looks into a database as superuser, while its server comes and goes. */
import { connect, type PostgresServer, type Session } from "../../postgres/mod.ts";

export class Observer implements AsyncDisposable {
  readonly #url: string;
  #session: Session | undefined;

  constructor(server: PostgresServer, database: string) {
    this.#url = server.url(database);
  }

  /** The rows; undefined where the server is not there. */
  async look(
    sql: string,
    values: (string | number)[] = [],
  ): Promise<Record<string, unknown>[] | undefined> {
    try {
      this.#session ??= await connect(this.#url);
      return (await this.#session.query<Record<string, unknown>>(sql, values)).rows;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      // Of the statement itself: the look is wrong.
      if (/^42/.test(code)) throw error;
      await this[Symbol.asyncDispose]();
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.end().catch(() => undefined);
  }
}
