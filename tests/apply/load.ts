/** What a load sends to a target: its beginning and its chunks, of the table t. */
import { crc32 } from "node:zlib";
import { type ExistingRows, type Frame, protocolVersion } from "../../src/model/mod.ts";
import type { PostgresServer } from "../postgres/mod.ts";
import { openTarget, source, type Target, target as name } from "./target.ts";

/** Names of two loads: the number in front is greater than the txids of a few batches. */
export const older = "1001:load";
export const newer = "1002:load";

/** Columns of t. */
export const columns = ["id", "v"];

/** Has the tables t and other, and has been sent their schema. */
export async function openLoadable(server: PostgresServer): Promise<Target> {
  const target = await openTarget(
    server,
    "create table t (id int primary key, v int); create table other (id int primary key)",
  );
  await target.send({ schema: await target.readSchema() });
  return target;
}

/** @param options.from the source's epoch. */
export async function prepareLoad(
  target: Target,
  load: string,
  options: { table?: string; from?: string; existing?: ExistingRows } = {},
): Promise<void> {
  await target.command({
    kind: "prepareLoad",
    source: options.from ?? source,
    target: name,
    load,
    origin: source,
    table: { schema: "public", name: options.table ?? "t", isOnly: false },
    existing: options.existing ?? "replace",
    columns,
    key: ["id"],
  });
}

export function chunkFrames(load: string, number: number, rows: string[]): Frame[] {
  const bytes = new TextEncoder().encode(rows.map((row) => `${row}\n`).join(""));
  const table = { schema: "public", name: "t" };
  return [
    {
      kind: "message",
      message: {
        kind: "chunk",
        protocol: protocolVersion,
        load,
        origin: source,
        number,
        table,
        columns,
        key: ["id"],
      },
    },
    { kind: "data", bytes },
    {
      kind: "message",
      message: { kind: "rowsEnd", count: rows.length, checksum: crc32(bytes) },
    },
    { kind: "message", message: { kind: "end", count: 2 } },
  ];
}
