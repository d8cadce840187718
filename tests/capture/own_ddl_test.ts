/** The application's own DDL on key columns: it works, later writes work, and the table is reloaded. */
import assert from "node:assert/strict";
import { type Event, hasStatementLevel, majors, openBench, Servers } from "./bench.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const tables = `create table t (id int primary key, v text);
  create table parent (id int primary key, v text);
  create table child (unique (id)) inherits (parent);
  insert into t select n, 'x' from generate_series(1, 10) n;
  insert into parent select n, 'x' from generate_series(1, 10) n;
  insert into child select n, 'x' from generate_series(1, 10) n`;

/** Each is run on a table captured by statement and on one captured by row. */
const changes: readonly {
  name: string;
  ddl: string;
  write: string;
  reloads: boolean;
  isRewritten?: true;
}[] = [
  {
    name: "rename of the key column",
    ddl: "alter table % rename id to number",
    write: "update % set v = 'y' where number = 3",
    reloads: true,
  },
  {
    name: "drop of the key column",
    ddl: "alter table % drop column id",
    write: "update % set v = 'y'",
    reloads: true,
  },
  {
    name: "drop of the primary key",
    ddl: "alter table % drop constraint %_pkey",
    write: "update % set v = 'y' where id = 3",
    reloads: false,
  },
  {
    name: "key to bigint",
    ddl: "alter table % alter id type bigint",
    write: "update % set v = 'y', id = id + 5000000000 where id = 3",
    reloads: true,
  },
  {
    name: "key to text",
    ddl: "alter table % alter id type text",
    write: "update % set v = 'y', id = id || 'a' where id = '3'",
    reloads: true,
  },
  {
    name: "key of the same name anew",
    ddl: "alter table % drop column id; alter table % add id serial primary key",
    write: "update % set v = 'y' where id = 3",
    reloads: true,
  },
  {
    name: "key's NOT NULL gone",
    ddl: "alter table % drop constraint %_pkey, alter id drop not null",
    write: "insert into % (id) values (null)",
    reloads: true,
  },
  {
    name: "drop of another column",
    ddl: "alter table % drop column v",
    write: "insert into % (id) values (77)",
    reloads: false,
  },
  {
    name: "another type of another column",
    ddl: "alter table % alter v type varchar(10)",
    write: "insert into % (id, v) values (77, 'y')",
    reloads: false,
    isRewritten: true,
  },
  {
    name: "rename of the table",
    ddl: "alter table % rename to %_2; create view % as select * from %_2",
    write: "insert into % (id) values (77)",
    reloads: false,
  },
];

function hasReload(events: readonly Event[], relation: number): boolean {
  return events.some((event) => event.kind === "reload" && event.relation === relation);
}

for (const major of majors) {
  for (const table of ["t", "parent"]) {
    const variant = table === "t" && hasStatementLevel(major) ? "statement" : "row";
    Deno.test(`Writes go on after DDL on the key of ${table}, captured by ${variant} (PostgreSQL ${major})`, async (t) => {
      await using bench = await openBench({ server: await servers.get(major) });
      for (const { name, ddl, write, reloads, isRewritten } of changes) {
        await t.step(name, async () => {
          const fill = (text: string) => text.replaceAll("%", table);
          await bench.app.query(`drop schema if exists s cascade; create schema s;
            set search_path = s; ${tables}`);
          await bench.grant();
          await bench.install();
          const before = await bench.unit(table);
          assert.equal(before.variant, variant);
          // The session has the trigger's plans cached, and goes on writing with them.
          await bench.app.query(
            `update ${table} set v = 'warm'; insert into ${table} values (50, 'warm')`,
          );
          const position = await bench.position();
          await bench.app.query(fill(ddl));
          const events = await bench.eventsOf(fill(write));
          assert.equal(hasReload(events, before.relation), reloads, "by the trigger itself");
          if (!reloads) assert.ok(events.some((event) => event.kind === "row"));

          const { relations } = await bench.install();
          const unit = relations.find((each) => each.relation === before.relation);
          assert.equal(
            hasReload(await bench.eventsAfter(position), before.relation),
            reloads || isRewritten === true,
          );
          assert.ok(unit);
          assert.ok(unit.isSignatureCurrent || unit.variant === "none");
          assert.equal(unit.generation > before.generation, reloads && unit.variant !== "none");
          assert.equal((await bench.install()).changed, false);
        });
      }
    });

    Deno.test(`A REPEATABLE READ transaction older than a rename still writes into ${table} (PostgreSQL ${major})`, async () => {
      await using bench = await openBench({ server: await servers.get(major), sql: tables });
      const { relation } = await bench.unit(table);
      const other = await bench.session();
      for (const ddl of ["rename id to number", "drop column number"]) {
        await bench.app.query(`insert into ${table} values (60 + ${ddl.length}, 'warm')`);
        await bench.app.query("begin isolation level repeatable read; select 1");
        await other.query(`alter table ${table} ${ddl}`);
        const events = await bench.eventsOf(`update ${table} set v = 'late'; commit`);
        assert.ok(hasReload(events, relation));
      }
      await bench.app.query("begin isolation level repeatable read; select 1");
      await other.query(`alter table ${table} add column number int; update ${table} set number = 5;
        alter table ${table} alter number type text`);
      await assert.doesNotReject(bench.app.query(`insert into ${table} (v) values ('x'); commit`));
    });

    Deno.test(`A REPEATABLE READ transaction with warm plans meets another key type in ${table} (PostgreSQL ${major})`, async () => {
      await using bench = await openBench({ server: await servers.get(major), sql: tables });
      const other = await bench.session();
      await bench.app.query(
        `insert into ${table} values (60, 'warm'); update ${table} set v = 'warm'`,
      );
      await bench.app.query(
        "begin isolation level repeatable read; select 1",
      );
      await other.query(`alter table ${table} alter id type bigint`);
      const events = await bench.eventsOf(
        `insert into ${table} values (61, 'late'); update only ${table} set v = 'late' where id = 61; commit`,
      );
      const unit = await bench.unit(table);
      assert.ok(hasReload(events, unit.relation));
      assert.equal(unit.isSignatureCurrent, false);
    });
  }

  Deno.test(`Enum labels, domains and composites in keys make a new signature (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({
      server: await servers.get(major),
      sql: `create type mood as enum ('a', 'b'); create domain small as int;
        create type pair as (m mood, s small);
        create table t (id mood primary key); create table d (id small primary key);
        create table c (id pair primary key); create table a (id mood[] primary key);
        create table other (id int primary key)`,
    });
    const all = ["t", "d", "c", "a", "other"];
    const notCurrent = async () => {
      const names: string[] = [];
      for (const name of all) if (!(await bench.unit(name)).isSignatureCurrent) names.push(name);
      return names;
    };
    assert.deepEqual(await notCurrent(), []);
    await bench.app.query("alter type mood rename value 'a' to 'z'");
    assert.deepEqual(await notCurrent(), ["t", "c", "a"]);
    await bench.install();
    assert.deepEqual(await notCurrent(), []);
    await bench.app.query("alter domain small add check (value > 0) not valid");
    assert.deepEqual(await notCurrent(), ["d", "c"]);
    const position = await bench.position();
    await bench.install();
    const reloads = (await bench.eventsAfter(position)).filter((event) => event.kind === "reload");
    assert.equal(reloads.length, 2);
    assert.equal((await bench.unit("t")).generation, 2);
    assert.equal((await bench.unit("d")).generation, 2);
    assert.equal((await bench.unit("c")).generation, 3);
    assert.equal((await bench.unit("other")).generation, 1);
  });

  Deno.test(`Disabled, dropped and renamed triggers are repaired, and the table is reloaded (PostgreSQL ${major})`, async (t) => {
    await using bench = await openBench({ server: await servers.get(major), runsAs: "owner" });
    const name = hasStatementLevel(major) ? "teleport_update" : "teleport_row";
    for (
      const harm of [
        "disable trigger %",
        "disable trigger user",
        "rename trigger",
        "drop trigger",
        "disable and enable",
        "enable replica trigger %",
      ]
    ) {
      await t.step(harm, async () => {
        await bench.app.query(`drop table if exists t, parent, child; ${tables}`);
        await bench.install();
        const { relation, generation } = await bench.unit("t");
        const position = await bench.position();
        await bench.app.query(
          harm === "drop trigger"
            ? `drop trigger ${name} on t`
            : harm === "rename trigger"
            ? `alter trigger ${name} on t rename to mine`
            : harm === "disable and enable"
            ? `alter table t disable trigger user; alter table t enable trigger user`
            : `alter table t ${harm.replace("%", name)}`,
        );
        await bench.install();
        assert.ok(hasReload(await bench.eventsAfter(position), relation));
        assert.equal((await bench.unit("t")).generation, generation);
        assert.equal((await bench.install()).changed, false);
        await bench.expectCaptured(["t"], "update t set v = 'again'");
        await bench.expectCaptured(
          ["t"],
          () => bench.admin.query("set session_replication_role = replica; update t set v = 'r'"),
        );
      });
    }
  });
}
