/**
 * One chunk of an initial load = one transaction: COPY straight into the bare table, and the record
 * that the chunk is there. A chunk that comes again, or of a load that was given up, stores nothing.
 */
import { z } from "zod";
import { Checksum, quoteList, quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import type { FrameReader } from "./frame_reader.ts";
import { setOrigin } from "./origin.ts";
import { assertSameRows } from "./refusal.ts";
import { loadSuperseded } from "./stored_position.ts";

/** Runs inside a transaction that the caller opened. @returns rows stored; 0 when it was there. */
export async function applyChunk(
  connection: Connection,
  reader: FrameReader,
): Promise<{ rows: number }> {
  const chunk = await reader.expect("chunk");
  const loads = await connection.rows(
    z.object({ load: z.string() }),
    "select load from teleport.applied_load where load = $1 and position is null for share",
    [chunk.load],
  );
  if (loads.length === 0) throw loadSuperseded(chunk.load);
  // The unique key makes a second copy of a chunk in flight wait for the first.
  const isNew = await connection.run(
    `insert into teleport.applied_chunk (load, number)
     select $1, $2 where not exists (
       select 1 from teleport.applied_chunk where load = $1 and number = $2)`,
    [chunk.load, chunk.number],
  );
  const checksum = new Checksum();
  const data = checksum.over(reader.data());
  if (isNew === 0) {
    for await (const _block of data);
    await reader.expect("rowsEnd");
    await reader.expect("end");
    return { rows: 0 };
  }
  await setOrigin(connection, chunk.source);
  const count = await connection.copyIn(
    `copy ${quoteName(chunk.table)} (${quoteList(chunk.columns)}) from stdin`,
    data,
  );
  const sent = await reader.expect("rowsEnd");
  assertSameRows(chunk.table, sent, { count, checksum: checksum.value });
  await reader.expect("end");
  await reader.expectEnd();
  return { rows: count };
}
