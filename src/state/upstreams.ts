/** Which databases the rows of this one may have been through. */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";

/**
 * Epochs of every database whose rows came here, by whatever way. Of a row alone nobody knows where it
 * was first written, so that a load's rows count as having been through all of these.
 */
export async function readUpstreams(connection: Connection): Promise<string[]> {
  const rows = await connection.rows(
    z.object({ epoch: z.string() }),
    `select a.source as epoch from teleport.applied a
     union
     select pg_catalog.unnest(a.upstreams) from teleport.applied a
     union
     select pg_catalog.unnest(pg_catalog.string_to_array(l.origin, ',')) from teleport.applied_load l
     order by 1`,
  );
  return rows.map(({ epoch }) => epoch);
}
