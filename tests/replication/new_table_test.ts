import { deepStrictEqual, ok } from "node:assert/strict";
import { parseExpression } from "../../src/model/mod.ts";
import { openPair, type Pair, targetName, waitFor } from "../pair/mod.ts";

const setup = "create table first (id int primary key)";

for (const isSuperuser of [false, true]) {
  const how = isSuperuser ? "event triggers" : "polling";
  Deno.test(`a table created while replication runs arrives whole, with ${how}`, async () => {
    await using pair = await openPair({ setup, isSuperuser, applySchema: "test" });
    await pair.start();
    await pair.caughtUp();
    await pair.write(`
      begin;
      create type color as enum ('red', 'green');
      create table second (id serial primary key, color color, first_id int references first);
      insert into first select generate_series(1, 50);
      insert into second (color, first_id) select 'red', i from generate_series(1, 50) i;
      commit;
      insert into second (color) select 'green' from generate_series(1, 50);
      delete from second where id % 5 = 0`);
    const tables = [{ schema: "public", name: "first" }, { schema: "public", name: "second" }];
    await waitFor(async () => {
      const status = await pair.readStatus();
      return status?.targets[targetName]?.tables.some(({ name, state }) =>
        name === "second" && state === "streaming"
      );
    }, { what: "the new table to follow", explain: () => pair.lines.slice(-40) });
    await pair.write("update second set color = 'green' where id < 20");
    await pair.caughtUp();
    const { source, target } = await pair.digests(tables);
    deepStrictEqual(target, source);
    const warned = pair.lines.some((line) => line.includes("may not create event triggers"));
    ok(warned === !isSuperuser, "the fall-back to polling is told, and only then");
  });
}

for (const isSuperuser of [false, true]) {
  const how = isSuperuser ? "event triggers" : "polling";
  Deno.test(`a changed column and a changed key follow while rows are written, with ${how}`, async () => {
    await using pair = await openPair({
      isSuperuser,
      setup:
        "create table item (id int primary key, note text); insert into item values (0, 'old')",
    });
    await pair.start();
    await pair.caughtUp();
    await pair.write(`
      insert into item select i, 'a' from generate_series(1, 100) i;
      alter table item add column extra numeric default 1.50;
      insert into item select i, 'b', i from generate_series(101, 200) i;
      alter table item alter column id type bigint;
      insert into item select i, 'c', i from generate_series(201, 300) i;
      alter table item rename column id to number;
      update item set note = 'd' where number % 3 = 0;
      insert into item select i, 'e', i from generate_series(3000000001, 3000000100) i`);
    await waitFor(async () => {
      await pair.caughtUp();
      const { source, target } = await pair.digests([{ schema: "public", name: "item" }]);
      return source.item === target.item;
    }, { what: "both sides to be equal", explain: () => pair.lines.slice(-40) });
  });
}

for (const isSuperuser of [false, true]) {
  const how = isSuperuser ? "event triggers" : "polling";
  Deno.test(`a table that DDL rewrites without row events is loaded again, with ${how}`, async () => {
    await using pair = await openPair({
      isSuperuser,
      setup: `create table item (id int primary key, n text);
        create table other (id int primary key, n int);`,
    });
    await pair.start();
    await pair.caughtUp();
    await pair.write(`
      insert into item select i, i from generate_series(1, 100) i;
      insert into other select i, i from generate_series(1, 100) i`);
    await pair.caughtUp();
    await pair.write(`
      alter table other alter column n type int using n + 100;
      alter table item add column random uuid default md5(random()::text)::uuid`);
    const tables = [{ schema: "public", name: "item" }, { schema: "public", name: "other" }];
    await waitFor(async () => {
      const { source, target } = await pair.digests(tables).catch(() => ({ source: 0, target: 1 }));
      return JSON.stringify(source) === JSON.stringify(target);
    }, { what: "both sides to be equal", explain: () => pair.lines.slice(-40) });
  });
}

async function follows(pair: Pair, table: string): Promise<void> {
  await waitFor(async () => {
    const status = await pair.readStatus();
    return status?.targets[targetName]?.tables.some(({ name, state }) =>
      name === table && state === "streaming"
    );
  }, { what: `${table} to follow`, explain: () => pair.lines.slice(-40) });
}

Deno.test("tables that a wider target_expression names are loaded after the restart, and new ones without event triggers", async () => {
  await using pair = await openPair({
    targetExpression: "public.first",
    isSuperuser: true,
    config: { use_event_triggers: false },
    setup: `${setup};
      create table second (id int primary key, note text);
      insert into second select i, 'before' from generate_series(1, 50) i`,
  });
  await pair.start();
  await pair.caughtUp();
  await pair.sourceInstance?.stop();
  const target = pair.sourceConfig.targets[targetName];
  const wider = parseExpression(["public.*"]);
  ok(target !== undefined && wider.ok);
  target.target_expression = wider.expression;
  await pair.write("delete from second where id <= 10");
  await pair.startSource();
  await follows(pair, "second");
  await pair.write(`
    update second set note = 'after' where id > 40;
    create table third (id int primary key, note text);
    insert into third select i, 'polled' from generate_series(1, 50) i;
    delete from third where id % 5 = 0`);
  await follows(pair, "third");
  await pair.write("update third set note = 'after' where id > 40");
  await pair.caughtUp();
  const names = ["first", "second", "third"].map((name) => ({ schema: "public", name }));
  const { source, target: there } = await pair.digests(names);
  deepStrictEqual(there, source);
  const [{ triggers } = { triggers: -1 }] = await pair.write(
    "select count(*)::int as triggers from pg_event_trigger",
  );
  deepStrictEqual(triggers, 0);
});
