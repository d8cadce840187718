/** How much WAL a server writes, and what. */
import { z } from "zod";
import type { EmbeddedServer } from "../postgres/mod.ts";
import { runSql } from "../postgres/mod.ts";
import walRecords from "./sql/wal_records.sql" with { type: "text" };

const quietMs = 65_000;
const pollMs = 1000;

/** The place where the next record goes, as text. */
export async function walPosition(server: EmbeddedServer): Promise<string> {
  const rows = await runSql(
    server.url("postgres"),
    "select pg_current_wal_insert_lsn()::text as position",
  );
  return z.string().parse(rows[0]?.["position"]);
}

export async function walBytes(
  server: EmbeddedServer,
  { from, to }: { from: string; to: string },
): Promise<number> {
  const sql = "select pg_wal_lsn_diff($1::pg_lsn, $2::pg_lsn)::float8 as bytes";
  return z.number().parse((await runSql(server.url("postgres"), sql, [to, from]))[0]?.["bytes"]);
}

/** What was written, in words; undefined where the server cannot tell. */
export async function describeWal(
  server: EmbeddedServer,
  { from, to }: { from: string; to: string },
): Promise<string | undefined> {
  if (server.major < 15) return undefined;
  const url = server.url("postgres");
  await runSql(url, "create extension if not exists pg_walinspect");
  const rows = await runSql(url, walRecords, [from, to]);
  return z.string().nullish().parse(rows[0]?.["records"]) ?? undefined;
}

/** Switches the autovacuum, whose work after a change of tables would come at a random moment. */
export async function setAutovacuum(
  servers: readonly EmbeddedServer[],
  value: "on" | "off",
): Promise<void> {
  for (const server of servers) {
    await runSql(server.url("postgres"), `alter system set autovacuum = ${value}`);
    await runSql(server.url("postgres"), "select pg_reload_conf()");
  }
}

/**
 * Writes a checkpoint on each server, then waits until neither writes more: a checkpoint is followed by one
 * record of the background writer within 25 seconds. Gives up quietly at the deadline: then somebody
 * does write, which is what is to be measured.
 */
export async function walQuiet(
  servers: readonly EmbeddedServer[],
  deadlineMs: number,
): Promise<void> {
  for (const server of servers) await runSql(server.url("postgres"), "checkpoint");
  const deadline = performance.now() + deadlineMs;
  let since = performance.now();
  let last = "";
  while (performance.now() < deadline && performance.now() - since < quietMs) {
    const now = (await Promise.all(servers.map(walPosition))).join();
    if (now !== last) since = performance.now();
    last = now;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
