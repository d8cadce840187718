/** Installing: by a role that owns nothing, on busy tables, again and again. */
import assert from "node:assert/strict";
import { quoteIdentifier } from "../../src/model/mod.ts";
import { installCapture } from "../../src/capture/mod.ts";
import { migrate } from "../../src/state/mod.ts";
import { createRole } from "../postgres/mod.ts";
import { majors, openBench, openConnection, Servers } from "./bench.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const tables =
  `create table t (id int primary key, v text); insert into t values (1, 'x'), (2, 'x')`;

for (const major of majors) {
  Deno.test(`A second call finds nothing to do and writes nothing (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major), sql: tables });
    const state = "select md5(string_agg(c::text || c.xmin, ',')) as state from teleport.capture c";
    const before = await bench.admin.query(state);
    const wal = major >= 10 ? "pg_current_wal_insert_lsn()" : "pg_current_xlog_insert_location()";
    const lsn = async () => (await bench.admin.query(`select ${wal}::text as lsn`)).rows[0].lsn;
    const position = await bench.position();
    // The server's own processes write WAL now and then; ours never does.
    let report = await bench.install();
    for (let attempt = 0, start = ""; start !== await lsn(); attempt++) {
      assert.ok(attempt < 5, "every call wrote WAL");
      start = await lsn();
      report = await bench.install();
      assert.equal(report.changed, false);
    }
    assert.deepEqual((await bench.admin.query(state)).rows, before.rows);
    assert.deepEqual(await bench.eventsAfter(position), []);
    assert.equal(report.eventTriggers, "off");
    assert.deepEqual(report.refused, []);
    assert.deepEqual(report.warnings, [
      "rows that sessions with session_replication_role = replica write go unseen in " +
      "1 tables that the role does not own, such as public.t",
    ]);
  });

  Deno.test(`Writers need no right on the schema teleport, and cannot call its functions (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major), sql: tables });
    const writer = await createRole(bench.database.server);
    await bench.app.query(
      `grant select, insert, update, delete on t to ${quoteIdentifier(writer.name)}`,
    );
    await using connection = await openConnection(bench.database, writer);
    await bench.expectCaptured(["t"], () => connection.run("update public.t set v = 'w'"));
    await assert.rejects(connection.run("select * from teleport.event"), { sqlstate: "42501" });
    await assert.rejects(connection.run("select teleport.write_event('ddl', 0, 0)"), {
      sqlstate: "42501",
    });
    const { rows } = await bench.admin.query(
      `select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where n.nspname = 'teleport' and has_function_privilege($1, p.oid, 'execute')`,
      [writer.name],
    );
    assert.deepEqual(rows, []);
  });

  Deno.test(`Row-level policies do not hide changes (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql:
        `${tables}; alter table t enable row level security; alter table t force row level security;
        create policy p on t using (id > 1) with check (true)`,
    });
    const events = await bench.eventsOf("insert into t values (0, 'x'); update t set v = 'y'");
    assert.deepEqual(events.map((event) => event.key?.[0]).sort(), ["0", "2"]);
  });

  Deno.test(`A role that owns nothing cannot drop, and capture goes on without its rights (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major), sql: tables });
    const { rows: [trigger] } = await bench.admin.query(
      "select tgname from pg_trigger where tgname like 'teleport%' limit 1",
    );
    await assert.rejects(bench.teleport.run(`drop trigger ${trigger.tgname} on public.t`), {
      sqlstate: "42501",
    });
    await bench.admin.query(
      `revoke select, trigger on t from "${bench.guest.name}"; alter role "${bench.guest.name}" nologin`,
    );
    const events = await bench.eventsOf("update t set v = 'still'");
    assert.deepEqual(new Set(events.map(({ key }) => key?.[0])), new Set(["1", "2"]));
    const { refused, changed } = await bench.install();
    assert.equal(changed, false);
    assert.deepEqual(refused, []);
  });

  Deno.test(`A table without SELECT or TRIGGER is reported and does not stop the others (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql: `${tables}; create table a (id int primary key); create table b (id int primary key)`,
      isInstalled: false,
    });
    await bench.admin.query(
      `revoke select on a from "${bench.guest.name}"; revoke trigger, select on b from "${bench.guest.name}"`,
    );
    await migrate(bench.teleport);
    const { refused, relations } = await bench.install();
    assert.deepEqual(refused, [
      { schema: "public", name: "a", reason: "the role lacks SELECT on it" },
      { schema: "public", name: "b", reason: "the role lacks SELECT and TRIGGER on it" },
    ]);
    assert.equal(relations.find((each) => each.name === "b")?.variant, "none");
    await bench.expectCaptured(["t"], "update t set v = 'y'");
    await bench.grant();
    assert.deepEqual((await bench.install()).refused, []);
    await bench.expectCaptured(["a", "b"], "insert into a values (1); insert into b values (1)");
  });

  Deno.test(`A trigger that the owner disabled is reported where only the owner can enable it (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major), sql: tables });
    const { relation } = await bench.unit("t");
    const position = await bench.position();
    await bench.app.query("alter table t disable trigger user");
    const { refused } = await bench.install();
    const reloads = () =>
      bench.eventsAfter(position, relation).then((events) =>
        events.filter((event) => event.kind === "reload").length
      );
    assert.equal(await reloads(), 1);
    if (major >= 14) {
      // CREATE OR REPLACE TRIGGER enables too, and needs no ownership.
      assert.deepEqual(refused, []);
    } else {
      assert.match(refused[0]?.reason ?? "", /is disabled; the owner has to enable it/);
      assert.equal((await bench.install()).changed, false);
      await bench.app.query("alter table t enable trigger user");
      assert.deepEqual((await bench.install()).refused, []);
      assert.equal(await reloads(), 2);
    }
    await bench.expectCaptured(["t"], "update t set v = 'again'");
  });

  Deno.test(`A locked table is reported with who locks it, tried again, and delays no other (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql: `${tables}; create table a (id int primary key); create table z (id int primary key)`,
      isInstalled: false,
    });
    await migrate(bench.teleport);
    const blocker = await bench.session();
    const { rows: [{ pid }] } = await blocker.query("select pg_backend_pid() as pid");
    await blocker.query("begin; insert into t values (3, 'open')");
    const { refused, relations } = await bench.install({ lockTimeoutMs: 100 });
    assert.equal(refused.length, 1);
    assert.equal(refused[0]?.name, "t");
    assert.match(refused[0]?.reason ?? "", /locked/);
    assert.deepEqual(refused[0]?.blockers?.map((each) => [each.pid, each.mode]), [[
      pid,
      "RowExclusiveLock",
    ]]);
    assert.deepEqual(relations.map((each) => each.name), ["a", "z"]);
    await blocker.query("commit");
    assert.deepEqual((await bench.install({ lockTimeoutMs: 100 })).refused, []);
    await bench.expectCaptured(["t"], "update t set v = 'y' where id = 3");
  });

  Deno.test(`A table that no expression names any more is left alone, and reloaded when named again (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql: `${tables}; create table u (id int primary key)`,
    });
    const before = await bench.unit("t");
    assert.ok((await bench.install({ expressions: ["public.*", "!public.t"] })).changed);
    assert.deepEqual(
      (await bench.install({ expressions: ["public.*", "!public.t"] })).relations.map((each) =>
        each.name
      ),
      ["u"],
    );
    assert.deepEqual(await bench.eventsOf("update t set v = 'unseen'"), []);
    const position = await bench.position();
    await bench.install();
    const after = await bench.unit("t");
    assert.equal(after.generation, before.generation + 1);
    assert.ok(
      (await bench.eventsAfter(position, after.relation)).some((event) => event.kind === "reload"),
    );
    await bench.expectCaptured(["t"], "update t set v = 'seen'");
  });

  Deno.test(`A writer that began before capture did is waited for (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major), sql: tables });
    for (let round = 0; round < 2; round++) {
      await bench.install({ expressions: ["public.*", "!public.t"] });
      // Its triggers are still there and do nothing: no lock is needed to make them capture again.
      const position = await bench.position();
      await bench.app.query(`begin; update t set v = 'unseen ${round}' where id = 1`);
      const { refused } = await bench.install({ lockTimeoutMs: 100 });
      assert.match(refused[0]?.reason ?? "", /locked/);
      await bench.app.query("commit");
      assert.deepEqual((await bench.install()).refused, []);
      const kinds = (await bench.eventsAfter(position)).map((event) => event.kind);
      assert.deepEqual(kinds, ["reload"]);
      await bench.expectCaptured(["t"], `update t set v = 'seen ${round}'`);
      assert.deepEqual((await bench.eventsOf("truncate t")).map((event) => event.kind), [
        "truncate",
      ]);
      await bench.app.query("insert into t values (1, 'x')");
    }
  });

  Deno.test(`Patterns match whole names, with stars only (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql: `create schema a_b; create schema axb;
        create table a_b.one (id int primary key); create table axb.one (id int primary key);
        create table a_b."per%" (id int primary key); create table a_b.perx (id int primary key);
        create table a_b."o\\ne" (id int primary key); create table a_b.audit_1 (id int primary key)`,
      expressions: ["a_b.*", "!a_b.audit_*", '!a_b."o\\ne"', '!a_b."per%"'],
    });
    const { relations } = await bench.install();
    assert.deepEqual(relations.map((each) => `${each.schema}.${each.name}`), [
      "a_b.one",
      "a_b.perx",
    ]);
  });

  Deno.test(`A dropped table is forgotten with its function; one of its name anew is new (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major), sql: tables });
    const { relation } = await bench.unit("t");
    await bench.app.query(`drop table t; ${tables}`);
    await bench.grant();
    assert.ok((await bench.install()).changed);
    const { rows } = await bench.admin.query(
      "select proname from pg_proc where proname ~ '^capture_[0-9]'",
    );
    const now = await bench.unit("t");
    assert.notEqual(now.relation, relation);
    assert.deepEqual(rows, [{ proname: `capture_${now.relation}` }]);
    await bench.expectCaptured(["t"], "update t set v = 'y'");
  });

  Deno.test(`Functions of another template are made anew without a reload (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major), sql: tables });
    const before = await bench.unit("t");
    await bench.admin.query("update teleport.capture set template = 'old'");
    const events = await bench.eventsOf(async () => assert.ok((await bench.install()).changed));
    assert.deepEqual(events, []);
    assert.equal((await bench.unit("t")).generation, before.generation);
    assert.equal((await bench.install()).changed, false);
  });

  Deno.test(`A trigger of somebody's own that has our name is left alone (PostgreSQL ${major})`, async () => {
    const own = ["teleport_insert", "teleport_row", "teleport_truncate"];
    await using bench = await openBench({
      server: await servers.get(major),
      sql:
        `${tables}; create function own() returns trigger language plpgsql as $$ begin return null; end $$;
        ${
          own.map((name) =>
            `create trigger ${name} before insert on t for each statement execute procedure own()`
          ).join(";")
        }`,
    });
    const { rows } = await bench.admin.query(
      "select tgname from pg_trigger where tgfoid = 'own'::regproc order by 1",
    );
    assert.deepEqual(rows.map((row) => row.tgname), own);
    await bench.expectCaptured(["t"], "insert into t values (3, 'x'); update t set v = 'y'");
    const events = await bench.eventsOf("truncate t");
    assert.deepEqual(events.map((event) => event.kind), ["truncate"]);
    assert.equal((await bench.install()).changed, false);
  });

  for (const runsAs of ["guest", "owner"] as const) {
    Deno.test(`Triggers of a restored table, which has another oid, are replaced by the ${runsAs} (PostgreSQL ${major})`, async () => {
      await using bench = await openBench({
        server: await servers.get(major),
        sql: tables,
        runsAs,
      });
      const { relation } = await bench.unit("t");
      // As after pg_restore: the triggers call a function that is named by an oid of the past.
      await bench.admin.query(
        `alter function teleport.capture_${relation}() rename to capture_424242;
        delete from teleport.capture`,
      );
      assert.deepEqual((await bench.install()).refused, []);
      const events = await bench.expectCaptured(
        ["t"],
        "insert into t values (3, 'x'); update t set v = 'y'",
      );
      assert.ok(events.every((event) => event.relation === relation && event.kind === "row"));
      assert.equal((await bench.eventsOf("truncate t")).length, 1);
      assert.equal((await bench.install()).changed, false);
      const { rows } = await bench.admin.query(
        "select proname from pg_proc where proname ~ '^capture_[0-9]'",
      );
      assert.equal(rows.length, runsAs === "guest" && major < 14 ? 2 : 1);
    });
  }

  Deno.test(`Two installers at once both end well (PostgreSQL ${major})`, async () => {
    const many = Array.from(
      { length: 20 },
      (_, n) => `create table t${n} (id int primary key, v text)`,
    );
    await using bench = await openBench({
      server: await servers.get(major),
      sql: many.join(";"),
      isInstalled: false,
    });
    await using other = await openConnection(bench.database, bench.guest);
    await Promise.all([migrate(bench.teleport), migrate(other)]);
    const expressions = [{
      target: "t",
      expression: {
        patterns: [{
          isExclusion: false,
          schema: { text: "*", isLiteral: false },
          name: { text: "*", isLiteral: false },
        }],
      },
    }];
    await Promise.all(
      [bench.teleport, other].map((connection) =>
        installCapture(connection, { expressions, useEventTriggers: false, lockTimeoutMs: 2000 })
      ),
    );
    await bench.install();
    const { relations, refused, changed } = await bench.install();
    assert.equal(changed, false);
    assert.deepEqual(refused, []);
    assert.equal(
      relations.filter((each) => each.variant !== "none" && each.generation === 1).length,
      20,
    );
  });
}

Deno.test("A root waits for the right on every partition; a later partition without is reported", async () => {
  await using bench = await openBench({
    server: await servers.get(18),
    sql: `create table m (id int primary key, v text) partition by range (id);
      create table m_1 partition of m for values from (0) to (100);
      create table m_2 partition of m for values from (100) to (200)`,
    isInstalled: false,
  });
  await bench.admin.query(`revoke trigger on m_2 from "${bench.guest.name}"`);
  await migrate(bench.teleport);
  const first = await bench.install();
  assert.deepEqual(first.refused.map((each) => `${each.name}: ${each.reason}`), [
    "m: the role lacks TRIGGER on public.m_2",
    "m_1: the role lacks TRIGGER on public.m_2",
    "m_2: the role lacks TRIGGER on it",
  ]);
  assert.equal((await bench.unit("m")).variant, "none");
  await bench.grant();
  assert.deepEqual((await bench.install()).refused, []);
  await bench.app.query("create table m_3 partition of m for values from (200) to (300)");
  const later = await bench.install();
  assert.deepEqual(later.refused.map((each) => `${each.name}: ${each.reason}`), [
    "m_3: the role lacks SELECT and TRIGGER on it",
  ]);
  await bench.expectCaptured(["m"], "insert into m values (1, 'x'), (250, 'through the root')");
  await bench.grant();
  await bench.install();
  await bench.expectCaptured(["m"], "insert into m_3 values (251, 'x')");
});

Deno.test("A partition named without its root, or excluded without it, is warned of", async () => {
  await using bench = await openBench({
    server: await servers.get(18),
    sql: `create table m (id int primary key, v text) partition by range (id);
      create table m_1 partition of m for values from (0) to (100);
      create table m_2 partition of m for values from (100) to (200)`,
    expressions: ["public.m_1"],
  });
  const unseen = "rows that sessions with session_replication_role = replica write go unseen in " +
    "3 tables that the role does not own, such as public.m";
  assert.deepEqual((await bench.install()).warnings, [
    "target t names the partition public.m_1 but not public.m, through which its rows travel",
    unseen,
  ]);
  assert.deepEqual((await bench.install({ expressions: ["public.*", "!public.m_2"] })).warnings, [
    "target t excludes the partition public.m_2, but its rows travel through public.m",
    unseen,
  ]);
});
