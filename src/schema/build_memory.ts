/** What a build of indexes may use of the server's memory. */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";
import buildMemorySql from "./build_memory.sql" with { type: "text" };

/**
 * Raises maintenance_work_mem until the transaction ends, never lowers it.
 * @param builds how many run at a time at most.
 */
export async function raiseBuildMemory(connection: Connection, builds: number): Promise<void> {
  await connection.rows(z.object({ value: z.string() }), buildMemorySql, [builds]);
}
