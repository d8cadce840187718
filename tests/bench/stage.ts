/** The two servers that every section measures on, with what a durable server has by default. */
import { type EmbeddedServer, startServer } from "../postgres/mod.ts";

/** What differs from PostgreSQL's defaults, alike on both servers; fsync is off in tests. */
export const serverSettings: Readonly<Record<string, string>> = {
  fsync: "on",
  full_page_writes: "on",
  wal_level: "logical",
  shared_buffers: "256MB",
  max_wal_size: "4GB",
  max_connections: "100",
};

export interface Stage extends AsyncDisposable {
  source: EmbeddedServer;
  target: EmbeddedServer;
}

export async function openStage(major: number): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const source = stack.use(await startServer({ major, settings: { ...serverSettings } }));
  const target = stack.use(await startServer({ major, settings: { ...serverSettings } }));
  const servers = stack.move();
  return { source, target, [Symbol.asyncDispose]: () => servers.disposeAsync() };
}
