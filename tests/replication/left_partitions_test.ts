/** Partitions that are detached or dropped: their rows leave the tree on the target too, without a load where it can be. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { openPair, type Pair, targetName, waitFor } from "../pair/mod.ts";
import { openServers, runSql } from "../postgres/mod.ts";

const setup = `
  create table m (id int, at int, v text, primary key (id, at)) partition by range (at);
  create table m_1 partition of m for values from (0) to (100);
  create table m_2 partition of m for values from (100) to (200) partition by list (id);
  create table m_2_a partition of m_2 for values in (1, 2, 3);
  create table m_2_b partition of m_2 for values in (4, 5, 6);
  create table m_3 partition of m for values from (200) to (300);
  create table words (id int, k text, primary key (id, k)) partition by range (k);
  create table words_1 partition of words for values from ('a') to ('m');
  create table words_2 partition of words for values from ('m') to ('z');
  create table h (id int primary key, v text) partition by hash (id);
  create table h_0 partition of h for values with (modulus 2, remainder 0);
  create table h_1 partition of h for values with (modulus 2, remainder 1);
  create table rest (id int, at int, primary key (id, at)) partition by range (at);
  create table rest_1 partition of rest for values from (0) to (100);
  create table rest_2 partition of rest default`;
const fill =
  `insert into m select n, at, 'x' from generate_series(1, 6) n, generate_series(0, 299, 7) at;
  insert into words select n, chr(97 + n % 25) from generate_series(1, 100) n;
  insert into h select n, 'x' from generate_series(1, 100) n;
  insert into rest select n, n from generate_series(1, 200) n`;

async function equal(pair: Pair, names: readonly string[]): Promise<void> {
  const tables = names.map((name) => ({ schema: "public", name }));
  await waitFor(async () => {
    try {
      const { source, target } = await pair.digests(tables);
      const states = (await pair.readStatus())?.targets[targetName]?.tables ?? [];
      return JSON.stringify(source) === JSON.stringify(target) &&
        names.every((name) => states.find((table) => table.name === name)?.state === "streaming");
    } catch {
      return false; // not there yet
    }
  }, {
    what: `${names} to be equal and to follow`,
    deadlineMs: 120_000,
    explain: async () => [await pair.readStatus(), pair.lines.slice(-40)],
  });
}

/** Which tables were loaded since. */
async function loadedBy(pair: Pair, work: () => Promise<void>): Promise<string[]> {
  const before = pair.lines.length;
  await work();
  return [
    ...new Set(
      pair.lines.slice(before).flatMap((line) =>
        / INFO +Loading .*table=(\S+)/.exec(line)?.[1] ?? []
      ),
    ),
  ].sort();
}

for (
  const { major, isSuperuser } of [{ major: 18, isSuperuser: true }, {
    major: 14,
    isSuperuser: false,
  }]
) {
  const how = `${isSuperuser ? "event triggers" : "polling"}, PostgreSQL ${major}`;
  Deno.test(`What leaves a tree is gone from it on the target (${how})`, async (t) => {
    await using servers = await openServers({ source: major, target: major });
    await using pair = await openPair({ servers, setup, isSuperuser });
    await pair.start();
    await pair.caughtUp();
    await pair.write(fill);
    await equal(pair, ["m", "words", "h", "rest"]);

    await t.step(
      "a dropped partition takes nothing else along, and nothing is loaded",
      async () => {
        const loaded = await loadedBy(pair, async () => {
          await pair.write(`begin; update m set v = 'before' where id < 3; drop table m_1;
            update m set v = v || ' after' where at < 150; commit`);
          await equal(pair, ["m"]);
          await pair.write(`update m set v = 'gone' where id < 5; drop table m_2_b`);
          await equal(pair, ["m"]);
        });
        deepStrictEqual(loaded, []);
      },
    );

    await t.step(
      "a detached partition is loaded by itself, and its former tree is not",
      async () => {
        const loaded = await loadedBy(pair, async () => {
          await pair.write(
            `update m set v = 'before' where id < 3; alter table m detach partition m_3;
            update m_3 set v = v || ' alone'; delete from m_3 where id = 4; insert into m_3 values (9, 9, 'new')`,
          );
          await equal(pair, ["m", "m_3"]);
        });
        deepStrictEqual(loaded, ["public.m_3"]);
      },
    );

    await t.step("a tree of partitions that is detached is loaded as a whole", async () => {
      const loaded = await loadedBy(pair, async () => {
        await pair.write(`alter table m detach partition m_2; update m_2 set v = 'alone'`);
        await equal(pair, ["m", "m_2"]);
      });
      deepStrictEqual(loaded, ["public.m_2"]);
    });

    await t.step("a tree that another server may divide otherwise is loaded again", async () => {
      const loaded = await loadedBy(pair, async () => {
        await pair.write(`alter table words detach partition words_1; drop table h_1;
            alter table rest detach partition rest_2`);
        await equal(pair, ["words", "words_1", "h", "rest", "rest_2"]);
      });
      deepStrictEqual(
        loaded,
        ["h", "rest", "rest_2", "words", "words_1"].map((name) => `public.${name}`),
      );
    });

    await t.step("what the target does not let go leaves the tree by a load", async () => {
      await pair.write(`create table s (id int primary key, v text) partition by range (id);
          create table s_1 partition of s for values from (0) to (100);
          create table s_2 partition of s for values from (100) to (200);
          insert into s select n, 'x' from generate_series(1, 199) n`);
      await equal(pair, ["s"]);
      const onTarget = (sql: string) => runSql(pair.target.server.url(pair.target.name), sql);
      await onTarget("create view kept as select * from s_1");
      await pair.write("drop table s_1; update s set v = 'after'");
      await equal(pair, ["s"]);
      await onTarget("drop view kept");
      await waitFor(
        async () => (await onTarget("select to_regclass('s_1') as t"))[0]?.t === null,
        {
          what: "the partition to be dropped",
          explain: () => pair.lines.slice(-20),
        },
      );
      await equal(pair, ["s"]);
    });
    ok(pair.lines.every((line) => !/partial|needs? an initial load/.test(line)));
  });
}
