/** Queries of views as a target of another major deparses them: 16 and later leave out needless names of tables. */
import { z } from "zod";
import { quoteIdentifier } from "../../src/model/mod.ts";
import type { Connection } from "../../src/postgres/mod.ts";
import type { SchemaObject, SchemaSnapshot } from "../../src/schema/mod.ts";

/** @param applySchema what the snapshot's schema is called on the target, where that is another name. */
export async function inTargetWords(
  snapshot: SchemaSnapshot,
  { source, target }: { source: Connection; target: Connection },
  applySchema: string | undefined,
): Promise<SchemaSnapshot> {
  if ((source.version >= 160000) === (target.version >= 160000)) return snapshot;
  const objects: SchemaObject[] = [];
  for (const object of snapshot.objects) {
    if (object.kind !== "view") objects.push(object);
    else objects.push({ ...object, definition: await deparse(target, object.definition) });
  }
  return { objects };

  function deparse(connection: Connection, query: string): Promise<string> {
    return connection.transaction("read committed", async () => {
      const own = applySchema === undefined ? "" : quoteIdentifier(applySchema);
      await connection.run(`set local search_path = ${own === "" ? "" : `${own}, `}pg_temp`);
      await connection.run(`create temporary view teleport_words as ${query}`);
      const { text } = await connection.row(
        z.object({ text: z.string() }),
        "select pg_catalog.pg_get_viewdef('pg_temp.teleport_words'::regclass) as text",
      );
      await connection.run("drop view pg_temp.teleport_words");
      const words = text.trim().replace(/;$/, "");
      // A name that was renamed is quoted.
      return applySchema === undefined ? words : words.replaceAll(`${applySchema}.`, `${own}.`);
    });
  }
}
