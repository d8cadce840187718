/** What this database's own capture knows of a table that it is the target of. */
import { z } from "zod";
import type { QualifiedName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";

const capturedRow = z.object({
  relation: z.number(),
  generation: z.number(),
  keyColumns: z.array(z.string()),
});

export type CapturedTable = z.output<typeof capturedRow>;

/** Undefined where its rows are not captured. */
export async function readCapturedTable(
  connection: Connection,
  { schema, name }: QualifiedName,
): Promise<CapturedTable | undefined> {
  const [captured] = await connection.rows(
    capturedRow,
    `select c.relation, c.generation, c.key_columns as "keyColumns"
     from teleport.capture c
     join pg_catalog.pg_class r on r.oid = c.relation
     join pg_catalog.pg_namespace n on n.oid = r.relnamespace
     where n.nspname = $1 and r.relname = $2
       and c.root = c.relation and c.level <> 'none' and c.is_wanted`,
    [schema, name],
  );
  return captured;
}
