/** Equality of two schemas, as far as counting goes: the rows' checksum says nothing of indexes and keys. */
import type { ChecksumPlace } from "./checksum.ts";
import objectsSql from "./checksum/objects.sql" with { type: "text" };
import { runSql } from "../postgres/mod.ts";

/** By what is counted (`indexes`), and by sequence (`the value of orders_id_seq`). */
export type ObjectCounts = ReadonlyMap<string, number>;

export interface ObjectComparison {
  source: ObjectCounts;
  target: ObjectCounts;
  /** What differs; empty where the two are alike. */
  different: string[];
}

export async function compareObjects(
  source: ChecksumPlace,
  target: ChecksumPlace,
): Promise<ObjectComparison> {
  const [here, there] = await Promise.all([countObjects(source), countObjects(target)]);
  const whats = new Set([...here.keys(), ...there.keys()]);
  const different = [...whats].filter((what) => here.get(what) !== there.get(what));
  return { source: here, target: there, different };
}

async function countObjects({ url, schema }: ChecksumPlace): Promise<ObjectCounts> {
  const rows = await runSql<{ what: string; count: string }>(url, objectsSql, [schema]);
  return new Map(rows.map(({ what, count }) => [what, Number(count)]));
}
