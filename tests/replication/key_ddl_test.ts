/** The application's DDL on key columns while it writes: no statement of its fails and no row is lost. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { openPair, type Pair, Random, say, waitFor } from "../pair/mod.ts";
import { connect } from "../postgres/mod.ts";

const seed = Number(Deno.env.get("TELEPORT_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32));

const tables = [{ schema: "public", name: "item" }, { schema: "public", name: "still" }];

const setup = `
  create sequence numbers; create type grade as enum ('good', 'bad');
  create table item (id int primary key default nextval('numbers'), other int not null default nextval('numbers'),
    kind grade default 'good', r int, v int default 0);
  create table still (id serial primary key, r int);
  insert into item (r) select n from generate_series(1, 500) n`;

/** Valid whatever the key is called and made of. Each of three writers has rows of its own: no deadlocks. */
function statement(random: Random, writer: number): string {
  const r = 3 * random.int(0, 333) + writer;
  switch (random.int(0, 4)) {
    case 0:
      return `insert into item (r) select ${r} + 3 * n from generate_series(1, 3) n`;
    case 1:
      return `update item set v = v + 1 where r between ${r} and ${r + 60} and r % 3 = ${writer}`;
    case 2:
      return `delete from item where r = ${r}`;
    case 3:
      return `begin; insert into still (r) values (${r}); update item set v = -v where r = ${r};
        insert into item (r) values (${r}); commit`;
    default:
      return `begin; update item set v = v + 3 where r = ${r}; savepoint s;
        insert into item (r) values (${r}); rollback to s; commit`;
  }
}

const changes = [
  "alter table item alter id type bigint",
  "alter table item rename id to number",
  "alter table item alter number type text",
  "alter table item rename to item_2; alter table item_2 rename to item",
  "alter table item drop constraint item_pkey, add primary key (other)",
  "alter table item drop column number",
  "alter table item alter other type numeric using other + 0.5",
  "alter table item add column serial bigserial; alter table item drop constraint item_pkey, add primary key (serial, other)",
  "alter type grade rename value 'bad' to 'poor'",
  "alter table item drop column other, add primary key (serial)",
  "alter table item rename serial to id",
];

interface Writing {
  isDone: boolean;
  written: number;
}

async function write(pair: Pair, state: Writing, writer: number): Promise<void> {
  const random = new Random(seed).fork(writer);
  await using session = await connect(pair.source.urlAs(pair.owner));
  while (!state.isDone) {
    await session.query(statement(random, writer));
    state.written += 1;
  }
}

for (
  const { source, isSuperuser } of [
    { source: 18, isSuperuser: true },
    { source: 18, isSuperuser: false },
    { source: 10, isSuperuser: false },
  ]
) {
  const how = isSuperuser ? "event triggers" : "polling";
  Deno.test(`DDL on a key fails no writer and loses no row, with ${how} (PostgreSQL ${source})`, async () => {
    await using pair = await openPair({ setup, source, isSuperuser });
    await pair.start();
    await pair.caughtUp();
    const state = { isDone: false, written: 0 };
    // A writer that fails is seen at the end, by its own error.
    const writers = Promise.all([0, 1, 2].map((n) => write(pair, state, n)));
    writers.catch(() => {});
    try {
      for (const change of changes) {
        const before = state.written;
        await pair.write(change);
        await waitFor(() => state.written >= before + 15, {
          what: `writers to go on after ${change}`,
          explain: () => Promise.race([writers, "no error"]).catch(String),
        });
      }
    } finally {
      state.isDone = true;
    }
    await writers;
    say(`seed ${seed}, ${state.written} transactions`);
    await waitFor(async () => {
      await pair.caughtUp();
      const { source, target } = await pair.digests(tables);
      return JSON.stringify(source) === JSON.stringify(target);
    }, { what: "both sides to be equal", explain: () => pair.lines.slice(-40) });
    await pair.write("update item set v = 77 where r % 3 = 0; delete from item where r % 11 = 0");
    await pair.caughtUp();
    const { source: there, target } = await pair.digests(tables);
    deepStrictEqual(target, there, pair.lines.slice(-20).join("\n"));
    ok(!there.item?.startsWith("0:"));
  });
}
