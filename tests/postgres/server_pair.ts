/**
 * The two servers of a replication test: started here, or those that the environment names
 * (TELEPORT_TEST_SOURCE_URL, TELEPORT_TEST_TARGET_URL, superuser connection strings).
 */

import { type ServerOptions, startServer } from "./embedded_server.ts";
import { openExternalServer } from "./external_server.ts";
import type { PostgresServer } from "./server.ts";

export interface ServerPairOptions {
  /** Major of the source; default: the environment's server, else 18. */
  source?: number;
  /** Major of the target; default: the environment's server, else 18. */
  target?: number;
  /** Settings that the test cannot do without. */
  sourceSettings?: Record<string, string>;
  targetSettings?: Record<string, string>;
  /** Settings of a source of our own only: the test makes do with what another server has. */
  sourceWishes?: Record<string, string>;
  /** Environment of servers of our own: the test makes do with what others have. */
  env?: Record<string, string>;
  /** Superuser's connection string; default: what TELEPORT_TEST_SOURCE_URL says. */
  sourceUrl?: string;
  /** Superuser's connection string; default: what TELEPORT_TEST_TARGET_URL says. */
  targetUrl?: string;
  /** The test stops and starts servers: they must be our own. */
  isRestarted?: boolean;
}

export interface ServerPair extends AsyncDisposable {
  readonly source: PostgresServer;
  readonly target: PostgresServer;
}

/**
 * Both servers at once. One that the environment names is taken where the test asks for nothing that it
 * cannot give: a major that it is not, settings or restarts get a server of our own.
 */
export async function openServers(options: ServerPairOptions = {}): Promise<ServerPair> {
  const common = {
    isRestarted: options.isRestarted ?? false,
    ...(options.env === undefined ? {} : { env: options.env }),
  };
  const openings = await Promise.allSettled([
    openServer(options.sourceUrl ?? Deno.env.get("TELEPORT_TEST_SOURCE_URL"), {
      ...common,
      ...(options.source === undefined ? {} : { major: options.source }),
      ...(options.sourceSettings === undefined ? {} : { settings: options.sourceSettings }),
      ...(options.sourceWishes === undefined ? {} : { wishes: options.sourceWishes }),
    }),
    openServer(options.targetUrl ?? Deno.env.get("TELEPORT_TEST_TARGET_URL"), {
      ...common,
      ...(options.target === undefined ? {} : { major: options.target }),
      ...(options.targetSettings === undefined ? {} : { settings: options.targetSettings }),
    }),
  ]);
  await using opened = new AsyncDisposableStack();
  for (const opening of openings) {
    if (opening.status === "fulfilled") opened.use(opening.value);
  }
  const [source, target] = openings;
  if (source.status === "rejected") throw source.reason;
  if (target.status === "rejected") throw target.reason;
  const servers = opened.move();
  return {
    source: source.value,
    target: target.value,
    [Symbol.asyncDispose]: () => servers.disposeAsync(),
  };
}

async function openServer(
  url: string | undefined,
  { wishes, isRestarted, ...options }: ServerOptions & {
    isRestarted: boolean;
    wishes?: Record<string, string>;
  },
): Promise<PostgresServer> {
  const ours = wishes === undefined
    ? options
    : { ...options, settings: { ...wishes, ...options.settings } };
  if (!url || isRestarted || options.settings !== undefined) return await startServer(ours);
  const server = await openExternalServer(url);
  if (options.major === undefined || options.major === server.major) return server;
  await server[Symbol.asyncDispose]();
  return await startServer(ours);
}
