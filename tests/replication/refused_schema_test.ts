/** What the target's database refuses of a schema: an extension, a privilege, a name that is taken. */
import { deepStrictEqual, match, ok } from "node:assert/strict";
import { openPair, type Pair, targetName, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

const setup = `
  create schema locked;
  create table other (id int primary key, v text);
  create table item (id int primary key, v text);
  create table child (id int primary key, item_id int references item);
  create table locked.doc (id int primary key, v text)`;

const tables = [
  { schema: "public", name: "other" },
  { schema: "public", name: "item" },
  { schema: "public", name: "child" },
  { schema: "locked", name: "doc" },
];

async function refused(pair: Pair): Promise<string[]> {
  const status = await pair.targetInstance?.readStatus() as
    | { sources: { refused: string[] }[] }
    | undefined;
  return status?.sources.flatMap((source) => source.refused) ?? [];
}

async function equal(pair: Pair, names: readonly string[]): Promise<void> {
  const wanted = tables.filter(({ name }) => names.includes(name));
  await waitFor(async () => {
    const { source, target } = await pair.digests(wanted).catch(() => ({ source: 0, target: 1 }));
    return JSON.stringify(source) === JSON.stringify(target);
  }, {
    what: `${names.join(", ")} to be equal`,
    explain: async () => [await refused(pair), await pair.readStatus(), pair.lines.slice(-30)],
  });
}

for (const isSuperuser of [true, false]) {
  const how = isSuperuser ? "event triggers" : "polling";
  Deno.test(`A refused statement is shown and tried again, and only what depends on it waits, with ${how}`, async (t) => {
    await using pair = await openPair({
      setup,
      isSuperuser,
      schemas: ["public", "locked"],
      targetExpression: ["public.*", "locked.*"],
    });
    const there = pair.target.server.url(pair.target.name);
    // Somebody's own view has a table's name, and the role may not create in the other schema.
    await runSql(there, "create schema locked; create view public.item as select 1 as mine");
    await pair.start();
    await waitFor(async () => (await refused(pair)).length > 0, {
      what: "refusals in the target's status",
      explain: () => pair.lines.slice(-30),
    });

    await t.step("what does not depend on it follows", async () => {
      await pair.write(`insert into other values (1, 'x'); insert into item values (1, 'x');
        insert into locked.doc values (1, 'x'); insert into other values (2, 'y')`);
      await equal(pair, ["other"]);
      await waitFor(async () => {
        const status = await pair.readStatus();
        const held = status?.targets[targetName]?.tables.filter(({ state }) => state === "held");
        return held?.length === 2;
      }, { what: "two tables to be held", explain: () => pair.lines.slice(-30) });
      const text = (await refused(pair)).join("\n");
      match(text, /relation "item" already exists/);
      match(text, /permission denied for schema locked/);
      deepStrictEqual(await runSql(there, "select mine from public.item"), [{ mine: 1 }]);
    });

    await t.step("an extension that cannot be made keeps back its index alone", async () => {
      await runSql(pair.source.server.url(pair.source.name), "create extension bloom");
      await pair.write(
        "create index b on other using bloom (id); alter table other add w int default 3",
      );
      await pair.write("insert into other values (3, 'z', 4)");
      await equal(pair, ["other"]);
      await waitFor(async () => /bloom/.test((await refused(pair)).join("\n")), {
        what: "the extension to be refused",
        explain: async () => [await refused(pair), pair.lines.slice(-30)],
      });
    });

    await t.step("all is made when it can be, and the rows that waited come", async () => {
      await pair.write("update item set v = 'again'; insert into child values (1, 1)");
      await runSql(
        there,
        `drop view public.item; create extension bloom;
         grant create, usage on schema locked to "${pair.targetConfig.database.username}"`,
      );
      await equal(pair, ["other", "item", "child", "doc"]);
      await waitFor(async () => (await refused(pair)).length === 0, {
        what: "nothing to be refused",
        explain: async () => [await refused(pair), pair.lines.slice(-30)],
      });
      await pair.caughtUp();
      await pair.write(
        "insert into item values (2, 'new'); insert into locked.doc values (2, 'new')",
      );
      await equal(pair, ["item", "doc"]);
      const indexes = await runSql(there, "select 1 from pg_indexes where indexname = 'b'");
      ok(indexes.length === 1, "the index is there");
    });
  });
}

Deno.test("What a load makes possible of a refused change is a hazard too, and logged", async () => {
  await using pair = await openPair({ setup: "create table item (id int primary key, v text)" });
  await pair.start();
  await pair.caughtUp();
  await pair.write("insert into item select n, 'word ' || n from generate_series(1, 20) n");
  await equal(pair, ["item"]);

  // The rows that the target has cannot be cast: the change waits for the load that empties the table.
  await pair.write("alter table item alter v type int using pg_catalog.length(v)");

  await equal(pair, ["item"]);
  const changes = () =>
    pair.lines.filter((line) =>
      /^target .*WARN.*hazard="the type of public\.item\.v changes/.test(line)
    );
  await waitFor(() => Promise.resolve(changes().length > 0), {
    what: "the hazard in the target's log",
    explain: () => pair.lines.slice(-30),
  });
  deepStrictEqual(changes().length, 1);
});

Deno.test("rows wait where a rename was refused, and go into no other table of the name", async () => {
  await using pair = await openPair({
    setup:
      `create table first (id int primary key, v text); create table second (id int primary key, v text);
      create table flows (id int primary key, v text)`,
    isSuperuser: true,
  });
  const there = (sql: string) => runSql(pair.target.server.url(pair.target.name), sql);
  await pair.start();
  await pair.caughtUp();
  await pair.write(
    "insert into first values (1, 'first'); insert into second values (1, 'second')",
  );
  await pair.caughtUp();
  await there("create table public.third (id int primary key, v text)");
  await pair.write(`begin; alter table second rename to third; alter table first rename to second;
    insert into second values (2, 'first'); insert into third values (2, 'second');
    insert into flows values (1, 'x'); commit`);
  await waitFor(async () => {
    const status = await pair.readStatus();
    const held = status?.targets[targetName]?.tables.filter(({ state }) => state === "held");
    return held?.length === 2 && (await there("select 1 from public.flows")).length === 1;
  }, { what: "two tables to be held", explain: () => pair.lines.slice(-30) });
  deepStrictEqual(await there("select v from public.third"), []);
  await pair.write("truncate second; insert into second values (3, 'first')");
  await there("drop table public.third");
  const names = ["second", "third", "flows"].map((name) => ({ schema: "public", name }));
  await waitFor(async () => {
    const { source, target } = await pair.digests(names).catch(() => ({ source: 0, target: 1 }));
    return JSON.stringify(source) === JSON.stringify(target);
  }, {
    what: "all to be equal",
    explain: async () => [await refused(pair), await pair.readStatus(), pair.lines.slice(-30)],
  });
  await pair.caughtUp();
  const left = "select relname::text from pg_class where relname like 'teleport %'";
  deepStrictEqual(await there(left), []);
});
