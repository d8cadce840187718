/** With event triggers, capture follows the application's DDL inside its own transaction. */
import assert from "node:assert/strict";
import { type Bench, type Event, hasStatementLevel, majors, openBench, Servers } from "./bench.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

function open(major: number, sql: string): Promise<Bench> {
  return servers.get(major).then((server) =>
    openBench({ server, sql, runsAs: "superuser", useEventTriggers: true })
  );
}

const kinds = (events: readonly Event[]) => [...new Set(events.map((event) => event.kind))].sort();

for (const major of majors) {
  Deno.test(`A new table is captured before anyone can write into it (PostgreSQL ${major})`, async (t) => {
    await using bench = await open(major, "create table t (id int primary key, v text)");
    const ways = [
      "create table n (id int primary key, v text)",
      "create table n (id serial primary key, v text unique)",
      "create table n (like t including all)",
      "create table n as select 1 as id; alter table n add primary key (id)",
      "select 1 as id, 'x'::text as v into n; create unique index on n (id); alter table n alter id set not null",
      "create schema s; create table s.n (id int primary key); alter table s.n set schema public; drop schema s",
      "create table other (id int primary key); alter table other rename to n",
    ];
    for (const way of ways) {
      await t.step(way, async () => {
        const events = await bench.eventsOf(
          `begin; ${way}; insert into n (id) values (70), (71); commit`,
        );
        assert.deepEqual(kinds(events), ["ddl", "row"]);
        assert.deepEqual(
          events.filter((event) => event.kind === "row").map((event) => event.key?.join()).sort(),
          ["70", "71"],
        );
        const report = await bench.install();
        assert.equal(report.changed, false);
        assert.equal(report.eventTriggers, "installed");
        const dropped = await bench.eventsOf("drop table n");
        assert.deepEqual(kinds(dropped), ["ddl"]);
        assert.equal((await bench.install()).changed, false);
      });
    }
  });

  Deno.test(`DDL on a key makes new functions and a reload in its own transaction (PostgreSQL ${major})`, async (t) => {
    const changes = [
      { ddl: "alter table t rename id to number", write: "insert into t (number) values (70)" },
      { ddl: "alter table t alter id type text", write: "insert into t (id) values ('70')" },
      {
        ddl: "alter table t drop constraint t_pkey; alter table t add primary key (other)",
        write: "insert into t (other, id) values (70, 1)",
      },
      {
        ddl: "alter table t drop column id; alter table t add primary key (other)",
        write: "insert into t (other) values (70)",
      },
      {
        ddl:
          "alter type mood rename value 'sad' to 'blue'; alter table t drop constraint t_pkey, drop column id; alter table t add id mood primary key",
        write: "insert into t (id, other) values ('blue', 70)",
      },
    ];
    for (const { ddl, write } of changes) {
      await t.step(ddl, async () => {
        await using bench = await open(
          major,
          `create type mood as enum ('sad');
          create table t (id int primary key, other int not null default 1, v text)`,
        );
        const before = await bench.unit("t");
        await bench.app.query("insert into t (id) values (1); delete from t");
        const events = await bench.eventsOf(`begin; ${ddl}; ${write}; commit`);
        const own = events.filter((event) => event.relation === before.relation);
        const after = await bench.unit("t");
        assert.ok(after.generation > before.generation);
        assert.ok(after.isSignatureCurrent);
        assert.ok(own.some((event) => event.kind === "reload"));
        const rows = own.filter((event) => event.kind === "row");
        assert.deepEqual(rows.map((event) => event.generation), [after.generation]);
        assert.equal((await bench.install()).changed, false);
      });
    }
  });

  Deno.test(`Rewrites that change values ask for a reload, others do not (PostgreSQL ${major})`, async () => {
    await using bench = await open(
      major,
      "create table t (id int primary key, v text); insert into t values (1, '2')",
    );
    const { relation } = await bench.unit("t");
    const reload = async (sql: string) =>
      (await bench.eventsOf(sql)).some((event) =>
        event.kind === "reload" && event.relation === relation
      );
    assert.ok(await reload("alter table t alter v type int using v::int + 1"));
    assert.ok(await reload("alter table t add column r float8 default random()"));
    assert.equal(await reload("alter table t add column plain text"), false);
    assert.equal(await reload("alter table t set unlogged"), false);
    assert.equal(await reload("vacuum full t"), false);
  });

  Deno.test(`Changed types of keys, a dropped key index and a domain are followed (PostgreSQL ${major})`, async () => {
    await using bench = await open(
      major,
      `create type mood as enum ('a'); create domain d as int;
      create table e (id mood primary key); create table f (id d primary key);
      create table i (id int not null, v text); create unique index i_key on i (id)`,
    );
    for (
      const [table, ddl] of [
        ["e", "alter type mood rename value 'a' to 'b'"],
        ["f", "alter domain d add constraint c check (value < 1000)"],
      ] as const
    ) {
      const { relation } = await bench.unit(table);
      const events = await bench.eventsOf(ddl);
      assert.ok(
        events.some((event) => event.kind === "reload" && event.relation === relation),
        ddl,
      );
      assert.ok((await bench.unit(table)).isSignatureCurrent);
    }
    await bench.app.query("drop index i_key");
    assert.equal((await bench.unit("i")).variant, "none");
    const events = await bench.eventsOf("create unique index i_key on i (id)");
    assert.ok(events.some((event) => event.kind === "reload"));
    await bench.expectCaptured(["i"], "insert into i values (1)");
    assert.equal((await bench.install()).changed, false);
  });

  Deno.test(`Temporary tables, the schema teleport and grants leave no event (PostgreSQL ${major})`, async () => {
    await using bench = await open(major, "create table t (id int primary key)");
    const events = await bench.eventsOf(`create temp table x (id serial primary key, v text);
      create index on x (v); alter table x add column y int; create temp table z as select 1 as a; drop table x;
      discard temp; grant select on t to public; revoke select on t from public`);
    assert.deepEqual(events, []);
    assert.deepEqual(await bench.eventsOf(() => bench.install()), []);
    assert.deepEqual(
      await bench.eventsOf(() =>
        bench.admin.query("create table teleport.x (a int); drop table teleport.x")
      ),
      [],
    );
  });

  Deno.test(`Other DDL leaves a ddl event and nothing else (PostgreSQL ${major})`, async () => {
    await using bench = await open(major, "create table t (id int primary key, v text)");
    for (
      const sql of [
        "create view w as select * from t",
        "create sequence s",
        "create function f() returns int language sql as 'select 1'",
        "create index on t (v)",
        "comment on table t is 'x'",
        "alter table t add check (id > 0)",
        "drop view w",
        "create index concurrently c on t (v)",
        "drop index concurrently c",
        "alter sequence s rename to s2",
        "create type y as (a int)",
        "alter table t alter v set statistics 10",
      ]
    ) {
      assert.deepEqual(kinds(await bench.eventsOf(sql)), ["ddl"], sql);
    }
    assert.equal((await bench.install()).changed, false);
  });

  Deno.test(`Capture that cannot be installed never fails the DDL, and is installed later (PostgreSQL ${major})`, async () => {
    await using bench = await open(major, "create table t (id int primary key, v text)");
    await bench.admin.query("create table hidden.x (a int)").catch(() => {});
    // Somebody holds teleport's own row of the table.
    const blocker = await bench.session();
    await bench.admin.query("begin; select from teleport.capture for update");
    await bench.app.query("alter table t rename id to number");
    await bench.app.query("insert into t values (1, 'x')");
    await bench.admin.query("commit");
    await blocker.query("select 1");
    const events = await bench.eventsAfter("1:1:");
    assert.ok(
      events.some((event) =>
        event.kind === "ddl" && event.key?.[0] === "capture" && event.key[1] === "55P03"
      ),
    );
    assert.ok(events.some((event) => event.kind === "reload"));
    assert.ok((await bench.install()).changed);
    await bench.expectCaptured(["t"], "insert into t values (2, 'x')");
    await bench.admin.query("drop function teleport.sync_after_ddl(oid[])");
    await bench.app.query("alter table t rename number to id; insert into t values (3, 'x')");
    await bench.admin.query(
      "drop view teleport.event; drop table teleport.event_0, teleport.event_1, teleport.event_2",
    );
    await bench.app.query(
      "create table still_works (id int); alter table t add column z int; drop table still_works",
    );
  });
}

for (const major of majors.filter((each) => each >= 11)) {
  Deno.test(`Partitions that come, go and move are followed at once (PostgreSQL ${major})`, async () => {
    await using bench = await open(
      major,
      `create table m (id int primary key, v text) partition by range (id);
      create table m_1 partition of m for values from (0) to (100);
      create table loose (v text, id int not null primary key);
      insert into m values (1, 'x'); insert into loose values ('x', 101), ('x', 102)`,
    );
    await bench.expectCaptured(
      ["m"],
      `begin; create table m_3 partition of m for values from (200) to (300);
      insert into m_3 values (201, 'x'); commit`,
    );
    const { relation } = await bench.unit("m");
    const attached = await bench.expectCaptured(
      ["m"],
      "alter table m attach partition loose for values from (100) to (200)",
    );
    assert.equal(
      attached.filter((event) => event.kind === "row" && event.relation === relation).length,
      2,
    );
    assert.ok(!attached.some((event) => event.kind === "reload" && event.relation === relation));
    await bench.expectCaptured(
      ["m"],
      "update loose set v = 'y'; update m set v = 'z' where id = 102",
    );
    const detached = await bench.eventsOf(
      "begin; alter table m detach partition loose; update loose set v = 'own'; commit",
    );
    assert.ok(detached.some((event) => event.kind === "reload" && event.relation === relation));
    const loose = await bench.unit("loose");
    assert.equal(loose.variant, hasStatementLevel(major) ? "statement" : "row");
    const own = detached.filter((event) =>
      event.kind === "row" && event.relation === loose.relation
    );
    assert.equal(new Set(own.map(({ key }) => key?.join())).size, 2);
    const dropped = await bench.eventsOf("drop table m_3");
    assert.ok(
      dropped.some((event) =>
        event.kind === "reload" && event.relation === relation && event.key?.[0] === "left"
      ),
    );
    assert.equal((await bench.install()).changed, false);
    if (major >= 14) {
      await bench.app.query("alter table m detach partition m_1 concurrently");
      await bench.install();
      assert.equal((await bench.install()).changed, false);
      await bench.expectCaptured(["m_1"], "update m_1 set v = 'alone'");
    }
  });

  Deno.test(`A partition attached in a REPEATABLE READ transaction asks for a reload (PostgreSQL ${major})`, async () => {
    await using bench = await open(
      major,
      `create table m (id int primary key, v text) partition by range (id);
      create table loose (id int primary key, v text)`,
    );
    const { relation } = await bench.unit("m");
    const other = await bench.session();
    await bench.app.query("begin isolation level repeatable read; select 1");
    await other.query("insert into loose values (1, 'unseen by the older snapshot')");
    const events = await bench.eventsOf(
      "alter table m attach partition loose for values from (0) to (10); commit",
    );
    assert.ok(events.some((event) => event.kind === "reload" && event.relation === relation));
  });
}

Deno.test("A role that may not create event triggers is told so, and polls", async () => {
  await using bench = await openBench({
    server: await servers.get(18),
    sql: "create table t (id int primary key)",
    useEventTriggers: true,
  });
  const report = await bench.install();
  assert.equal(report.eventTriggers, "refused");
  assert.match(report.warnings[0] ?? "", /polling/);
  await bench.expectCaptured(["t"], "insert into t values (1)");
});

Deno.test("Event triggers go when they are no longer wanted, and come back when disabled", async () => {
  await using bench = await open(18, "create table t (id int primary key)");
  await bench.admin.query("alter event trigger teleport_sql_drop disable");
  assert.equal((await bench.install()).eventTriggers, "installed");
  const state = async () =>
    (await bench.admin.query("select evtname, evtenabled from pg_event_trigger")).rows.length;
  assert.equal(await state(), 3);
  assert.equal((await bench.install({ useEventTriggers: false })).eventTriggers, "off");
  assert.equal(await state(), 0);
});
