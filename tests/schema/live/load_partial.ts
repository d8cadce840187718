/** What an operator does for tables that follow without being loaded. */
import { z } from "zod";
import type { Connection } from "../../../src/postgres/mod.ts";
import { requestLoad } from "../../../src/state/mod.ts";

/** Asks for the loads of all: a detached partition's rows, say, came by another table, and are not replaced unasked. */
export async function loadPartial(source: Connection): Promise<void> {
  const rows = await source.rows(
    z.object({ target: z.string(), relation: z.coerce.number() }),
    "select target, relation::text from teleport.table_state where state = 'partial'",
  );
  for (const { target, relation } of rows) await requestLoad(source, target, [relation]);
}
