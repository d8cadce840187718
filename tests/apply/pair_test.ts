/** What the applier does, seen from end to end: what is held, why, what flows meanwhile, and the outcome. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { openPair, type Pair, type PairOptions, targetName, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";
import { Servers } from "./target.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

async function openShared(options: PairOptions): Promise<Pair> {
  const url = (await servers.get(18)).url("postgres");
  return await openPair({ sourceUrl: url, targetUrl: url, ...options });
}

async function openRunning(options: PairOptions): Promise<Pair> {
  const pair = await openShared(options);
  await pair.start();
  await pair.caughtUp();
  return pair;
}

function onTarget(pair: Pair, sql: string): Promise<Record<string, unknown>[]> {
  return runSql(pair.target.server.url(pair.target.name), sql);
}

async function reasonOf(pair: Pair, table: string): Promise<string | undefined> {
  const status = await pair.readStatus();
  const found = status?.targets[targetName]?.tables.find(({ name }) => name === table);
  return found?.state === "held" ? found.reason ?? "" : undefined;
}

function held(pair: Pair, table: string): Promise<string> {
  return waitFor(() => reasonOf(pair, table), {
    what: `${table} to be held`,
    explain: () => pair.lines.slice(-20),
  });
}

async function assertEqual(pair: Pair, ...names: string[]): Promise<void> {
  const { source, target } = await pair.digests(
    names.map((name) => ({ schema: "public", name })),
  );
  deepStrictEqual(target, source, pair.lines.slice(-20).join("\n"));
}

Deno.test("A swap under an adopted cascade is held with its reason, all else flows, and it follows when mended", async () => {
  await using pair = await openRunning({
    setup: `create table item (id int primary key, place int unique);
      create table other (id int primary key)`,
  });
  await pair.write("insert into item values (1, 1), (2, 2)");
  await pair.caughtUp();
  await onTarget(
    pair,
    `create table public.note (id int primary key, item_id int references public.item on delete cascade);
     insert into public.note values (7, 1)`,
  );
  await pair.write(`begin; update item set place = -1 where id = 1;
    update item set place = 1 where id = 2; update item set place = 2 where id = 1; commit;
    insert into other values (1)`);
  match(await held(pair, "item"), /foreign key note_item_id_fkey of public\.note/);
  await pair.write("insert into other values (2); insert into item values (3, 3)");
  await waitFor(async () => (await onTarget(pair, "select 1 from public.other")).length === 2, {
    what: "the other table to flow",
  });
  deepStrictEqual(await onTarget(pair, "select * from public.note"), [{ id: 7, item_id: 1 }]);
  await onTarget(
    pair,
    `alter table public.note drop constraint note_item_id_fkey;
     alter table public.note add foreign key (item_id) references public.item deferrable`,
  );
  await pair.caughtUp();
  await assertEqual(pair, "item", "other");
  deepStrictEqual(await onTarget(pair, "select * from public.note"), [{ id: 7, item_id: 1 }]);
});

Deno.test("A trigger of the target that moves keys has its table held, and nothing differs in silence", async () => {
  await using pair = await openRunning({ setup: "create table item (id int primary key, v int)" });
  await pair.write("insert into item values (1, 1)");
  await pair.caughtUp();
  await onTarget(
    pair,
    `create function public.move() returns trigger language plpgsql as
       'begin new.id := new.id + 1000; return new; end';
     create trigger move before insert on public.item for each row execute procedure public.move()`,
  );
  await pair.write("insert into item values (2, 2); delete from item where id = 1");
  match(await held(pair, "item"), /trigger or rule of public\.item/);
  deepStrictEqual(await onTarget(pair, "select * from public.item"), [{ id: 1, v: 1 }]);
  await onTarget(pair, "drop trigger move on public.item");
  await pair.caughtUp();
  await assertEqual(pair, "item");
});

Deno.test("Equal keys of different text are one row, whatever text they had in the window", async () => {
  const collation = `create collation loose (provider = icu, locale = 'und-u-ks-level2',
    deterministic = false)`;
  const word = `${collation}; create table word (id text collate loose primary key, v int)`;
  await using pair = await openShared({
    setup: `${word}; create table amount (id numeric primary key, v int)`,
  });
  // Collations are not replicated: the target has to have them, and what needs them.
  const role = pair.targetConfig.database.username;
  await onTarget(pair, `set search_path = public; ${word}; alter table word owner to "${role}"`);
  await pair.start();
  await pair.caughtUp();
  const sent = async (text: string) => {
    await pair.write(text);
    await pair.caughtUp();
    await assertEqual(pair, "amount", "word");
  };
  await sent(
    "insert into amount values ('1.0', 1), ('2.0', 2); insert into word values ('Abc', 1), ('x', 2)",
  );
  // One window with both texts: the events have two, the table has one.
  await sent(`begin;
    update amount set id = '1.00' where id = 1; update amount set id = '1.000', v = 3 where id = 1;
    delete from amount where id = '2'; insert into amount values ('2.00', 4);
    update word set id = 'ABC' where id = 'abc'; update word set id = 'aBC', v = 3 where id = 'abc';
    delete from word where id = 'X'; insert into word values ('X', 4); commit`);
  deepStrictEqual(await onTarget(pair, "select id::text from public.amount order by 1"), [
    { id: "1.000" },
    { id: "2.00" },
  ]);
  deepStrictEqual(await onTarget(pair, `select id from public.word order by id collate "C"`), [
    { id: "X" },
    { id: "aBC" },
  ]);
  await sent("delete from amount where id = 1.0; delete from word where id = 'ABC'");
  strictEqual(pair.lines.some((line) => / is held/.test(line)), false);
});

Deno.test("Failures that pass hold no table: they are tried again until they are over", async (t) => {
  await using pair = await openRunning({ setup: "create table item (id int primary key, v int)" });
  await onTarget(
    pair,
    `create sequence public.tries; grant all on sequence public.tries to public;
     create table public.fault (state text); grant select on public.fault to public;
     create function public.fail() returns trigger language plpgsql as $$
       declare state text := (select f.state from public.fault f);
       begin
         if nextval('public.tries') < 4 then raise exception using errcode = state; end if;
         return new;
       end $$;
     create trigger fail before insert on public.item
       for each statement execute procedure public.fail()`,
  );
  for (const [number, state] of ["40001", "40P01", "55P03", "57P01", "08006"].entries()) {
    await t.step(state, async () => {
      await onTarget(
        pair,
        `truncate public.fault; insert into public.fault values ('${state}');
         alter sequence public.tries restart`,
      );
      await pair.write(`insert into item values (${number}, ${number})`);
      await pair.caughtUp();
      await assertEqual(pair, "item");
      const [tries] = await onTarget(pair, "select last_value::int as n from public.tries");
      ok(Number(tries?.n) >= 4, "it was tried again");
    });
  }
  strictEqual(pair.lines.some((line) => / is held/.test(line)), false);
  ok(pair.lines.some((line) => line.includes("Streaming failed")), "it is told");
});

Deno.test("A table that somebody dropped on the target is made again from the schema and loaded", async () => {
  await using pair = await openRunning({
    setup: "create table item (id int primary key, v int); create table other (id int primary key)",
  });
  await pair.write("insert into item select i, i from generate_series(1, 50) i");
  await pair.caughtUp();
  await onTarget(pair, "drop table public.item");
  await pair.write("insert into item values (51, 51); insert into other values (1)");
  await waitFor(async () => {
    const rows = await onTarget(pair, "select 1 from public.item").catch(() => []);
    return rows.length === 51;
  }, { what: "the table to come back whole", explain: () => pair.lines.slice(-30) });
  await pair.caughtUp();
  await assertEqual(pair, "item", "other");
});

Deno.test("DDL, TRUNCATE and rows of tables with foreign keys in one window leave no pending events in the way", async () => {
  await using pair = await openRunning({
    setup: `create table parent (id int primary key);
      create table child (id int primary key, parent_id int references parent)`,
  });
  await pair.write("insert into parent values (1), (2); insert into child values (1, 1), (2, 2)");
  await pair.caughtUp();
  const foreignKeys =
    "select 1 from pg_constraint where contype = 'f' and conrelid = 'public.child'::regclass";
  await waitFor(async () => (await onTarget(pair, foreignKeys)).length === 1, {
    what: "the foreign key on the target",
  });
  await pair.sourceInstance?.stop();
  await pair.write(`
    insert into child values (3, 1); delete from child where id = 1;
    alter table child add column more int default 7; insert into child values (4, 2, 8);
    truncate parent, child; insert into parent values (5); insert into child values (5, 5);
    alter table parent add column note text; insert into parent values (6, 'six');
    truncate child; insert into child values (7, 6, 9)`);
  await pair.startSource();
  await pair.caughtUp();
  await assertEqual(pair, "parent", "child");
  strictEqual(pair.lines.some((line) => /pending trigger events| is held/.test(line)), false);
});

Deno.test("A foreign key to a table whose rows do not travel is not made, and its children flow", async () => {
  await using pair = await openRunning({
    setup: `create table parent (id int unique);
      create table child (id int primary key, parent_id int references parent (id))`,
  });
  await pair.write("insert into parent values (1); insert into child values (1, 1)");
  await pair.caughtUp();
  await assertEqual(pair, "child");
  deepStrictEqual(
    await onTarget(
      pair,
      "select 1 from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace",
    ),
    [],
  );
});
