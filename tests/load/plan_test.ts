/** Chunks are sized by bytes, and together they hold every row once, on servers that read by pages and by key. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { z } from "zod";
import type { CapturedRelation, KeyColumn } from "../../src/capture/mod.ts";
import { planChunks, type PlannedChunk, type PlanOptions } from "../../src/load/plan.ts";
import { readLeaves } from "../../src/load/leaf.ts";
import { Connection } from "../../src/postgres/mod.ts";
import { createDatabase, databaseConfig, startServer } from "../postgres/mod.ts";

const setup = `
  create table plain (id int primary key, note text) with (autovacuum_enabled = off);
  insert into plain select i, repeat('x', 400) from generate_series(1, 4000) i;
  create table heavy (id int primary key, note text) with (autovacuum_enabled = off);
  alter table heavy alter column note set storage external;
  insert into heavy select i, repeat('x', 100000) from generate_series(1, 60) i;
  create table tiny (id int primary key); insert into tiny values (1);
  create table empty (id int primary key);
  create table pair (a int, b text, primary key (a, b)) with (autovacuum_enabled = off);
  insert into pair select i % 10, i || repeat('k', 100) from generate_series(1, 4000) i;
  create table gone (id int primary key, note text) with (autovacuum_enabled = off);
  insert into gone select i, repeat('x', 400) from generate_series(1, 4000) i;
  delete from gone where id > 100;`;

const tree = `
  create table tree (id int, part int, note text) partition by list (part);
  create table tree_1 partition of tree for values in (1);
  create table tree_2 partition of tree for values in (2);
  create table tree_3 partition of tree for values in (3);
  insert into tree values (1, 2, 'x');
  insert into tree select i, 3, repeat('x', 400) from generate_series(1, 4000) i;`;

const keyOf = (name: string, type = "integer"): KeyColumn => ({
  name,
  type,
  isDomain: false,
  hasTextCast: false,
  equality: "operator(pg_catalog.=)",
});

const oidRow = z.object({ oid: z.number() });

class Planner {
  readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  async plan(
    name: string,
    options: Partial<PlanOptions> & { key?: KeyColumn[] } = {},
  ): Promise<PlannedChunk[]> {
    const { oid } = await this.connection.row(
      oidRow,
      `select 'public.${name}'::regclass::oid as oid`,
    );
    const { key = [keyOf("id")], ...sizes } = options;
    const table: CapturedRelation = {
      ...{ schema: "public", name, relation: oid, root: oid, key, variant: "statement" },
      ...{ generation: 1, signature: "", isSignatureCurrent: true, memberOids: [oid] },
      ...{ isPartitioned: false, tree: [], readsOnly: false },
    };
    const chunks: PlannedChunk[] = [];
    const size = { batchSize: 1, chunkBytes: 65_536, byKey: false, ...sizes };
    for await (const chunk of planChunks(this.connection, table, size)) chunks.push(chunk);
    await this.#assertComplete(oid, chunks);
    return chunks;
  }

  /** Rows of each chunk that has any. */
  async rowsOf(name: string, chunks: readonly PlannedChunk[]): Promise<number[]> {
    const rows: number[] = [];
    for (const { condition } of chunks) {
      const { count } = await this.connection.row(
        z.object({ count: z.number() }),
        `select count(*)::int as count from only public.${name} t where ${condition ?? "false"}`,
      );
      rows.push(count);
    }
    return rows;
  }

  /** Each row of each leaf is in exactly one chunk, and the chunks' bytes are the leaf's. */
  async #assertComplete(oid: number, chunks: readonly PlannedChunk[]): Promise<void> {
    const leaves = await readLeaves(this.connection, oid);
    deepStrictEqual([...new Set(chunks.map(({ leaf }) => leaf))], leaves.map(({ leaf }) => leaf));
    for (const leaf of leaves) {
      const own = chunks.filter((chunk) => chunk.leaf === leaf.leaf);
      const times = own.map(({ condition }) =>
        `case when ${condition ?? "false"} then 1 else 0 end`
      );
      const { wrong } = await this.connection.row(
        z.object({ wrong: z.number() }),
        `select count(*)::int as wrong from only public.${leaf.name} t
         where ${times.join(" + ")} <> 1`,
      );
      strictEqual(wrong, 0, `rows of ${leaf.name} that are not in one chunk`);
      const bytes = own.reduce((sum, chunk) => sum + chunk.bytes, 0);
      ok(bytes >= leaf.bytes * 0.9, `${bytes} bytes planned of ${leaf.bytes}`);
    }
  }
}

for (const major of [10, 14, 18]) {
  Deno.test(`Tables are cut by bytes (PostgreSQL ${major})`, async (test) => {
    await using server = await startServer({ major });
    const database = await createDatabase(server);
    await using connection = await Connection.open(
      databaseConfig(server, database.name, server.superuser),
      "test",
    );
    await connection.run("set search_path = public");
    await connection.run(setup + tree);
    await connection.run("set search_path = pg_catalog");
    const planner = new Planner(connection);
    const byPlace = major >= 14;

    await test.step("a table of small rows, with and without statistics", async () => {
      for (const statistics of ["", "analyze public.plain"]) {
        if (statistics !== "") await connection.run(statistics);
        const chunks = await planner.plan("plain");
        // 1.8 MB, and 64 KB each.
        ok(chunks.length >= 22 && chunks.length <= 36, `${chunks.length} chunks`);
        strictEqual(chunks.every(({ condition }) => condition?.includes("ctid")), byPlace);
        const rows = await planner.rowsOf("plain", chunks);
        ok(Math.max(...rows) < 200, rows.join());
      }
    });

    await test.step("batch_size makes chunks larger, up to four times chunk_bytes", async () => {
      const some = await planner.rowsOf("plain", await planner.plan("plain", { batchSize: 400 }));
      ok(some.length >= 8 && some.length <= 13, some.join());
      const many = await planner.plan("plain", { batchSize: 1_000_000 });
      ok(many.length >= 6 && many.length <= 9, `${many.length} chunks`);
    });

    await test.step("the smallest chunk_bytes cuts page by page", async () => {
      const chunks = await planner.plan("plain", { chunkBytes: 8192 });
      ok(chunks.length > 180, `${chunks.length} chunks`);
    });

    await test.step("TOAST counts, even where all rows lie on one page", async () => {
      for (const statistics of ["", "analyze public.heavy"]) {
        if (statistics !== "") await connection.run(statistics);
        const chunks = await planner.plan("heavy", { chunkBytes: 1_048_576 });
        // 6 MB on one page or two: ten rows or so each.
        const rows = await planner.rowsOf("heavy", chunks);
        ok(chunks.length >= 4 && chunks.length <= 10, rows.join());
        ok(Math.max(...rows) <= 24, rows.join());
        const single = await planner.plan("heavy", { chunkBytes: 8192 });
        ok(single.length >= 50, `${single.length} chunks`);
      }
    });

    await test.step("a tiny table is one chunk, an empty one has nothing to send", async () => {
      deepStrictEqual((await planner.plan("tiny")).map(({ condition }) => condition), ["true"]);
      deepStrictEqual((await planner.plan("empty")).map(({ condition }) => condition), [null]);
      const whole = await planner.plan("plain", { chunkBytes: 100_000_000 });
      deepStrictEqual(whole.map(({ condition }) => condition), ["true"]);
    });

    await test.step("a table that is mostly empty pages, and a key of two columns", async () => {
      await planner.plan("gone");
      const key = [keyOf("a"), keyOf("b", "text")];
      const chunks = await planner.plan("pair", { key, byKey: true });
      ok(chunks.length > 5, `${chunks.length} chunks`);
      ok(chunks[1]?.condition?.startsWith(`(t."a", t."b") > `), chunks[1]?.condition ?? "");
    });

    await test.step("each partition by itself, those without rows without a chunk to send", async () => {
      const chunks = await planner.plan("tree");
      const sent = chunks.filter(({ condition }) => condition !== null);
      strictEqual(chunks.length - sent.length, 1);
      ok(sent.length > 20, `${sent.length} chunks`);
    });

    await test.step("by key where it is asked for, whatever the server", async () => {
      const chunks = await planner.plan("plain", { byKey: true });
      ok(chunks.length > 20, `${chunks.length} chunks`);
      strictEqual(chunks.some(({ condition }) => condition?.includes("ctid")), false);
      const citext = { ...keyOf("note", "text"), collation: { schema: "pg_catalog", name: "C" } };
      const whole = await planner.plan("plain", { byKey: true, key: [citext] });
      deepStrictEqual(whole.map(({ condition }) => condition), ["true"]);
    });
  });
}
