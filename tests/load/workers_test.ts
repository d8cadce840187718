/** How many chunks are on their way at a time, and of which tables; what their sessions on the source do meanwhile. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { z } from "zod";
import { waitFor } from "../pair/mod.ts";
import { connect, openServers } from "../postgres/mod.ts";
import { type Lane, openLane } from "./lane.ts";

const servers = await openServers();
Deno.test.afterAll(async () => await servers[Symbol.asyncDispose]());

const smallTables = ["a", "b", "c", "d", "e", "f"];

const setup = `
  create table large (id int primary key, note text);
  insert into large select i, repeat('x', 900) from generate_series(1, 240) i;
  create table spread (id int, part int, note text, primary key (id, part)) partition by list (part);
  ${
  [1, 2, 3, 4, 5, 6].map((part) =>
    `create table spread_${part} partition of spread for values in (${part});`
  ).join("\n")
}
  insert into spread select i, 1 + i % 5, 'y' from generate_series(1, 100) i;
  ${
  smallTables.map((name) =>
    `create table ${name} (id int primary key); insert into ${name} values (1);`
  ).join("\n")
}
  analyze;`;

async function open(): Promise<Lane> {
  return await openLane({ servers, setup });
}

async function assertEqual(lane: Lane, names: readonly string[]): Promise<void> {
  const { source, target } = await lane.pair.digests(
    names.map((name) => ({ schema: "public", name })),
  );
  deepStrictEqual(target, source, lane.lines.slice(-20).join("\n"));
}

for (const [name, chunks] of [["large", 30], ["spread", 5]] as const) {
  Deno.test(`a table that is alone, ${name}, has all workers, and no more`, async () => {
    await using lane = await open();
    let now = 0;
    let most = 0;
    let all = 0;
    const failures: unknown[] = [];
    lane.onMoment = async (_table, moment) => {
      if (moment !== "chunk") return;
      now += 1;
      all += 1;
      most = Math.max(most, now);
      // Each waits for company, as long as there can be some.
      if (all <= 3) {
        await waitFor(() => most === 3, { what: "three chunks at a time", deadlineMs: 120_000 })
          .catch((error: unknown) => failures.push(error));
      }
      now -= 1;
    };
    await lane.load([name], { workers: 3, chunkBytes: 8192 });
    deepStrictEqual(failures, []);
    strictEqual(most, 3);
    ok(all >= chunks, `${all} chunks`);
    await assertEqual(lane, [name]);
  });
}

Deno.test("small tables do not wait for a large one, and the largest is among the first", async () => {
  await using lane = await open();
  const moments: string[] = [];
  lane.onMoment = (table, moment) => {
    moments.push(`${table} ${moment}`);
    return Promise.resolve();
  };
  const names = ["large", ...smallTables];
  await lane.load(names, { workers: 2, chunkBytes: 8192 });
  const planned = moments.filter((moment) => moment.endsWith(" planned"));
  ok(planned.slice(0, 3).includes("large planned"), planned.join());
  const ended = moments.filter((moment) => moment.endsWith(" caughtUp"));
  strictEqual(ended.length, names.length);
  // It has many chunks, and they but one: of those that came beside it, most are done before.
  ok(ended.indexOf("large caughtUp") > 2, ended.join());
  await assertEqual(lane, names);
});

Deno.test("partitions without rows have no chunk, and their first rows come all the same", async () => {
  await using lane = await open();
  let chunks = 0;
  lane.onMoment = async (_table, moment) => {
    if (moment !== "chunk") return;
    chunks += 1;
    if (chunks === 1) await lane.pair.write("insert into spread values (1000, 6, 'first')");
  };
  await lane.load(["spread"], { workers: 1, chunkBytes: 8192 });
  strictEqual(chunks, 5);
  await assertEqual(lane, ["spread"]);
});

const sessionRow = z.object({ pid: z.number(), is_open: z.boolean(), has_xmin: z.boolean() });

Deno.test("between two chunks no session of a load is in a transaction or holds an xmin, and one session reads them all", async () => {
  await using lane = await open();
  const { source } = lane.pair;
  await using admin = await connect(source.server.url(source.name));
  const readers = new Set<number>();
  const late: unknown[] = [];
  let chunks = 0;
  lane.onMoment = async (_table, moment) => {
    const { rows } = await admin.query(
      `select pid, xact_start is not null as is_open, backend_xmin is not null as has_xmin,
         query like '%rollback%' as has_read
       from pg_stat_activity
       where datname = current_database() and application_name = 'teleport load'`,
    );
    const sessions = rows.map((row) => ({ ...sessionRow.parse(row), hasRead: row.has_read }));
    ok(sessions.length > 0);
    late.push(
      ...sessions.filter(({ is_open, has_xmin }) => is_open || has_xmin)
        .map((session) => ({ moment, ...session })),
    );
    if (moment !== "chunk") return;
    chunks += 1;
    for (const { pid, hasRead } of sessions) if (hasRead) readers.add(pid);
  };
  await lane.load(["large"], { workers: 1, chunkBytes: 8192 });
  ok(chunks > 20, `${chunks} chunks`);
  deepStrictEqual(late, []);
  strictEqual(readers.size, 1);
});
