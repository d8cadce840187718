/** Connections of the tests themselves: npm `pg`, made disposable. teleport's own are in src/postgres. */

// @ts-types="@types-of/pg"
import pg from "pg";

/** A connected client that `await using` closes. */
export class Session extends pg.Client implements AsyncDisposable {
  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

/** Connects as a connection string says. An error of an idle connection (a stopped server) is dropped. */
export async function connect(url: string): Promise<Session> {
  const session = new Session({ connectionString: url, connectionTimeoutMillis: 30_000 });
  session.on("error", () => {});
  await session.connect();
  return session;
}

/** One statement (or, without values, several) on a connection of its own; the rows of the last. */
export async function runSql<Row extends pg.QueryResultRow = pg.QueryResultRow>(
  url: string,
  sql: string,
  values?: unknown[],
): Promise<Row[]> {
  await using session = await connect(url);
  const result: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await session.query<Row>(sql, values);
  return (Array.isArray(result) ? result.at(-1)?.rows : result.rows) ?? [];
}
