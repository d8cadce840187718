/** Partitioned tables, partitions as tables of their own, and old-style inheritance. */
import assert from "node:assert/strict";
import { migrate } from "../../src/state/mod.ts";
import { availableMajors } from "../postgres/mod.ts";
import { type Bench, hasStatementLevel, majors, openBench, Servers } from "./bench.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

// Two levels, and leaves whose columns come in another order, with a dropped one before the key.
const partitioned = `
  create table m (id int, region text, at int, v text, primary key (id, region))
    partition by list (region);
  create table m_eu partition of m for values in ('eu') partition by range (id);
  create table m_eu_1 partition of m_eu for values from (0) to (100);
  create table m_eu_2 (junk int, v text, at int, region text not null, id int not null);
  alter table m_eu_2 drop column junk;
  alter table m_eu attach partition m_eu_2 for values from (100) to (200);
  create table m_us partition of m for values in ('us');`;

const rows = `
  truncate m;
  insert into m select n, 'eu', n, 'x' from generate_series(1, 120) n;
  insert into m select n, 'us', n, 'x' from generate_series(1, 50) n;`;

const statements: readonly { name: string; sql: string; since?: number }[] = [
  {
    name: "insert through the root",
    sql: "insert into m values (55, 'us', 1, 'n'), (155, 'eu', 1, 'n')",
  },
  { name: "insert into the middle", sql: "insert into m_eu values (150, 'eu', 1, 'n')" },
  {
    name: "insert into leaves",
    sql: `insert into m_us values (60, 'us', 1, 'n');
      insert into m_eu_2 (id, region) values (160, 'eu')`,
  },
  { name: "update through the root", sql: "update m set v = 'y' where id % 7 = 0" },
  { name: "update through the middle", sql: "update m_eu set v = 'y' where id % 7 = 0" },
  { name: "update of leaves", sql: "update m_us set v = 'y'; update m_eu_2 set v = 'z'" },
  {
    name: "rows that move between leaves",
    sql: "update m set id = id + 85 where region = 'eu' and id between 40 and 100",
  },
  {
    name: "rows that move across the tree",
    sql: "update m set region = 'us' where id between 60 and 110",
  },
  {
    name: "rows that move back through the middle",
    sql: "delete from m where id < 30; update m_eu set id = id - 100 where id > 115",
  },
  { name: "delete through the root", sql: "delete from m where id % 10 = 1" },
  {
    name: "delete from the middle and a leaf",
    sql: "delete from m_eu where id = 4; delete from m_us where id = 4",
  },
  { name: "truncate of the root", sql: "truncate m" },
  { name: "truncate of the middle", sql: "truncate m_eu" },
  { name: "truncate of a leaf", sql: "truncate m_eu_2" },
  {
    name: "on conflict do update",
    sql:
      "insert into m values (1, 'eu', 1, 'c'), (70, 'us', 1, 'c') on conflict (id, region) do update set v = excluded.v",
  },
  {
    name: "merge with a move",
    since: 15,
    sql: `merge into m using (values (1, 'eu'), (2, 'eu'), (71, 'us')) s (id, region)
      on m.id = s.id and m.region = s.region
      when matched and s.id = 1 then update set region = 'us', id = 90
      when matched then delete when not matched then insert values (s.id, s.region)`,
  },
];

const treeMajors = majors.filter((major) => major >= 11);

for (const major of treeMajors) {
  Deno.test(`A partitioned table travels through its root, however its rows are written (PostgreSQL ${major})`, async (t) => {
    await using bench = await openBench({ server: await servers.get(major), sql: partitioned });
    const unit = await bench.unit("m");
    assert.equal(unit.variant, "partitioned");
    assert.equal(unit.memberOids.length, 5);
    assert.deepEqual(unit.key.map((column) => column.name), ["id", "region"]);
    for (const { name, sql, since } of statements) {
      if (major < (since ?? 0)) continue;
      await t.step(name, async () => {
        await bench.app.query(rows);
        const events = await bench.expectCaptured(["m"], sql);
        const strangers = events.filter((event) =>
          event.kind === "row" && event.relation !== unit.relation
        );
        assert.deepEqual(strangers, []);
      });
    }
  });
}

for (const major of treeMajors) {
  Deno.test(`A row whose move a trigger of its new partition swallows leaves its key (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql: `create table s (id int primary key, v text) partition by range (id);
        create table s_1 partition of s for values from (0) to (100);
        create table s_2 partition of s for values from (100) to (200);
        insert into s select n from generate_series(1, 9) n;
        create function swallow() returns trigger language plpgsql as $$ begin return null; end $$;
        create trigger swallow before insert on s_2 for each row execute procedure swallow()`,
    });
    for (
      const sql of ["update s set id = 105 where id = 5", "update s set id = id + 100 where id > 6"]
    ) {
      await bench.expectCaptured(["s"], sql);
    }
    assert.equal((await bench.app.query("select from s")).rowCount, 5);
  });
}

Deno.test("A subscription's partitioned table gets row triggers on its leaves, which see moves", async (t) => {
  await using bench = await openBench({
    server: await servers.get(18),
    sql: partitioned,
    runsAs: "superuser",
    isInstalled: false,
  });
  await migrate(bench.teleport);
  // A subscription that never connects.
  await bench.admin.query(
    `create subscription ${bench.database.name} connection 'host=127.0.0.1 port=1'
    publication p with (connect = false)`,
  );
  await bench.admin.query(
    `insert into pg_subscription_rel (srsubid, srrelid, srsubstate)
    select oid, 'm'::regclass, 'r' from pg_subscription where subname = $1`,
    [bench.database.name],
  );
  await bench.install();
  const { rows: triggers } = await bench.admin.query(
    `select distinct tgrelid::regclass::text || ' ' || tgname || ' ' || tgenabled::text as text
     from pg_trigger where tgname like 'teleport%' order by 1`,
  );
  assert.deepEqual(triggers.map((row) => row.text), [
    "m teleport_truncate A",
    "m_eu teleport_truncate A",
    "m_eu_1 teleport_row A",
    "m_eu_1 teleport_truncate A",
    "m_eu_2 teleport_row A",
    "m_eu_2 teleport_truncate A",
    "m_us teleport_row A",
    "m_us teleport_truncate A",
  ]);
  for (const { name, sql } of statements) {
    await t.step(name, async () => {
      await bench.app.query(rows);
      await bench.expectCaptured(["m"], sql);
    });
  }
  // Its own catalog row is gone first, so that dropping does not look for the publisher.
  await bench.admin.query(`alter subscription ${bench.database.name} disable;
    alter subscription ${bench.database.name} set (slot_name = none)`);
  await bench.admin.query(`drop subscription ${bench.database.name}`);
});

Deno.test("Before PostgreSQL 11 every leaf with a key is a table of its own", async () => {
  await using bench = await openBench({
    server: await servers.get(10),
    sql: `create table m (id int not null, v text) partition by range (id);
      create table m_1 partition of m (primary key (id)) for values from (0) to (100);
      create table m_2 partition of m (primary key (id)) for values from (100) to (200);
      create table m_3 partition of m for values from (200) to (300);`,
  });
  assert.equal((await bench.unit("m")).variant, "none");
  assert.equal((await bench.unit("m_3")).variant, "none");
  assert.equal((await bench.unit("m_1")).variant, "row");
  await bench.expectCaptured(
    ["m_1", "m_2"],
    "insert into m select n, 'x' from generate_series(50, 150) n",
  );
  await bench.expectCaptured(["m_1", "m_2"], "update m set v = 'y' where id > 90");
  await bench.expectCaptured(
    ["m_1", "m_2"],
    "update m set id = id + 1000 where false; update m_1 set v = 'z'; delete from m_2",
  );
  await bench.expectCaptured(["m_1"], "truncate m");
});

Deno.test("A partitioned table without a key of its own leaves it to its partitions (PostgreSQL 18)", async () => {
  await using bench = await openBench({
    server: await servers.get(18),
    sql: `create table m (id int not null, r int, v text) partition by list (r);
      create table m_1 partition of m (primary key (id)) for values in (1);
      create table m_2 partition of m (primary key (id)) for values in (2);
      insert into m select n, 1 + n % 2, 'x' from generate_series(1, 50) n;`,
  });
  assert.equal((await bench.unit("m")).variant, "none");
  await bench.expectCaptured(["m_1", "m_2"], "update m set r = 3 - r where id < 20");
  await bench.expectCaptured(["m_1", "m_2"], "update m set id = id + 100");
  await bench.expectCaptured(["m_1", "m_2"], "delete from m where id > 120");
  await bench.expectCaptured(["m_1", "m_2"], "truncate m");
});

for (const major of majors) {
  Deno.test(`Inheritance parents and children are tables of their own (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql: `create table animal (id int primary key, name text);
        create table cat (lives int, primary key (id)) inherits (animal);
        create table lion (primary key (id)) inherits (cat);
        insert into animal select n, 'a' from generate_series(1, 10) n;
        insert into cat select n, 'c' from generate_series(1, 20) n;
        insert into lion select n, 'l' from generate_series(21, 30) n;`,
    });
    const animal = await bench.unit("animal");
    assert.equal(animal.variant, "row");
    assert.ok(animal.readsOnly);
    assert.deepEqual(animal.memberOids, [animal.relation]);
    const all = ["animal", "cat", "lion"];
    await bench.expectCaptured(all, "update animal set name = 'x' where id % 2 = 0");
    await bench.expectCaptured(all, "update animal set id = id + 100");
    await bench.expectCaptured(["cat", "lion"], "update cat set lives = 9");
    await bench.expectCaptured(["animal"], "delete from only animal where id < 105");
    await bench.expectCaptured(all, "delete from animal where id in (106, 107, 122)");
    await bench.expectCaptured(all, "truncate animal");
  });
}

async function reloads(bench: Bench, position: string): Promise<(string | null)[]> {
  const events = await bench.eventsAfter(position);
  const names = await bench.admin.query("select oid::int as oid, relname as name from pg_class");
  return events.filter((event) => event.kind === "reload")
    .map((event) => names.rows.find((row) => row.oid === event.relation)?.name ?? null).sort();
}

for (const major of treeMajors) {
  Deno.test(`A writer into a table that becomes a partition is waited for (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql: `create table m (id int primary key, v text) partition by range (id);
        create table loose (id int primary key, v text); insert into loose values (1, 'x')`,
    });
    await bench.expectCaptured(["m"], async () => {
      await bench.app.query("alter table m attach partition loose for values from (0) to (10)");
      await bench.app.query("begin; insert into loose values (2, 'under the old name')");
      const { refused } = await bench.install({ lockTimeoutMs: 100 });
      assert.match(refused[0]?.reason ?? "", /locked/);
      await bench.app.query("commit");
      assert.deepEqual((await bench.install()).refused, []);
    });
    await bench.expectCaptured(["m"], "update loose set v = 'y'");
  });
}

Deno.test("A partition that comes with rows gets their events; one that goes asks for a reload", async () => {
  await using bench = await openBench({ server: await servers.get(18), sql: partitioned + rows });
  await bench.app.query(`create table m_ap (like m including all);
    insert into m_ap select n, 'ap', n, 'x' from generate_series(1, 30) n`);
  await bench.grant();
  await bench.install();
  assert.equal((await bench.unit("m_ap")).variant, "statement");

  const generation = (await bench.unit("m")).generation;
  const attached = await bench.expectCaptured(["m"], async () => {
    await bench.app.query("alter table m attach partition m_ap for values in ('ap')");
    await bench.app.query("update m set v = 'direct' where region = 'ap' and id = 3");
    await bench.app.query("delete from m_ap where id = 7");
    assert.ok((await bench.install()).changed);
  });
  assert.equal(attached.filter((event) => event.kind === "reload").length, 0);
  const whole = (await bench.unit("m")).relation;
  assert.ok(
    attached.some(({ relation, key }) => relation === whole && key?.join() === "7,ap"),
    "a row that went between ATTACH and the look",
  );
  await bench.expectCaptured(["m"], "update m_ap set v = 'w' where id = 5");
  assert.equal((await bench.unit("m")).generation, generation);

  const position = await bench.position();
  await bench.app.query("alter table m detach partition m_ap; drop table m_us");
  assert.ok((await bench.install()).changed);
  const { relation } = await bench.unit("m");
  const events = await bench.eventsAfter(position, relation);
  assert.ok(
    events.some((event) => event.kind === "reload" && event.key?.join() === "left,public,m_us"),
  );
  assert.ok(
    events.some((event) => event.kind === "reload" && event.key?.join() === "left,public,m_ap"),
  );
  assert.equal((await bench.unit("m_ap")).variant, "statement");
  assert.equal((await bench.install()).changed, false);
  await bench.expectCaptured(["m_ap"], "update m_ap set v = 'own' where id = 6");
  await bench.expectCaptured(["m"], "update m set v = 'still' where id = 6");
});

// 13 is the one that has statement triggers and cannot replace them: they must be silent there.
const childMajors = [...majors, 13].filter((major) => availableMajors().includes(major));
for (const major of new Set(childMajors)) {
  Deno.test(`A table that gets a child is reloaded and captured by row (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql:
        `create table p (id int primary key, v text); create table c (id int primary key, v text);
        insert into p values (1, 'x'); insert into c values (2, 'x'); alter table c alter id set not null`,
    });
    const { generation } = await bench.unit("c");
    const changes = hasStatementLevel(major);
    const position = await bench.position();
    await bench.app.query("alter table c inherit p; update p set v = 'unseen'");
    await bench.install();
    assert.deepEqual(await reloads(bench, position), changes ? ["c", "p"] : []);
    const child = await bench.unit("c");
    assert.equal(child.variant, "row");
    assert.equal(child.generation, changes ? generation + 1 : generation);
    // The statement triggers are still there (only the owner can drop them) and must be silent.
    const events = await bench.expectCaptured(["p", "c"], "update p set v = 'seen'");
    assert.equal(events.length, 2);
    await bench.app.query("alter table c no inherit p");
    await bench.install();
    const again = await bench.expectCaptured(["c"], "update c set v = 'own'");
    assert.equal(again.length, 1);
  });
}

Deno.test("A foreign partition is reported; its local siblings are captured", async () => {
  await using bench = await openBench({
    server: await servers.get(18),
    sql: `create table m (id int not null, v text) partition by range (id);
      create table m_1 partition of m (primary key (id)) for values from (0) to (100)`,
  });
  await bench.admin.query(`create foreign data wrapper nowhere;
    create server nowhere foreign data wrapper nowhere;
    create foreign table m_2 partition of m for values from (100) to (200) server nowhere`);
  const { refused } = await bench.install();
  assert.deepEqual(
    refused.map(({ name, reason }) => `${name}: ${reason}`),
    [
      "m: it has no key of its own; partitions with a key are replicated as tables of their own",
      "m_2: it is a foreign table",
    ],
  );
  await bench.expectCaptured(["m_1"], "insert into m values (1, 'x')");
});
