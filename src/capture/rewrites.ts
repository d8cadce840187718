/**
 * Finds tables that were rewritten behind capture's back (ALTER TYPE … USING, ADD COLUMN with a volatile
 * default) where no event trigger says so, and asks for their reload.
 */
import { z } from "zod";
import { type Connection, forVersion } from "../postgres/mod.ts";
import selectRewritten from "./queries/rewritten.sql" with { type: "text" };

const markRow = z.object({
  relation: z.coerce.number(),
  root: z.coerce.number(),
  filenode: z.coerce.number(),
  columns: z.array(z.string()),
  is_rewritten: z.boolean(),
  is_widened: z.boolean(),
});

/**
 * Compares every captured table's file and columns with those of the last call, writes a reload event
 * for each that was rewritten, and stores what it saw, in one transaction.
 * @param options.hasEventTriggers whether table_rewrite has written such events already. It knows nothing
 *   of ADD COLUMN with a plain default, whose value leaves the catalogs with VACUUM FULL or CLUSTER.
 */
export async function noteRewrites(
  connection: Connection,
  options: { hasEventTriggers: boolean },
): Promise<void> {
  await connection.transaction("read committed", async () => {
    if ((await readMarks(connection)).length === 0) return;
    // Another installer may be noting the same: whoever comes second finds it done.
    await connection.run("lock table teleport.rewrite_mark in share row exclusive mode");
    const marks = await readMarks(connection);
    const unseen = marks.filter((mark) =>
      options.hasEventTriggers ? mark.is_widened : mark.is_rewritten
    );
    for (const root of new Set(unseen.map((mark) => mark.root))) {
      await connection.run("select teleport.reload_captured($1::oid, array['rewritten'])", [root]);
    }
    for (const { relation, filenode, columns } of marks) {
      await connection.run("delete from teleport.rewrite_mark where relation = $1::oid", [
        relation,
      ]);
      await connection.run(
        `insert into teleport.rewrite_mark (relation, filenode, columns)
         values ($1::oid, $2::oid, $3::text[])`,
        [relation, filenode, columns],
      );
    }
  });
}

async function readMarks(connection: Connection): Promise<z.output<typeof markRow>[]> {
  return await connection.rows(markRow, forVersion(selectRewritten, connection.version));
}
