/** DDL between rows: each kind that could reach the target before or after the rows it belongs to. */
import { deepStrictEqual, match, ok } from "node:assert/strict";
import { openPair, type Pair, waitFor } from "../pair/mod.ts";
import { connect, runSql } from "../postgres/mod.ts";

const setup = `
  create type mood as enum ('a', 'b');
  create table enumed (id int primary key, m mood default 'a');
  create type kind as enum ('a', 'b', 'c');
  create table kinds (id int primary key, k kind default 'b');
  create table keyed (m mood primary key, v int);
  create table moved (id int primary key, other int not null, v text);
  create table parent (id int primary key, v text);
  create table child (id int primary key, parent_id int references parent on delete cascade);
  create table stamped (id int primary key, utc timestamp, elsewhere timestamp);
  create table packed (id int primary key, v text);
  create table busy (id int primary key, v int);
  create table viewed (id int primary key, v int)`;

function there(pair: Pair): string {
  return pair.target.server.url(pair.target.name);
}

async function equal(pair: Pair, ...names: string[]): Promise<void> {
  const tables = names.map((name) => ({ schema: "public", name }));
  await waitFor(async () => {
    const { source, target } = await pair.digests(tables).catch(() => ({ source: 0, target: 1 }));
    return JSON.stringify(source) === JSON.stringify(target);
  }, {
    what: `${names.join(", ")} to be equal`,
    explain: async () => [await pair.digests(tables), pair.lines.slice(-30)],
  });
}

/** Runs `work` while the target's instance is away, so that its events are queued. */
async function whileAway(pair: Pair, work: () => Promise<unknown>): Promise<void> {
  await pair.targetInstance?.stop();
  await work();
  await pair.startTarget();
}

function reloads(pair: Pair, table: string): number {
  return pair.lines.filter((line) =>
    line.includes("has to be loaded again") && line.includes(`public.${table}`)
  ).length;
}

async function testLiveOrder(pair: Pair, t: Deno.TestContext): Promise<void> {
  await pair.start();
  await pair.caughtUp();

  await t.step("a new label of an enum is usable in the batch that follows", async () => {
    await pair.write("alter type mood add value 'c'");
    await pair.write(
      "insert into enumed values (1, 'c'); alter table enumed alter m set default 'c'",
    );
    await pair.write("alter type mood add value 'aa' before 'b'");
    await pair.write("insert into enumed values (2, 'aa'); insert into enumed values (3)");
    await equal(pair, "enumed");
    await pair.write("insert into keyed select m, 1 from unnest(enum_range(null::mood)) m");
    await equal(pair, "keyed");
  });

  await t.step("a label is renamed while keys with the old one are queued", async () => {
    await whileAway(pair, async () => {
      await pair.write("update keyed set v = v + 1");
      await pair.write("alter type mood rename value 'b' to 'B'");
      await pair.write(
        "update keyed set v = v + 10 where m = 'B'; delete from keyed where m = 'a'",
      );
    });
    await equal(pair, "keyed", "enumed");
  });

  await t.step(
    "labels are removed and reordered while rows of the target still hold them",
    async () => {
      await pair.write(
        "insert into kinds values (1, 'a'), (2, 'b'), (3, 'c'); insert into kinds values (4)",
      );
      await equal(pair, "kinds");
      await whileAway(pair, async () => {
        await pair.write(
          "update kinds set k = 'c' where k = 'b'; insert into kinds values (5, 'c')",
        );
        await pair.write(
          `alter type kind rename to kind_before; create type kind as enum ('c', 'a');
        alter table kinds alter k drop default; alter table kinds alter k type kind using k::text::kind;
        alter table kinds alter k set default 'a'; drop type kind_before`,
        );
        await pair.write("insert into kinds values (6); delete from kinds where id = 1");
      });
      await equal(pair, "kinds");
    },
  );

  await t.step("the primary key moves to another column while keys are queued", async () => {
    await pair.write("insert into moved select n, 1000 - n, 'x' from generate_series(1, 100) n");
    await equal(pair, "moved");
    await whileAway(pair, async () => {
      await pair.write(
        "update moved set v = 'old key' where id < 10; delete from moved where id = 50",
      );
      await pair.write("alter table moved drop constraint moved_pkey, add primary key (other)");
      await pair.write(
        "update moved set v = 'new key' where id > 90; delete from moved where id = 60",
      );
    });
    await equal(pair, "moved");
    await pair.write("update moved set other = other + 5000 where id < 20");
    await equal(pair, "moved");
  });

  await t.step("rows and DDL of tables with foreign keys, in one transaction", async () => {
    await pair.write(`begin; insert into parent select n, 'p' from generate_series(1, 20) n;
      insert into child select n, n from generate_series(1, 20) n; commit`);
    await equal(pair, "parent", "child");
    await waitFor(async () => {
      const rows = await runSql(
        there(pair),
        "select 1 from pg_constraint where contype = 'f' and conrelid = 'public.child'::regclass",
      );
      return rows.length === 1;
    }, { what: "the foreign key", explain: () => pair.lines.slice(-20) });
    // PostgreSQL itself wants its own pending events gone before ALTER TABLE.
    await pair.write(`begin; insert into child values (100, 1); delete from parent where id > 15;
      insert into parent values (200, 'new'); insert into child values (200, 200);
      set constraints all immediate; alter table child add column w int default 7;
      alter table parent add column made timestamptz default now(); update child set w = id where id < 5;
      commit`);
    await equal(pair, "parent", "child");
  });

  await t.step("a timestamp becomes one with a zone, with a rewrite and without", async () => {
    await pair.write(`insert into stamped select n, '2020-01-01'::timestamp + n * interval '1 hour',
      '2020-06-01'::timestamp + n * interval '1 day' from generate_series(1, 50) n`);
    await equal(pair, "stamped");
    await pair.write("set timezone = 'UTC'; alter table stamped alter utc type timestamptz");
    await pair.write("insert into stamped values (100, now(), now())");
    await equal(pair, "stamped");
    await pair.write(
      "set timezone = 'America/New_York'; alter table stamped alter elsewhere type timestamptz",
    );
    await pair.write("insert into stamped values (101, now(), now())");
    await equal(pair, "stamped");
  });

  await t.step("VACUUM FULL and CLUSTER load nothing, alone", async () => {
    await pair.write("insert into packed select n, n from generate_series(1, 100) n");
    await equal(pair, "packed");
    await pair.write("vacuum full packed");
    await pair.write("cluster packed using packed_pkey");
    await pair.write("insert into packed values (200, 'after')");
    await equal(pair, "packed");
    // DDL on another table has the catalogs looked at.
    await pair.write("alter table busy add column seen int; insert into busy values (0, 0, 0)");
    await equal(pair, "busy");
    deepStrictEqual(reloads(pair, "packed"), 0);
    await pair.write("alter table packed add column made timestamptz default now()");
    await pair.write("vacuum full packed");
    await equal(pair, "packed");
  });

  await t.step("readers of the target wait for DDL no longer than a lock_timeout", async () => {
    await pair.write("insert into busy values (1, 1, 1)");
    await equal(pair, "busy");
    await using holder = await connect(there(pair));
    await holder.query("begin; select * from public.busy");
    await pair.write(
      "alter table busy alter v type bigint; insert into busy values (2, 5000000000, 2)",
    );
    await waitFor(async () => {
      const rows = await runSql(
        there(pair),
        "select 1 from pg_locks where not granted and relation = 'public.busy'::regclass",
      );
      return rows.length > 0;
    }, { what: "the batch to wait for its lock", explain: () => pair.lines.slice(-20) });
    const begun = performance.now();
    await runSql(there(pair), "select count(*) from public.busy");
    const waitedMs = performance.now() - begun;
    ok(waitedMs < 4000, `a reader waited ${waitedMs} ms`);
    await holder.query("commit");
    await equal(pair, "busy");
  });

  await t.step(
    "a reader of the target that is older than a TRUNCATE sees no rows, younger ones all",
    async () => {
      await pair.write(
        "delete from packed; insert into packed (id, v) select n, n from generate_series(1, 100) n",
      );
      await equal(pair, "packed");
      await using reader = await connect(there(pair));
      await reader.query(
        "begin isolation level repeatable read; select count(*) from public.parent",
      );
      await pair.write("truncate packed; insert into packed (id, v) values (1, 'new'), (2, 'new')");
      await equal(pair, "packed");
      const count = async () =>
        (await reader.query("select count(*)::int as n from public.packed")).rows[0]?.n;
      deepStrictEqual(await count(), 0);
      await reader.query("commit");
      deepStrictEqual(await count(), 2);
    },
  );

  await t.step("somebody's view keeps back a column's type, and its rows alone", async () => {
    await pair.write("insert into viewed values (1, 1)");
    await equal(pair, "viewed");
    await runSql(there(pair), "create view public.mine as select v from public.viewed");
    await pair.write("alter table viewed alter v type text using v || 'x'");
    await pair.write(
      "insert into viewed values (2, 'not a number'); insert into packed values (300, 'y')",
    );
    await equal(pair, "packed");
    await waitFor(async () => {
      const rows = await runSql(
        there(pair),
        "select error from teleport.applied_schema where error is not null",
      );
      return rows.some(({ error }) => /alter type .*used by a view/.test(String(error)));
    }, { what: "the refusal", explain: () => pair.lines.slice(-20) });
    await runSql(there(pair), "drop view public.mine");
    await equal(pair, "viewed");
    const [column] = await runSql(
      there(pair),
      "select format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = 'public.viewed'::regclass and attname = 'v'",
    );
    match(String(column?.type), /text/);
  });
}

for (
  const { source, isSuperuser } of [
    { source: 18, isSuperuser: true },
    { source: 18, isSuperuser: false },
    { source: 10, isSuperuser: true },
    { source: 10, isSuperuser: false },
  ]
) {
  const how = isSuperuser ? "event triggers" : "polling";
  Deno.test(`DDL keeps its place between rows, with ${how} (PostgreSQL ${source})`, async (t) => {
    await using pair = await openPair({ setup, source, target: source, isSuperuser });
    await testLiveOrder(pair, t);
  });
}
