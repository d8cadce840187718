/** Ranges of the key: where a range of places would be a scan of the whole table, or does not last. */
import { z } from "zod";
import { type CapturedRelation, keyOperand } from "../capture/mod.ts";
import { quoteLiteral, quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import type { LeafChunk } from "./chunk_size.ts";
import type { Range } from "./ctid_ranges.ts";
import type { Leaf } from "./leaf.ts";

const lockTimeoutMs = 2000;

/**
 * The ranges of a leaf, from the lowest key on; the last one is open. One scan of the key's index in total,
 * each part of it a statement by itself. A key whose order is not the type's own under the database's collation
 * makes one range: what orders it has no name here that would outlive the session.
 */
export async function* keyRanges(
  connection: Connection,
  { table, leaf, chunk }: { table: CapturedRelation; leaf: Leaf; chunk: LeafChunk },
): AsyncGenerator<Range, void, void> {
  const rows = Math.max(1, Math.round(chunk.rows));
  const canBeCut = await isOrderable(connection, table);
  let lower: string[] | undefined;
  let bytes = 0;
  while (canBeCut) {
    const upper = await readBound(connection, { table, leaf, lower, rows });
    if (upper === undefined) break;
    const from = lower === undefined ? "" : `${above(table, lower)} and `;
    yield {
      condition: `${from}${keyRow(table)} <= ${boundRow(table, upper)}`,
      bytes: Math.round(chunk.bytes),
    };
    lower = upper;
    bytes += chunk.bytes;
  }
  yield {
    condition: lower === undefined ? "true" : above(table, lower),
    bytes: Math.max(0, Math.round(leaf.bytes - bytes)),
  };
}

/** Bounds pass through here as text, which bytes without an encoding do not survive. */
async function isOrderable(connection: Connection, { key }: CapturedRelation): Promise<boolean> {
  const { encoding } = await connection.row(
    z.object({ encoding: z.string() }),
    "select pg_catalog.current_setting('server_encoding') as encoding",
  );
  return encoding !== "SQL_ASCII" &&
    key.every(({ equality, collation }) =>
      equality === "operator(pg_catalog.=)" && collation === undefined
    );
}

interface BoundOptions {
  table: CapturedRelation;
  leaf: Leaf;
  lower: readonly string[] | undefined;
  rows: number;
}

/** The key of the last row of the range that begins after `lower`; undefined where fewer rows are left. */
async function readBound(
  connection: Connection,
  { table, leaf, lower, rows }: BoundOptions,
): Promise<string[] | undefined> {
  const columns = table.key.map((column) => keyOperand(column, "t"));
  const texts = columns.map((column) => `pg_catalog.format('%s', ${column})`);
  const { bound } = await connection.rowOfLast(
    z.object({ bound: z.array(z.string()).nullable() }),
    [
      // In one message they are one transaction. To sort all that is left for each bound would take for ever.
      ...connection.lockWaitLimit(lockTimeoutMs),
      "set local enable_sort = off",
      "set local enable_seqscan = off",
      `select (
         select array[${texts.join(", ")}] from only ${quoteName(leaf)} t
         where ${lower === undefined ? "true" : above(table, lower)}
         order by ${columns.join(", ")} offset ${rows - 1} limit 1
       ) as bound`,
    ],
  );
  return bound ?? undefined;
}

function above(table: CapturedRelation, bound: readonly string[]): string {
  return `${keyRow(table)} > ${boundRow(table, bound)}`;
}

function keyRow(table: CapturedRelation): string {
  return `(${table.key.map((column) => keyOperand(column, "t")).join(", ")})`;
}

function boundRow(table: CapturedRelation, bound: readonly string[]): string {
  const values = table.key.map(({ type }, index) => `${quoteLiteral(bound[index] ?? "")}::${type}`);
  return `(${values.join(", ")})`;
}
