/** The schema teleport: made once, by whoever comes first, and refused where it is not ours. */
import assert from "node:assert/strict";
import { TeleportError } from "../../src/model/mod.ts";
import { checkEpoch, migrate, recordLastTxid, tryInstanceLock } from "../../src/state/mod.ts";
import { createDatabase, runSql } from "../postgres/mod.ts";
import { majors, openBench, openConnection, Servers } from "./bench.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

for (const major of majors) {
  Deno.test(`Several instances that migrate at once make one state (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major), isInstalled: false });
    await using stack = new AsyncDisposableStack();
    const connections = [bench.teleport];
    for (let n = 0; n < 4; n++) {
      connections.push(stack.use(await openConnection(bench.database, bench.guest)));
    }
    await Promise.all(connections.map(migrate));
    const { rows } = await bench.admin.query("select version, name from teleport.migration");
    assert.deepEqual(rows, [{ version: 1, name: "state" }]);
    assert.equal((await bench.admin.query("select from teleport.instance")).rows.length, 1);
    const epochs = new Set<string>();
    for (const connection of connections) epochs.add((await checkEpoch(connection)).epoch);
    assert.equal(epochs.size, 1);
  });

  Deno.test(`Every table of the state but the event slots has a primary key (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major) });
    const { rows } = await bench.admin.query(
      `select relname from pg_class c where relnamespace = 'teleport'::regnamespace and relkind = 'r'
         and not exists (select from pg_index where indrelid = c.oid and indisprimary) order by 1`,
    );
    assert.deepEqual(rows.map((row) => row.relname), ["event_0", "event_1", "event_2"]);
  });

  Deno.test(`A newer state, or a schema of somebody else, is refused (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major) });
    await bench.admin.query("insert into teleport.migration (version, name) values (99, 'future')");
    await assert.rejects(
      migrate(bench.teleport),
      (error) =>
        error instanceof TeleportError && error.code === "state_version" &&
        /version 99/.test(error.message) &&
        error.hint !== undefined,
    );
    await bench.admin.query(
      "drop schema teleport cascade; create schema teleport; create table teleport.batch (id int)",
    );
    await assert.rejects(
      migrate(bench.teleport),
      (error) =>
        error instanceof TeleportError && error.code === "state_version" &&
        /something else/.test(error.message),
    );
  });

  Deno.test(`A schema that the administrator prepared is used (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major), isInstalled: false });
    await bench.admin.query(`create schema teleport authorization "${bench.guest.name}";
      revoke create on database "${bench.database.name}" from "${bench.guest.name}"`);
    await migrate(bench.teleport);
    await bench.install();
  });

  Deno.test(`Other functions than this program's are replaced (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql: "create table t (id int primary key)",
    });
    await bench.teleport.run(
      `create or replace function teleport.capture_template() returns text language sql as
      $$ select 'other'::text $$; update teleport.instance set functions = 'other'`,
    );
    await migrate(bench.teleport);
    const { rows } = await bench.admin.query("select teleport.capture_template() as template");
    assert.match(rows[0].template, /^\d+ /);
    assert.equal((await bench.install()).changed, false);
  });

  Deno.test(`One session holds the instance lock at a time (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major), isInstalled: false });
    await using other = await openConnection(bench.database, bench.guest);
    assert.ok(await tryInstanceLock(bench.teleport));
    assert.equal(await tryInstanceLock(other), false);
    await migrate(other);
    await bench.teleport.close();
    for (let attempt = 0; !(await tryInstanceLock(other)); attempt++) assert.ok(attempt < 100);
  });

  Deno.test(`An epoch lasts until the database is another one (PostgreSQL ${major})`, async () => {
    const server = await servers.get(major);
    await using bench = await openBench({ server });
    const first = await checkEpoch(bench.teleport);
    assert.equal(first.replaced, false);
    const wal = major >= 10 ? "pg_current_wal_insert_lsn()" : "pg_current_xlog_insert_location()";
    await recordLastTxid(bench.teleport, { minAdvance: 0 });
    const lsn = async () => (await bench.admin.query(`select ${wal}::text as lsn`)).rows[0].lsn;
    // The server's own processes write WAL now and then; ours never does.
    for (let attempt = 0, start = ""; start !== await lsn(); attempt++) {
      assert.ok(attempt < 5, "every call wrote WAL");
      start = await lsn();
      for (let n = 0; n < 5; n++) await recordLastTxid(bench.teleport);
      assert.deepEqual(await checkEpoch(bench.teleport), first);
    }

    await bench.admin.query(
      "insert into teleport.target (name, position, is_exact) values ('t', '1:1:', true)",
    );
    for (
      const [change, difference] of [
        ["system_identifier = '1'", /cluster/],
        ["database_oid = 1", /database is another/],
        ["last_txid = 9000000000000", /went back/],
      ] as const
    ) {
      await bench.admin.query(`update teleport.instance set ${change}`);
      const { epoch, replaced, difference: found } = await checkEpoch(bench.teleport);
      assert.ok(replaced);
      assert.match(found ?? "", difference);
      assert.deepEqual(await checkEpoch(bench.teleport), { epoch, replaced: false });
      assert.equal((await bench.admin.query("select from teleport.target")).rows.length, 0);
    }
  });

  Deno.test(`A restored database finds the tables of its loads by name (PostgreSQL ${major})`, async () => {
    const sql = "create table t (id int primary key)";
    await using bench = await openBench({ server: await servers.get(major), sql });
    await bench.admin.query(
      `insert into teleport.applied_load (source, target, schema_name, table_name, relation, load)
         values ('a', 'b', 'public', 't', 1, '1:t'), ('a', 'b', 'public', 'gone', 't'::regclass, '2:gone');
       update teleport.instance set system_identifier = '1'`,
    );
    assert.ok((await checkEpoch(bench.teleport)).replaced);
    const { rows } = await bench.admin.query(
      `select table_name, relation = 't'::regclass as "isThere" from teleport.applied_load order by 1`,
    );
    assert.deepEqual(rows, [
      { table_name: "gone", isThere: false },
      { table_name: "t", isThere: true },
    ]);
  });

  Deno.test(`A copy of a database by template is another database (PostgreSQL ${major})`, async () => {
    const server = await servers.get(major);
    let name: string;
    {
      await using bench = await openBench({
        server,
        sql: "create table t (id int primary key, v text); insert into t values (1, 'x')",
      });
      name = bench.database.name;
    }
    const copy = `${name.slice(0, 50)}_copy`;
    await runSql(server.url("postgres"), `create database "${copy}" template "${name}"`);
    const database = { server, name: copy, url: server.url(copy), urlAs: () => server.url(copy) };
    await using connection = await openConnection(database, server.superuser);
    await migrate(connection);
    assert.match((await checkEpoch(connection)).difference ?? "", /database is another/);
    await createDatabase(server);
  });
}
