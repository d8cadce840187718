/**
 * Tells a pool that lends backends by transaction or statement: there no session keeps its settings, its
 * advisory lock or its temporary tables, and a batch would be applied by whoever comes next.
 *
 * Goes by what the pool does, not by its name. Whose backend has the pid that the greeting announced is
 * connected directly, at the price of one comparison. Elsewhere a second session takes a backend for a
 * transaction: in a pool by session the first one keeps its own all the while; in any other it is either
 * moved to another, or the second is given the same.
 */
// @ts-types="@types-of/pg"
import pg from "pg";
import { z } from "zod";
import { TeleportError } from "../model/mod.ts";
import { DatabaseError } from "./database_error.ts";
import { openClient } from "./open_client.ts";

/** One is enough for a pool at rest, last in first out or in turn; more for one whose others interfere. */
const rounds = 5;

/** A statement that waits so long for a backend waits for one to become free. */
const timeoutMs = 10_000;

/** PgBouncer, about a transaction in statement mode. */
const protocolViolation = "08P01";

export interface PoolProbe {
  /** Of the backend that ran the session's first statement. */
  pid: number;
  /** host:port/database, for messages. */
  server: string;
  /** How the session was reached. */
  config: pg.ClientConfig;
}

/**
 * @throws TeleportError `database_pooler` where the session may change its backend; DatabaseError
 *   `database_unreachable` where a pool had no second backend to tell by.
 */
export async function assertOwnBackend(first: pg.Client, probe: PoolProbe): Promise<void> {
  if (announcedPid(first) === probe.pid) return;
  const { client: second } = await openClient({
    config: { ...probe.config, query_timeout: timeoutMs },
    mayFallBackToPlain: false,
  });
  let evidence: string | undefined;
  try {
    evidence = await findEvidence(first, second, probe);
  } finally {
    await second.end();
  }
  if (evidence === undefined) return;
  throw new TeleportError(
    "database_pooler",
    `${probe.server} is a connection pool in transaction or statement mode: ${evidence}`,
    { hint: "Connect to PostgreSQL itself, or to a pool in session mode." },
  );
}

async function findEvidence(
  first: pg.Client,
  second: pg.Client,
  { pid, server }: PoolProbe,
): Promise<string | undefined> {
  for (let round = 0; round < rounds; round++) {
    // In turn: the next backend is another one already. Alone: the same, which the second takes next.
    if (await readPid(first) !== pid) return "a session was moved to another backend";
    const taken = await takeBackend(second, server);
    if (taken === undefined) return "it does not allow transactions";
    if (taken === pid) return "two sessions were given the same backend";
    if (await readPid(first) !== pid) return "a session was moved to another backend";
    await second.query("rollback");
  }
  return undefined;
}

/** Begins a transaction. Undefined where the pool forbids that. */
async function takeBackend(second: pg.Client, server: string): Promise<number | undefined> {
  try {
    await second.query("begin");
    return await readPid(second);
  } catch (error) {
    if (error instanceof pg.DatabaseError) {
      if (error.code === protocolViolation) return undefined;
      throw error;
    }
    throw new DatabaseError(
      "database_unreachable",
      `${server}: the connection pool has no backend for a second session`,
      {
        hint: "Let the pool have more connections, or connect to PostgreSQL itself.",
        cause: error,
      },
    );
  }
}

async function readPid(client: pg.Client): Promise<number> {
  const { rows } = await client.query("select pg_catalog.pg_backend_pid() as pid");
  return z.number().parse(rows[0]?.pid);
}

/** As in BackendKeyData, which a pool makes up. The driver's types leave it out. */
function announcedPid(client: pg.Client): unknown {
  return (client as unknown as { processID?: unknown }).processID;
}
