/** The columns whose values travel. */
import { z } from "zod";
import { quoteIdentifier } from "../model/mod.ts";
import { type Connection, forVersion } from "../postgres/mod.ts";
import columnsQuery from "./columns.sql" with { type: "text" };

export interface SentColumn {
  name: string;
  /** XML, or a domain over it. */
  isXml: boolean;
}

/**
 * A column of `alias` as COPY has to write it. XML's own output leaves out the declaration's encoding, and
 * the whole declaration where nothing else is in it; the cast gives the text as it is stored.
 */
export function sentValue({ name, isXml }: SentColumn, alias: string): string {
  const value = `${alias}.${quoteIdentifier(name)}`;
  return isXml ? `${value}::pg_catalog.text` : value;
}

/** In order, by relation: not dropped, not generated. */
export async function readColumns(
  connection: Connection,
  relations: readonly number[],
): Promise<Map<number, SentColumn[]>> {
  if (relations.length === 0) return new Map();
  const rows = await connection.rows(
    z.object({
      relation: z.number(),
      names: z.array(z.string()),
      are_xml: z.array(z.boolean()),
    }),
    forVersion(columnsQuery, connection.version),
    [[...relations]],
  );
  return new Map(rows.map(({ relation, names, are_xml }) => [
    relation,
    names.map((name, index) => ({ name, isXml: are_xml[index] ?? false })),
  ]));
}
