/** A source whose application commits asynchronously, and crashes: nothing may have left that it forgets. */
import { deepStrictEqual, notDeepStrictEqual } from "node:assert/strict";
import { chunkFrames } from "../../src/load/chunk_frames.ts";
import { listWaiting, storeChunks } from "../../src/load/chunk_store.ts";
import { readLeaves } from "../../src/load/leaf.ts";
import { migrate } from "../../src/state/mod.ts";
import { openPair, type Pair } from "../pair/mod.ts";
import { connect } from "../postgres/mod.ts";

const load = "a load";
const byId = "select id from item order by id";

/** One chunk, to its last frame. @returns the ids in it. */
async function readChunk(pair: Pair): Promise<number[]> {
  await using control = await pair.open("source");
  await using connection = await pair.open("source");
  const [item] = await pair.write("select 'item'::regclass::oid::int as oid");
  const relation = Number(item?.oid);
  const [leaf] = await readLeaves(control, relation);
  if (leaf === undefined) throw new Error("The table has no leaf");
  const chunks = [{ leaf: leaf.leaf, mark: leaf.marks.file, condition: "true", bytes: 0 }];
  await storeChunks(control, { target: "target", relation, load, chunks });
  const [chunk] = await listWaiting(control, { load, after: -1, limit: 1 });
  if (chunk === undefined) throw new Error("The chunk was not stored");
  // What nobody has flushed: the load's own records were committed before.
  await writeAsynchronously(pair, "insert into item select 10 + i from generate_series(1, 5) i");
  let text = "";
  const table = { schema: "public", name: "item" };
  const frames = chunkFrames(connection, {
    ...{ control, source: "source", load, table, chunk, leaf },
    columns: [{ name: "id", isXml: false }],
    key: ["id"],
  });
  for await (const frame of frames) {
    if (frame.kind === "data") text += new TextDecoder().decode(frame.bytes);
  }
  return text.trim().split("\n").map(Number);
}

async function writeAsynchronously(pair: Pair, sql: string): Promise<void> {
  await using session = await connect(pair.source.urlAs(pair.owner));
  await session.query("set synchronous_commit = off");
  await session.query(sql);
}

async function openCrashing(): Promise<Pair> {
  return await openPair({
    setup: "create table item (id int primary key); insert into item values (1), (2)",
    isRestarted: true,
    // The server itself flushes nothing meanwhile.
    sourceSettings: { wal_writer_delay: "10s", autovacuum: "off" },
  });
}

Deno.test("rows of a load's chunk are still there after the source crashed", async () => {
  await using pair = await openCrashing();
  {
    await using connection = await pair.open("source");
    await migrate(connection);
  }
  const sent = await readChunk(pair);
  deepStrictEqual(sent, [1, 2, 11, 12, 13, 14, 15]);
  await pair.source.server.stop("immediate");
  await pair.source.server.start();
  deepStrictEqual((await pair.write(byId)).map(({ id }) => id), sent);
});

Deno.test("without anybody to flush them, asynchronous commits do not survive that crash", async () => {
  await using pair = await openCrashing();
  await writeAsynchronously(pair, "insert into item select 10 + i from generate_series(1, 5) i");
  const before = (await pair.write(byId)).map(({ id }) => id);
  await pair.source.server.stop("immediate");
  await pair.source.server.start();
  notDeepStrictEqual((await pair.write(byId)).map(({ id }) => id), before);
});
