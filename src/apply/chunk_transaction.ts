/**
 * One chunk of an initial load = one transaction: COPY straight into the bare table or its shadow, or through
 * staging into one that keeps its keys, and the record that the chunk is there. A chunk that comes again, or of a
 * load that was given up, stores nothing.
 */
import { z } from "zod";
import { Checksum, epochsOf, type MessageOf, quoteList, quoteName, Refusal } from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import { mergeChunk } from "./chunk_merge.ts";
import { type FrameReader } from "./frame_reader.ts";
import { HighBitChars } from "./high_bit_chars.ts";
import { lockLoadedTable } from "./loaded_table.ts";
import { type LoadMode, loadMode } from "./load_mode.ts";
import { setOrigin } from "./origin.ts";
import { assertSameRows, type Progress } from "./refusal.ts";
import type { ApplySession } from "./session.ts";
import { shadowTable } from "./shadow.ts";
import { assertShadow, loadSuperseded } from "./stored_position.ts";
import tellIncompleteSql from "./tell_incomplete.sql" with { type: "text" };

const uniqueViolation = "23505";
const undefinedTable = "42P01";

const chunkLoad = z.object({
  mode: loadMode,
  relation: z.string(),
  shadow: z.string().nullable(),
});
type ChunkLoad = z.output<typeof chunkLoad>;

/** Runs inside a transaction that the caller opened. @returns rows stored; 0 when it was there. */
export async function applyChunk(
  session: ApplySession,
  { reader, progress }: { reader: FrameReader; progress: Progress },
): Promise<{ rows: number }> {
  const { connection } = session;
  const chunk = await reader.expect("chunk");
  progress.current = chunk.table;
  progress.touched.push(chunk.table);
  const load = await lockLoad(connection, chunk);
  if (!await recordChunk(connection, chunk)) {
    for await (const _block of reader.data());
    await reader.expect("rowsEnd");
    await reader.expect("end");
    return { rows: 0 };
  }
  await lockLoadedTable(connection, { ...chunk, relation: load.relation });
  await setOrigin(connection, chunk.origin);
  const rows = await storeRows(session, { chunk, reader }, load);
  await reader.expect("end");
  await reader.expectEnd();
  return { rows };
}

/** @throws Refusal `load_superseded` where no chunk may come any more. */
async function lockLoad(
  connection: Connection,
  { load }: MessageOf<"chunk">,
): Promise<ChunkLoad> {
  const [found] = await connection.rows(
    chunkLoad,
    `select mode, relation::text, shadow from teleport.applied_load
     where load = $1 and position is null for share`,
    [load],
  );
  if (found === undefined) throw loadSuperseded(load);
  if (found.shadow !== null) await assertShadow(connection, load, found.shadow);
  return found;
}

/** False where it was there. The unique key makes a second copy in flight wait for the first. */
async function recordChunk(
  connection: Connection,
  { load, number }: MessageOf<"chunk">,
): Promise<boolean> {
  try {
    const recorded = await connection.run(
      `insert into teleport.applied_chunk (load, number)
       select $1, $2 where not exists (
         select 1 from teleport.applied_chunk where load = $1 and number = $2)`,
      [load, number],
    );
    return recorded > 0;
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.sqlstate !== uniqueViolation) throw error;
    // Neither the rows nor the table are to blame: sent again, it is found to be there.
    throw new Refusal({
      failure: "transient",
      code: "peer_refused",
      message: `A copy of chunk ${number} of load ${load} came before this one`,
    }, error);
  }
}

interface Incoming {
  chunk: MessageOf<"chunk">;
  reader: FrameReader;
}

async function storeRows(
  session: ApplySession,
  incoming: Incoming,
  { mode, shadow }: ChunkLoad,
): Promise<number> {
  const { table, load } = incoming.chunk;
  if (shadow === null) {
    return mode === "bare"
      ? await copyRows(session, { ...incoming, into: quoteName(table) })
      : await mergeRows(session, { ...incoming, mode });
  }
  try {
    return await copyRows(session, { ...incoming, into: quoteName(shadowTable(shadow)) });
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.sqlstate !== undefinedTable) throw error;
    throw loadSuperseded(load, "has lost its shadow table");
  }
}

async function copyRows(
  { connection }: ApplySession,
  { chunk, reader, into }: Incoming & { into: string },
): Promise<number> {
  const checksum = new Checksum();
  const chars = new HighBitChars(connection);
  const count = await connection.copyIn(
    `copy ${into} (${quoteList(chunk.columns)}) from stdin`,
    chars.over(checksum.over(reader.data())),
  );
  await chars.assertNone(chunk.table);
  const sent = await reader.expect("rowsEnd");
  assertSameRows(chunk.table, sent, { count, checksum: checksum.value });
  return count;
}

async function mergeRows(
  session: ApplySession,
  { chunk, reader, mode }: Incoming & { mode: LoadMode },
): Promise<number> {
  const { connection, staging } = session;
  const { table, columns, key, origin } = chunk;
  const epochs = epochsOf(origin);
  const source = epochs.at(-1);
  const stage = await staging.take(table, { columns });
  await copyRows(session, { chunk, reader, into: stage.name });
  const rows = await mergeChunk(connection, {
    table,
    columns,
    key,
    staging: stage,
    source: mode === "respect" ? source : undefined,
  });
  // Columns may change before this session's next chunk of the table, and types be dropped.
  await staging.dropAll();
  if (rows > 0) {
    await connection.run(tellIncompleteSql, [table.schema, table.name, epochs, source ?? ""]);
  }
  return rows;
}
