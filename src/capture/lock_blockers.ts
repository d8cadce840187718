/** Who holds locks that keep an installer waiting. */
import { z } from "zod";
import { type Connection, forVersion } from "../postgres/mod.ts";
import selectBlockers from "./queries/lock_blockers.sql" with { type: "text" };

/** A session whose lock keeps triggers from being made. */
export interface Blocker {
  pid: number;
  relation: string;
  mode: string;
  user: string | null;
  application: string | null;
  /** Seconds since its transaction began. */
  seconds: number | null;
  /** The server's own worker: it gives way after deadlock_timeout. */
  isAutovacuum: boolean;
}

const blockerRow = z.object({
  pid: z.number(),
  relation: z.string(),
  mode: z.string(),
  user: z.string().nullable(),
  application: z.string().nullable(),
  seconds: z.number().nullable(),
  isAutovacuum: z.boolean(),
});

/** Lists those on a table or on any of its partitions. */
export async function listBlockers(connection: Connection, top: number): Promise<Blocker[]> {
  return await connection.rows(blockerRow, forVersion(selectBlockers, connection.version), [
    top,
  ]);
}
