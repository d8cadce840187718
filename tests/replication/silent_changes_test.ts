/** Changes that leave no row event: disabled triggers, a default that fills old rows, policies that hide rows. */
import { deepStrictEqual, match } from "node:assert/strict";
import { openPair, type Pair, targetName, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

const tables = [
  { schema: "public", name: "item" },
  { schema: "public", name: "part" },
  { schema: "public", name: "hidden" },
];

const setup = `
  create table item (id int primary key, v text);
  create table part (id int primary key, v text) partition by range (id);
  create table part_1 partition of part for values from (0) to (1000);
  create table hidden (id int primary key, v text)`;
const setup10 = setup.replace(" partition by range (id)", "")
  .replace("create table part_1 partition of part for values from (0) to (1000);", "");

async function equal(pair: Pair, what: string): Promise<void> {
  await waitFor(async () => {
    const { source, target } = await pair.digests(tables);
    return JSON.stringify(source) === JSON.stringify(target);
  }, { what, explain: () => pair.lines.slice(-40) });
  await pair.caughtUp();
}

for (const source of [10, 18]) {
  Deno.test(`What leaves no row event reaches the target all the same (PostgreSQL ${source})`, async (t) => {
    await using pair = await openPair({ setup: source === 10 ? setup10 : setup, source });
    await pair.start();
    await pair.caughtUp();
    const fill = tables.map(({ name }) =>
      `insert into ${name} select n, 'x' from generate_series(1, 100) n`
    );
    await pair.write(fill.join(";"));
    await equal(pair, "the first rows");

    await t.step("rows written while triggers were disabled", async () => {
      const leaf = source === 10 ? "part" : "part_1";
      await pair.write(
        `alter table item disable trigger user; alter table ${leaf} disable trigger all;
        update item set v = 'unseen' where id < 50; delete from item where id > 90;
        insert into ${leaf} select n, 'unseen' from generate_series(200, 250) n; delete from ${leaf} where id = 5;
        alter table item enable trigger user; alter table ${leaf} enable trigger all`,
      );
      await equal(pair, "the unseen rows");
      await pair.write("update item set v = v || '!'; update part set v = v || '!'");
      await equal(pair, "what follows");
    });

    await t.step("old rows that a new column's default fills with the moment", async () => {
      await pair.write(`alter table item add column made timestamptz default now();
        alter table part add column made timestamptz default clock_timestamp();
        insert into item (id, v) values (500, 'later'); update item set v = 'again' where id < 10`);
      await equal(pair, "the source's moment");
    });

    await t.step(
      "a table whose rows a policy hides is held, and follows when it may be read",
      async () => {
        await pair.write(
          `alter table hidden enable row level security; alter table hidden force row level security;
        create policy upper_half on hidden using (id > 50) with check (true);
        update hidden set v = 'policy'; insert into hidden values (101, 'new'); insert into item (id, v) values (501, 'flows')`,
        );
        const held = await waitFor(async () => {
          const status = await pair.readStatus();
          return status?.targets[targetName]?.tables.find(({ state }) => state === "held");
        }, { what: "a table to be held", explain: () => pair.lines.slice(-40) });
        deepStrictEqual(held.name, "hidden");
        match(held.reason ?? "", /row-level security/);
        const there = pair.target.server.url(pair.target.name);
        await waitFor(async () => {
          const [row] = await runSql(there, "select 1 as there from public.item where id = 501");
          return row !== undefined;
        }, { what: "the other tables to flow", explain: () => pair.lines.slice(-40) });
        // Nothing was taken for deleted because the policy hid it.
        const [count] = await runSql(there, "select count(*)::int as n from public.hidden");
        deepStrictEqual(count?.n, 100);
        await pair.write(
          "alter table hidden disable row level security, no force row level security",
        );
        await equal(pair, "the held table");
      },
    );
  });
}
