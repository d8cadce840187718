/** Rights: what writers, owners and strangers may do to capture, and what teleport's role needs. */
import assert from "node:assert/strict";
import { quoteIdentifier } from "../../src/model/mod.ts";
import { migrate } from "../../src/state/mod.ts";
import { createRole } from "../postgres/mod.ts";
import { majors, openBench, openConnection, Servers } from "./bench.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const tables = `create table parent (id int primary key, v text);
  create table child (id int primary key, parent_id int references parent on delete cascade on update cascade);
  insert into parent select n, 'x' from generate_series(1, 5) n;
  insert into child select n, n from generate_series(1, 5) n;`;

for (const major of majors) {
  Deno.test(`A writer with no right on the child's table has its cascades captured (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major), sql: tables });
    const writer = await createRole(bench.server);
    await bench.app.query(
      `grant select, update, delete on parent to ${quoteIdentifier(writer.name)}`,
    );
    await using connection = await openConnection(bench.database, writer);
    await bench.expectCaptured(
      ["parent", "child"],
      () => connection.run("delete from public.parent where id = 1"),
    );
    await bench.expectCaptured(
      ["parent", "child"],
      () => connection.run("update public.parent set id = 100 where id = 2"),
    );
  });

  Deno.test(`A stranger cannot hang capture's functions on a table of its own (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major), sql: tables });
    const stranger = await createRole(bench.server);
    await bench.admin.query(
      `create schema own authorization ${quoteIdentifier(stranger.name)}`,
    );
    await using connection = await openConnection(bench.database, stranger);
    await connection.run("create table own.parent (id int primary key)");
    const { relation } = await bench.unit("parent");
    for (const schema of ["", "grant usage on schema teleport to public"]) {
      await bench.admin.query(schema);
      for (
        const name of [`capture_${relation}`]
      ) {
        await assert.rejects(
          connection.run(
            `create trigger forged after insert on own.parent for each row execute procedure teleport.${name}()`,
          ),
          { sqlstate: "42501" },
        );
      }
    }
    assert.deepEqual(
      await bench.eventsOf(() => connection.run("insert into own.parent values (666)")),
      [],
    );
    const { rows } = await bench.admin.query(
      `select p.proname::text as name from pg_proc p
       where p.pronamespace = 'teleport'::regnamespace and has_function_privilege($1, p.oid, 'execute')`,
      [stranger.name],
    );
    assert.deepEqual(rows, []);
  });

  Deno.test(`SELECT on columns is not enough: LOCK needs it on the table, and the table is refused (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql: tables,
      isInstalled: false,
    });
    const guest = quoteIdentifier(bench.guest.name);
    await bench.admin.query(
      `revoke select on parent from ${guest}; grant select (id, v) on parent to ${guest}`,
    );
    await bench.teleport.run("select id, v from public.parent");
    await assert.rejects(
      bench.teleport.transaction(
        "repeatable read read only",
        () => bench.teleport.run("lock table public.parent in access share mode"),
      ),
      { sqlstate: "42501" },
    );
    await migrate(bench.teleport);
    assert.deepEqual((await bench.install()).refused, [
      { schema: "public", name: "parent", reason: "the role lacks SELECT on it" },
    ]);
  });

  Deno.test(`Capture goes on when teleport's role has lost its rights and its login (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major), sql: tables });
    const guest = quoteIdentifier(bench.guest.name);
    await bench.admin.query(
      `revoke all on all tables in schema public from ${guest}; revoke usage on schema public from ${guest};
       alter role ${guest} nologin connection limit 0`,
    );
    const writer = await bench.session();
    const events = await bench.eventsOf(() =>
      writer.query("update parent set id = id + 100 where id <= 2; truncate child")
    );
    assert.equal(events.filter((event) => event.kind === "truncate").length, 1);
    const keyOf = (event: (typeof events)[number]) => `${event.relation} ${event.key?.join()}`;
    const keys = new Set(events.filter((event) => event.key !== null).map(keyOf));
    assert.deepEqual(
      [...keys].map((key) => key.split(" ")[1]).sort(),
      ["1", "1", "101", "102", "2", "2"],
    );
  });

  Deno.test(`Writers in replica role are captured where the role owns the table, else a warning says so (PostgreSQL ${major})`, async () => {
    const write = "set session_replication_role = replica; update parent set id = id + 10; " +
      "insert into child values (50); delete from child where id = 1; truncate child";
    for (const runsAs of ["owner", "guest"] as const) {
      await using bench = await openBench({
        server: await servers.get(major),
        sql: tables,
        runsAs,
      });
      const session = await bench.superuserSession();
      const { warnings } = await bench.install();
      if (runsAs === "owner") {
        assert.deepEqual(warnings, []);
        await bench.expectCaptured(["parent", "child"], () => session.query(write));
      } else {
        assert.match(
          warnings.join(),
          /session_replication_role = replica write go unseen in 2 tables .* such as public\.child/,
        );
        assert.deepEqual(await bench.eventsOf(() => session.query(write)), []);
      }
    }
  });
}

Deno.test("A partition needs a right to TRIGGER of its own; the root's is not enough", async () => {
  for (const major of majors.filter((each) => each >= 11)) {
    await using bench = await openBench({
      server: await servers.get(major),
      sql: `create table m (id int primary key) partition by range (id);
        create table m_1 partition of m for values from (0) to (100)`,
      isInstalled: false,
    });
    const guest = quoteIdentifier(bench.guest.name);
    await bench.admin.query(`revoke all on m_1 from ${guest}`);
    await migrate(bench.teleport);
    assert.equal((await bench.install()).refused.length, 2);
    await bench.admin.query(`grant trigger on m_1 to ${guest}`);
    const { refused } = await bench.install();
    assert.match(refused[0]?.reason ?? "", /lacks SELECT on public\.m_1/);
    await bench.admin.query(`grant select on m_1 to ${guest}`);
    assert.deepEqual((await bench.install()).refused, []);
    await bench.expectCaptured(["m"], "insert into m_1 values (1)");
  }
});
