/** Leaves that are truncated, attached and detached while rows are written, from end to end. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { openPair, type Pair, Random, say, targetName, waitFor } from "../pair/mod.ts";
import { connect } from "../postgres/mod.ts";

const seed = Number(Deno.env.get("TELEPORT_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32));
const tables = [{ schema: "public", name: "m" }];

const setup = `
  create table m (id int, at int, v text, primary key (id, at)) partition by range (at);
  create table m_1 partition of m for values from (0) to (100);
  create table m_2 partition of m for values from (100) to (200) partition by range (id);
  create table m_2_a partition of m_2 for values from (0) to (500);
  create table m_2_b partition of m_2 for values from (500) to (100000);
  create table m_3 partition of m for values from (200) to (300)`;

async function equal(pair: Pair): Promise<void> {
  await pair.caughtUp();
  const { source, target } = await pair.digests(tables);
  deepStrictEqual(target, source, pair.lines.slice(-20).join("\n"));
}

/** One of three writers, each with ids of its own: none waits for a row that another has locked. */
async function write(
  pair: Pair,
  { number, state, random }: { number: number; state: { isDone: boolean }; random: Random },
): Promise<void> {
  await using session = await connect(pair.source.urlAs(pair.owner));
  while (!state.isDone) {
    const [id, at] = [3 * random.int(0, 333) + number, random.int(0, 299)];
    await session.query(random.pick([
      `insert into m select ${id} + 3 * n, ${at}, 'w' from generate_series(1, 5) n on conflict do nothing`,
      `update m set v = v || '.' where id between ${id} and ${id + 150} and id % 3 = ${number}`,
      `update m set at = (at + 100) % 300 where id = ${id} and (select count(*) from m where id = ${id}) = 1`,
      `delete from m where id = ${id}`,
      `truncate ${random.pick(["m_1", "m_2_a", "m_2", "m_3"])}`,
      `begin; truncate m_3; insert into m values (${id}, 250, 'again') on conflict do nothing; commit`,
    ]));
  }
}

for (const source of [14, 18]) {
  Deno.test(`Leaves are truncated, attached and detached from end to end (PostgreSQL ${source})`, async (t) => {
    say(`seed ${seed}`);
    await using pair = await openPair({ setup, source });
    await pair.start();
    await pair.caughtUp();

    await t.step("a truncated leaf takes its own rows and no others", async () => {
      await pair.write("insert into m select n, n % 300, 'x' from generate_series(1, 600) n");
      await equal(pair);
      await pair.write("truncate m_1");
      await equal(pair);
      const { target } = await pair.digests(tables);
      deepStrictEqual(target.m?.split(":")[0], "400");
      await pair.write("begin; truncate m_2_a; insert into m values (3, 150, 'again'); commit");
      await equal(pair);
      await pair.write("truncate m_2");
      await equal(pair);
      ok(!pair.lines.some((line) => /reload|loading/i.test(line) && /\bm\b/.test(line)));
    });

    await t.step("leaves are truncated while rows are written and moved", async () => {
      const state = { isDone: false };
      const random = new Random(seed);
      const writers = Promise.all(
        [0, 1, 2].map((number) => write(pair, { number, state, random: random.fork(number) })),
      );
      writers.catch(() => {});
      const batches = async () => {
        await using target = await connect(pair.target.server.url(pair.target.name));
        const { rows } = await target.query("select sum(batches)::int as n from teleport.applied");
        return Number(rows[0].n);
      };
      const before = await batches();
      await waitFor(async () => await batches() >= before + 12, {
        what: "twelve batches",
        deadlineMs: 120_000,
        explain: () => pair.lines.slice(-20),
      }).finally(() => state.isDone = true);
      await writers;
      await equal(pair);
    });

    await t.step("a table with rows that is attached brings them", async () => {
      await pair.write(`create table loose (id int, at int, v text, primary key (id, at));
        insert into loose select n, 350, 'loose' from generate_series(1, 50) n;
        alter table m attach partition loose for values from (300) to (400);
        update m set v = 'through the root' where at = 350 and id < 10;
        insert into m values (99, 360, 'new')`);
      await waitFor(async () => {
        const { source, target } = await pair.digests(tables);
        return source.m === target.m;
      }, { what: "the attached rows", explain: () => pair.lines.slice(-40) });
    });

    await t.step(
      "a partition that is detached takes its rows away, and is a table of its own",
      async () => {
        await pair.write(`alter table m detach partition loose; update loose set v = 'alone';
        update m set v = 'after' where id < 100`);
        const ownState = async () => {
          const status = await pair.readStatus();
          return status?.targets[targetName]?.tables.find(({ name }) => name === "loose")?.state;
        };
        await waitFor(async () => {
          const { source, target } = await pair.digests([...tables, {
            schema: "public",
            name: "loose",
          }]);
          return await ownState() === "streaming" &&
            JSON.stringify(source) === JSON.stringify(target);
        }, { what: "the detached table", explain: () => pair.lines.slice(-40) });
      },
    );

    await t.step(
      "rows that come right after a partition's bounds have changed lie where they should",
      async () => {
        const places = ["m", "m_3", "m_rest"].map((name) => ({ schema: "public", name }));
        await pair.write(
          "create table m_rest partition of m default; insert into m values (1, 260, 'x') on conflict do nothing",
        );
        await equal(pair);
        await pair.write(`begin; delete from m where at >= 250; alter table m detach partition m_3;
        alter table m attach partition m_3 for values from (200) to (250); commit;
        insert into m select n, 260, 'rest' from generate_series(1, 20) n`);
        await waitFor(async () => {
          const { source, target } = await pair.digests(places);
          return JSON.stringify(source) === JSON.stringify(target);
        }, { what: "each partition to have its rows", explain: () => pair.lines.slice(-40) });
        await pair.caughtUp();
      },
    );
  });
}
