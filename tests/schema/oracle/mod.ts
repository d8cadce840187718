/** The servers' own word on a schema, for comparing both sides of a pair of one major. */
import { z } from "zod";
import { quoteIdentifier } from "../../../src/model/mod.ts";
import type { Connection } from "../../../src/postgres/mod.ts";
import descriptionSql from "./description.sql" with { type: "text" };

/** Sorted lines, with the schema's own name left out. In a transaction of its own. */
export async function describeSchema(connection: Connection, schema: string): Promise<string[]> {
  return await connection.transaction("repeatable read read only", async () => {
    await connection.run(`set local search_path = ${quoteIdentifier(schema)}, pg_temp`);
    const rows = await connection.rows(z.object({ line: z.string() }), descriptionSql, [schema]);
    // Without its dot it is an item of a search_path.
    const own = [`${quoteIdentifier(schema)}.`, `${schema}.`];
    const withoutOwn = (line: string) =>
      own.reduce((text, name) => text.replaceAll(name, ""), line)
        .replaceAll(`'${schema}'`, "'its own schema'");
    return rows.map(({ line }) => withFixedPoint(withoutOwn(line))).sort();
  });
}

/**
 * `IN ('a', 'b')` on varchar: the server prints a cast of the array, and what it makes of its own text it
 * prints as casts of the labels. Both print as labels.
 */
function withFixedPoint(line: string): string {
  return line
    .replaceAll(/\(('(?:[^']|'')*'::character varying)\)::text/g, "$1")
    .replaceAll(/\(ARRAY\[([^\[\]]*::character varying)\]\)::text\[\]/g, "ARRAY[$1]");
}

export interface Difference {
  missing: string[];
  extra: string[];
}

export const noDifference: Difference = { missing: [], extra: [] };

/** What only the source has, and what only the target has. */
export function compareLines(source: readonly string[], target: readonly string[]): Difference {
  const [wanted, actual] = [new Set(source), new Set(target)];
  return {
    missing: source.filter((line) => !actual.has(line)),
    extra: target.filter((line) => !wanted.has(line)),
  };
}
