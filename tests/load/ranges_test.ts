/** How chunks are read: ranges of pages where the server can scan them, ranges of the key before. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { z } from "zod";
import { waitFor } from "../pair/mod.ts";
import { connect, openServers, type ServerPair, type Session } from "../postgres/mod.ts";
import { openLane } from "./lane.ts";

const rows = 3000;
const settings = { workers: 1, chunkBytes: 65_536 };
const counters = z.object({ scanned: z.number(), entries: z.number() });
const planRow = z.object({ "QUERY PLAN": z.string() });

/** The table's columns, keys of two columns and of text. */
const keys: Record<string, { columns: string; key: string; values: string }> = {
  "one column": { columns: "id int", key: "id", values: "i" },
  "two columns": { columns: "a int, b text", key: "a, b", values: "i % 50, i::text" },
  "a uuid": { columns: "id uuid", key: "id", values: "md5(i::text)::uuid" },
};

interface Read {
  /** Kinds of scans that read the chunks. */
  scans: string[];
  chunks: number;
  /** Rows that scans of the whole table read; a look whether it has any is one too, and reads one. */
  scanned: number;
  /** Entries of its index that were read. */
  entries: number;
}

async function loadOnce(servers: ServerPair, { columns, key, values }: {
  columns: string;
  key: string;
  values: string;
}): Promise<Read> {
  const lane = await openLane({
    servers,
    setup: `create table item (${columns}, note text, primary key (${key}))
        with (autovacuum_enabled = off);
      insert into item select ${values}, repeat('x', 500) from generate_series(1, ${rows}) i`,
  });
  const { pair } = lane;
  await using admin = await connect(pair.source.server.url(pair.source.name));
  const scans = new Set<string>();
  let chunks = 0;
  let before = { scanned: 0, entries: 0 };
  {
    await using _disposed = lane;
    await admin.query("analyze item");
    before = await readCounters(admin);
    lane.onMoment = async (_table, moment) => {
      if (moment !== "planned") return;
      const { rows: planned } = await admin.query("select condition from teleport.chunk");
      chunks = planned.length;
      for (const { condition } of planned) scans.add(await explainScan(admin, condition));
    };
    await lane.load(["item"], settings);
  }
  // A session's counts come when it ends.
  const least = servers.source.major < 14 ? 1.9 * rows : 0;
  const after = await waitFor(async () => {
    const now = await readCounters(admin);
    return now.entries - before.entries >= least && now;
  }, { what: "the source to count what was read" });
  const { source, target } = await pair.digests([{ schema: "public", name: "item" }]);
  deepStrictEqual(target, source);
  return {
    scans: [...scans],
    chunks,
    scanned: after.scanned - before.scanned,
    entries: after.entries - before.entries,
  };
}

async function explainScan(admin: Session, condition: string): Promise<string> {
  const { rows: [line] } = await admin.query(
    `explain (costs off) select * from only item t where ${condition}`,
  );
  return planRow.parse(line)["QUERY PLAN"].replace(/ (using|on) .*/, "");
}

async function readCounters(admin: Session): Promise<{ scanned: number; entries: number }> {
  const { rows: [counted] } = await admin.query(
    `select t.seq_tup_read::int as scanned, i.idx_tup_read::int as entries
     from pg_stat_user_tables t
     join pg_stat_user_indexes i using (relid)
     where t.relname = 'item' and t.schemaname = 'public'`,
  );
  return counters.parse(counted);
}

Deno.test("before PostgreSQL 14 chunks are ranges of the key, planned in one scan of its index and read in another", async (test) => {
  await using servers = await openServers({ source: 10 });
  for (const [name, table] of Object.entries(keys)) {
    await test.step(`a key of ${name}`, async () => {
      const read = await loadOnce(servers, table);
      ok(read.chunks > 10, `${read.chunks} chunks`);
      ok(read.scans.every((scan) => /^(Index|Bitmap Heap) Scan/.test(scan)), read.scans.join());
      ok(read.scanned < 10, `${read.scanned} rows were read by scans of the whole table`);
      // A bound that is not the index's own is read over: two scans of it, and somewhat more.
      ok(read.entries < 3 * rows, `${read.entries} entries of the index were read`);
    });
  }
});

Deno.test("from PostgreSQL 14 on chunks are ranges of pages, none of which is read twice", async () => {
  await using servers = await openServers({ source: 14 });
  for (const table of Object.values(keys)) {
    const read = await loadOnce(servers, table);
    ok(read.chunks > 10, `${read.chunks} chunks`);
    deepStrictEqual(read.scans, ["Tid Range Scan"]);
    strictEqual(read.entries, 0);
    // What ranges of pages read counts as this too.
    ok(read.scanned < rows + 10, `${read.scanned} of ${rows} rows were read by scans`);
  }
});
