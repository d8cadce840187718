/** Ordinary tables: every way in which a statement can change their rows leaves an event. */
import assert from "node:assert/strict";
import { hasStatementLevel, majors, openBench, openConnection, Servers } from "./bench.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const tables = `
  create table customer (id int primary key, name text not null unique, note text);
  create table line (
    order_id int, number int, item text, primary key (order_id, number) deferrable
  );
  create table child (
    id int primary key,
    cascading int references customer on update cascade on delete cascade,
    nulling int references customer on update cascade on delete set null,
    defaulting int default 1 references customer on update cascade on delete set default
  );`;

const rows = `
  truncate customer, line, child;
  insert into customer select n, 'c' || n, 'x' from generate_series(1, 20) n;
  insert into line select n, m, n || '-' || m from generate_series(1, 5) n, generate_series(1, 3) m;
  insert into child select n, n, n, n from generate_series(1, 20) n;`;

interface Statement {
  name: string;
  sql: string;
  /** Changed by it; default customer. */
  tables?: string[];
  since?: number;
  cleanup?: string;
}

const statements: readonly Statement[] = [
  {
    name: "insert of many rows",
    sql: "insert into customer select n, 'n' || n from generate_series(100, 200) n",
  },
  { name: "update of a row", sql: "update customer set note = 'y' where id = 3" },
  {
    name: "update of a key",
    sql: "update customer set id = 1000 where id = 4",
    tables: ["customer", "child"],
  },
  { name: "update of every key", sql: "update line set number = number + 10", tables: ["line"] },
  {
    name: "swap of unique values",
    sql: "update line set number = 3 - number where number in (1, 2)",
    tables: ["line"],
  },
  {
    name: "delete with cascades",
    sql: "delete from customer where id in (5, 6)",
    tables: ["customer", "child"],
  },
  {
    name: "on conflict do update",
    sql: `insert into customer values (7, 'seven'), (300, 'new')
      on conflict (id) do update set note = excluded.name`,
  },
  {
    name: "on conflict that changes the key",
    sql:
      `insert into customer values (2000, 'c8') on conflict (name) do update set id = excluded.id`,
    tables: ["customer", "child"],
  },
  {
    name: "on conflict do nothing",
    sql: "insert into customer values (7, 'seven'), (301, 'new') on conflict do nothing",
  },
  {
    name: "on conflict on a constraint, for rows of which some move",
    sql: `insert into customer select n + 5000, 'c' || n from generate_series(10, 30) n
      on conflict on constraint customer_name_key do update set id = excluded.id, note = 'moved'
      where customer.id % 2 = 0`,
    tables: ["customer", "child"],
  },
  {
    name: "three updates of one row in writable CTEs, of which one wins",
    sql: `with a as (update customer set id = 701 where id = 9 returning id),
      b as (update customer set id = 702 where id = 9 returning id),
      c as (update customer set note = 'c' where id = 9 returning id)
      select (select count(*) from a) + (select count(*) from b) + (select count(*) from c)`,
    tables: ["customer", "child"],
  },
  {
    name: "writable CTEs with all verbs",
    sql: `with a as (update customer set note = 'a' where id = 9 returning id),
      b as (delete from child where id = 10 returning id),
      c as (insert into customer values (400, 'cte') returning id),
      d as (update customer set note = 'd' where id = 11)
      update line set item = 'cte' where order_id = 1`,
    tables: ["customer", "child", "line"],
  },
  {
    name: "truncate",
    sql: "truncate line",
    tables: ["line"],
  },
  { name: "truncate cascade", sql: "truncate customer cascade", tables: ["customer", "child"] },
  {
    name: "truncate, then insert",
    sql: "begin; truncate line; insert into line values (1, 1, 'z'), (9, 9, 'z'); commit",
    tables: ["line"],
  },
  {
    name: "savepoints and a partial rollback",
    sql: `begin; update customer set note = 'p' where id = 12; savepoint a;
      update customer set note = 'q' where id = 13; rollback to a;
      update customer set note = 'r' where id = 14; commit`,
  },
  {
    name: "a cursor's row",
    sql: `begin; declare c cursor for select * from customer where id = 15 for update; fetch c;
      update customer set note = 'cursor' where current of c; close c; commit`,
  },
  {
    name: "a view and a rule",
    sql: `create view few as select id, note from customer where id < 20;
      create rule r as on delete to few do instead update customer set note = 'ruled' where id = old.id;
      update few set note = 'view' where id = 16; delete from few where id = 17`,
    cleanup: "drop view few",
  },
  {
    name: "a view with INSTEAD OF triggers",
    sql:
      `create view joined as select c.id, c.note, k.id as child from customer c join child k on k.nulling = c.id;
      create function instead() returns trigger language plpgsql as $$ begin
        if tg_op = 'DELETE' then delete from child where id = old.child; return old; end if;
        if tg_op = 'INSERT' then insert into customer values (new.id, 'i' || new.id, new.note); return new; end if;
        update customer set id = new.id, note = new.note where id = old.id; return new; end $$;
      create trigger i instead of insert or update or delete on joined for each row execute procedure instead();
      insert into joined values (801, 'in'); update joined set id = id + 900, note = 'up' where id = 3;
      delete from joined where id = 4`,
    cleanup: "drop view joined; drop function instead()",
    tables: ["customer", "child"],
  },
  {
    name: "an automatically updatable view with a check option",
    sql:
      `create view low as select id as number, name from customer where id < 1000 with check option;
      insert into low values (802, 'low'); update low set number = number + 50 where number between 3 and 6;
      delete from low where number > 18 and number < 30`,
    cleanup: "drop view low",
    tables: ["customer", "child"],
  },
  {
    name: "rules on a table: also and instead",
    sql:
      `create rule also as on update to customer do also update line set item = new.name where order_id = new.id;
      create rule softly as on delete to customer do instead update customer set note = 'deleted' where id = old.id;
      update customer set note = 'u' where id in (1, 2); delete from customer where id = 8`,
    cleanup: "drop rule also on customer; drop rule softly on customer",
    tables: ["customer", "line"],
  },
  {
    name: "a BEFORE trigger that writes other rows and drops its own",
    sql: `create function elsewhere() returns trigger language plpgsql as $$ begin
        insert into customer values (new.id + 900, 'from ' || new.id, null);
        delete from line where order_id = new.id; return null; end $$;
      create trigger e before update on customer for each row when (new.note = 'go') execute procedure elsewhere();
      update customer set note = 'go' where id <= 3`,
    cleanup: "drop function elsewhere() cascade",
    tables: ["customer", "line"],
  },
  {
    name: "an unlogged table, and one that becomes logged",
    sql:
      `alter table line set unlogged; update line set item = 'u', number = number + 5 where order_id = 1;
      alter table line set logged; update line set item = 'l' where order_id = 2`,
    tables: ["line"],
  },
  {
    name: "triggers that change other rows, keys and deletes",
    sql: `create function before_row() returns trigger language plpgsql as $$ begin
        if new.id < 1000000 then new.id := new.id + 5000; end if; return new; end $$;
      create function after_row() returns trigger language plpgsql as $$ begin
        update customer set note = 'nested' where id = 18; delete from child where id = 19;
        update customer set id = id + 1000000 where id = new.id and id < 1000000; return null; end $$;
      create trigger b before insert on customer for each row execute procedure before_row();
      create trigger a after insert on customer for each row execute procedure after_row();
      insert into customer values (500, 'triggered'), (501, 'triggered too')`,
    cleanup: "drop function before_row() cascade; drop function after_row() cascade",
    tables: ["customer", "child"],
  },
  {
    name: "a deferred constraint trigger",
    sql: `create function late() returns trigger language plpgsql as $$ begin
        update line set item = 'late' where order_id = 2; return null; end $$;
      create constraint trigger l after update on customer deferrable initially deferred
        for each row execute procedure late();
      begin; update customer set note = 'l' where id = 1; commit`,
    cleanup: "drop function late() cascade",
    tables: ["customer", "line"],
  },
  {
    name: "merge",
    since: 15,
    sql:
      `merge into customer c using (values (1, 'm'), (2, 'm'), (600, 'm')) s (id, name) on c.id = s.id
      when matched and s.id = 1 then update set id = 601
      when matched then delete when not matched then insert values (s.id, s.name)`,
    tables: ["customer", "child"],
  },
  {
    name: "two statements of one table in one string",
    sql: "update customer set note = '1' where id = 1; update customer set note = '2' where id = 2",
  },
];

for (const major of majors) {
  Deno.test(`Every kind of statement leaves the keys it changed (PostgreSQL ${major})`, async (t) => {
    await using bench = await openBench({ server: await servers.get(major), sql: tables });
    const { variant } = await bench.unit("customer");
    assert.equal(variant, hasStatementLevel(major) ? "statement" : "row");
    for (const { name, sql, tables, since, cleanup } of statements) {
      if (major < (since ?? 0)) continue;
      await t.step(name, async () => {
        await bench.app.query(rows);
        await bench.expectCaptured(tables ?? ["customer"], sql);
        if (cleanup !== undefined) await bench.app.query(cleanup);
      });
    }
  });

  Deno.test(`COPY and prepared transactions leave their keys (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major), sql: tables });
    await bench.app.query(rows);
    await using connection = await openConnection(bench.database, bench.owner);
    await bench.expectCaptured(["customer"], async () => {
      await connection.copyIn(
        "copy public.customer (id, name) from stdin",
        lines("70\tc70\n71\tc71\n"),
      );
    });
    await bench.expectCaptured(["customer"], async () => {
      await bench.app.query(`begin; update customer set id = id + 100; prepare transaction 'p'`);
      const other = await bench.session();
      await other.query("commit prepared 'p'");
    });
  });
}

async function* lines(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
