/** A label is taken out of an enum while the target's rows still hold it. */
import { deepStrictEqual } from "node:assert/strict";
import { openPair, type Pair, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

const setup = `
  create type mood as enum ('good', 'so-so', 'bad');
  create table diary (id int primary key, m mood not null default 'good', v text);
  create table by_mood (m mood primary key, n int);
  create view moods as select id, m from diary where m > 'good'`;

const without = `
  drop view moods;
  alter type mood rename to mood_before; create type mood as enum ('bad', 'good');
  alter table diary alter m drop default, alter m type mood using m::text::mood, alter m set default 'bad';
  alter table by_mood alter m type mood using m::text::mood;
  drop type mood_before;
  create view moods as select id, m from diary where m > 'bad'`;

async function equal(pair: Pair, names: readonly string[]): Promise<void> {
  const tables = names.map((name) => ({ schema: "public", name }));
  await waitFor(async () => {
    const { source, target } = await pair.digests(tables).catch(() => ({ source: 0, target: 1 }));
    return JSON.stringify(source) === JSON.stringify(target);
  }, {
    what: `${names} to be equal`,
    deadlineMs: 180_000,
    explain: async () => [
      (await pair.readStatus())?.targets,
      await pair.targetInstance?.readStatus(),
      pair.lines.slice(-30),
    ],
  });
}

for (
  const { source, isSuperuser } of [
    { source: 18, isSuperuser: true },
    { source: 10, isSuperuser: false },
  ]
) {
  const how = `${isSuperuser ? "event triggers" : "polling"}, PostgreSQL ${source}`;
  Deno.test(`A label goes from an enum whose rows on the target hold it (${how})`, async () => {
    await using pair = await openPair({ setup, source, isSuperuser });
    await pair.start();
    await pair.caughtUp();
    await pair.write(
      `insert into diary select n, (array['good', 'so-so', 'bad'])[n % 3 + 1]::mood, 'x'
        from generate_series(1, 99) n;
      insert into by_mood values ('good', 1), ('so-so', 2), ('bad', 3)`,
    );
    await equal(pair, ["diary", "by_mood"]);

    // The rows lose it in the transaction that takes it away: none of them is sent before.
    await pair.write(`begin; update diary set m = 'bad' where m = 'so-so';
      delete from by_mood where m = 'so-so'; ${without}; commit;
      insert into diary values (100, 'good', 'new'); update by_mood set n = 10 where m = 'bad'`);

    await equal(pair, ["diary", "by_mood", "moods"]);
    const labels =
      `select array_agg(enumlabel::text order by enumsortorder) as labels from pg_enum e
      join pg_type t on t.oid = e.enumtypid group by typname`;
    const there = pair.target.server.url(pair.target.name);
    await waitFor(async () => (await runSql(there, labels)).length === 1, {
      what: "the old type to go",
      explain: () => pair.lines.slice(-20),
    });
    deepStrictEqual(await runSql(there, labels), [{ labels: ["bad", "good"] }]);
    await pair.write("insert into diary (id, v) values (101, 'by default')");
    await equal(pair, ["diary", "moods"]);
  });
}
