/** Odd names, odd shapes: what a table may look like around its values. */
import { deepStrictEqual } from "node:assert/strict";
import { quoteIdentifier } from "../../src/model/mod.ts";
import { openPair, type Pair } from "../pair/mod.ts";
import { differences, wholeTable } from "./compare.ts";
import { majors } from "./majors.ts";
import { loadAll } from "./type_pair.ts";

const names = [
  "a b",
  "\u00dcn\u00ef",
  'x"y',
  "select",
  "\u00e9".repeat(31) + "z",
  "n".repeat(63),
  "%s %1$s 100%",
  "back\\slash",
  "it's",
  "$$body$$",
  "dot.ted",
  "\u{1F600}",
  "\uFEFFmarked",
  "new",
  "t",
  "teleport_deleted",
  "-- comment",
  "line\nfeed",
];

/** One table for each name, which has it everywhere: as column of the key, as value, as type. */
function oddTables(): string {
  const tables = names.map((name, n) => {
    const [quoted, type, other] = [name, `${name}`, names[(n + 1) % names.length] ?? ""]
      .map(quoteIdentifier);
    return `create type ${type} as (${quoted} int, ${other} text[]);
      create table odd.${quoted} (${quoted} text, ${other} int, value public.${type},
        primary key (${other}, ${quoted}));
      insert into odd.${quoted} values ('first', 1, row(1, array['\\N', null, 'null']))`;
  });
  return `create schema odd; ${tables.join(";")}`;
}

async function compareAll(pair: Pair, schema: string): Promise<unknown> {
  await pair.caughtUp(120_000);
  await using source = await pair.open("source");
  const tables = await pair.write(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = '${schema}'::regnamespace`,
  );
  const questions = [];
  for (const { name } of tables) {
    questions.push(await wholeTable(source, { schema, name: String(name) }));
  }
  deepStrictEqual(questions.length > 0, true);
  return await differences(pair, questions);
}

for (const major of [Math.max(...majors)]) {
  Deno.test(`names need no care (PostgreSQL ${major})`, async () => {
    await using pair = await openPair({
      source: major,
      target: major,
      setup: oddTables(),
      schemas: ["odd", "public"],
      targetExpression: ["odd.*", "public.*"],
    });
    await pair.start();
    await loadAll(pair);
    deepStrictEqual(await compareAll(pair, "odd"), []);
    for (const [n, name] of names.entries()) {
      const [quoted, other] = [name, names[(n + 1) % names.length] ?? ""].map(quoteIdentifier);
      await pair.write(`insert into odd.${quoted} select ${quoted} || n, n, null
          from odd.${quoted}, generate_series(2, 4) n;
        update odd.${quoted} set ${quoted} = 'moved' where ${other} = 2;
        update odd.${quoted} set value = row(2, '{}') where ${other} = 1;
        delete from odd.${quoted} where ${other} = 3`);
    }
    deepStrictEqual(await compareAll(pair, "odd"), []);
  });

  Deno.test(`tables of any shape follow (PostgreSQL ${major})`, async () => {
    const generated = major < 12 ? "" : `
      create table computed (id int, twice int generated always as (id * 2) stored, v text,
        double text generated always as (v || v) stored, primary key (twice, id));
      create table by_computed (v text not null, low text generated always as (lower(v)) stored not null
        constraint by_low unique);`;
    const write = major < 12 ? "" : `
      insert into computed (id, v) select n, 'v' || n from generate_series(20, 30) n;
      update computed set id = id + 100, v = '\\N' where id % 3 = 0;
      delete from computed where id % 5 = 0;
      insert into by_computed values ('Abc'), ('Def'), ('Ghi');
      update by_computed set v = upper(v); update by_computed set v = 'Xyz' where v = 'ABC';
      delete from by_computed where v = 'DEF';`;
    await using pair = await openPair({
      source: major,
      target: major,
      setup: `
        create table only_key (a int, b text, primary key (b, a));
        create table by_identity (id int generated always as identity primary key, n int);
        create table dropped (gone text, id int, away int, v text, last int, primary key (id));
        ${generated}
        do $$ begin
          execute (select 'create table wide (id int primary key, ' || string_agg(
            format('c%s %s', n, case n % 3 when 0 then 'int' when 1 then 'text' else 'bool' end), ', ')
            || ')' from generate_series(1, 1598) n);
        end $$;
        alter table dropped drop column gone, drop column away;
        insert into only_key select n, 'k' || n from generate_series(1, 9) n;
        insert into by_identity (n) select n from generate_series(1, 9) n;
        insert into dropped select n, 'v' || n, n from generate_series(1, 9) n;
        insert into wide (id, c1, c1598, c3) select n, 'x', true, n from generate_series(1, 9) n;
        ${
        major < 12
          ? ""
          : "insert into computed (id, v) select n, 'v' || n from generate_series(1, 9) n"
      }`,
    });
    await pair.start();
    await loadAll(pair);
    deepStrictEqual(await compareAll(pair, "public"), []);
    await pair.write(`
      insert into only_key select n, '' from generate_series(20, 30) n;
      update only_key set a = a + 100 where a % 2 = 0; delete from only_key where a % 3 = 0;
      insert into by_identity (n) select n from generate_series(20, 30) n;
      insert into by_identity overriding system value values (5000, 1);
      update by_identity set n = 0 where id % 2 = 0; delete from by_identity where id % 3 = 0;
      alter table dropped drop column last, add column late text default 'late';
      insert into dropped select n, null, '' from generate_series(20, 30) n;
      update dropped set id = id + 100, v = '\\N' where id % 2 = 0; delete from dropped where id % 3 = 0;
      update wide set c1597 = false, c1 = null, c1500 = 7 where id % 2 = 0; delete from wide where id = 3;
      insert into wide (id, c10) values (10, E'\\t'); ${write}`);
    deepStrictEqual(await compareAll(pair, "public"), []);
  });
}
