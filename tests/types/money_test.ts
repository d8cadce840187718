/**
 * Money, whose text is the locale's: `1.234,50 €` on the source, and on the target yen, which have no
 * fraction, so that the same digits would be a hundredfold. The writers use these and others.
 */
import { deepStrictEqual } from "node:assert/strict";
import { openPair, type Pair, say, waitFor } from "../pair/mod.ts";
import { findLocales, localeNames, runSql } from "../postgres/mod.ts";
import { type Difference, differences } from "./compare.ts";
import { makeHostile } from "./hostile.ts";
import { loadAll } from "./type_pair.ts";

const locales = await findLocales();
if (locales === undefined) {
  say(
    "Money of other locales is not tested: localedef has no sources (apt-get install locales)",
  );
}

/** Every way to be a value and a key; constants of the schema are text too. */
const setup = `
  set lc_monetary = '${localeNames.german}';
  create domain price as money default '7,25' check (value > '-91.000.000.000.000,50');
  create type pay as (m money, all_of money[]);
  create type span as range (subtype = money);
  create table amount (id int primary key, v money default '12,34' check (v < '99.000.000.000.000,01'),
    a money[] default '{"1,5",NULL}', d price, c pay, r span);
  create index on amount (v) where v > '1.234,56';
  create table by_money (k money primary key, n int);
  create table by_price (k price primary key, n int);
  create table by_array (k money[] primary key, n int);
  create table by_pair (k pay, note text, n int, primary key (k, note));
  create table by_span (k span primary key, n int);
  insert into amount select n, m, array[m, null, m * -1], m, row(m, array[m])::pay, span(m, m + '2')
    from generate_series(1, 20) n, cast((n * 0.05)::numeric as money) m`;

const values = ["amount"];
const keys = ["by_money", "by_price", "by_array", "by_pair", "by_span"];
const formOf: Readonly<Record<string, string>> = {
  by_array: "array[m, null, m * -1]",
  by_pair: "row(m, array[m])::pay",
  by_span: "span(m, m + '2')",
};

/** Rows of every table: `amounts` from the locale's own text. */
function insertAll(first: number, amounts: readonly string[]): string {
  const rows = amounts.map((text, n) => `(${first + n}, '${text}'::money)`).join(", ");
  return `
    insert into amount select n, m, array[m, null, m * -1], m, row(m, array[m])::pay, span(m, m + '2')
      from (values ${rows}) x (n, m);
    insert into amount (id) values (${first + 500});
    ${
    keys.map((table) =>
      `insert into ${table} (${table === "by_pair" ? "note, " : ""}k, n)
         select ${table === "by_pair" ? "m::text, " : ""}${formOf[table] ?? "m"}, n
         from (values ${rows}) x (n, m)`
    ).join(";\n")
  };`;
}

/** A writer of the application with that locale of its own, or with its role's. */
async function write(pair: Pair, locale: string | undefined, sql: string): Promise<unknown> {
  return await pair.write(`${locale === undefined ? "" : `set lc_monetary = '${locale}';`} ${sql}`);
}

async function compare(pair: Pair): Promise<void> {
  await pair.caughtUp();
  deepStrictEqual(await differencesOf(pair), []);
}

async function differencesOf(pair: Pair): Promise<Difference[]> {
  const ways = [...values, ...keys].flatMap((table) => {
    const query = `select t.* from public.${table} t order by ${table === "amount" ? "id" : "n"}`;
    return [{ name: table, query, isBinary: false }];
  });
  const binary = [...values, "by_money", "by_price"].map((table) => {
    const columns = table === "amount" ? "id, v, a, d" : "k, n";
    const query = `select ${columns} from public.${table} order by 1`;
    return { name: `${table}, binary`, query, isBinary: true };
  });
  return await differences(pair, [...ways, ...binary]);
}

const german = ["1.234,50 €", "-0,01", "92.233.720.368,07 €", "0,29"];
const moreGerman = ["1.334,50 €", "-0,02", "-90.233.720.368,07 €", "0,39"];
/** So many that the planner would rather hash them, as it believes it can. */
const manySpans = `insert into by_span
  select span(n::money, (n + 1)::money), 10000 + n from generate_series(5001, 8000) n`;
const updates = keys.map((table) => `update ${table} set n = -n where n % 2 = 0`).join(";");
const moves = `
  update amount set v = v * 1.5, a = a || v, r = span(null, v), c.m = '0,07' where id % 2 = 0;
  update by_money set k = k + '1.000,01' where n % 3 = 0;
  update by_price set k = k + '1.000,01' where n % 3 = 0;
  update by_array set k = k || '0,01'::money where n % 3 = 0;
  update by_pair set k.m = '0,07', note = '0,07 €' where n = 101;
  update by_span set k = span(lower(k), null) where n % 3 = 0;
  delete from amount where id % 5 = 1;
  ${keys.map((table) => `delete from ${table} where n % 5 = 1`).join(";")}`;

const yenColumns = `alter table amount add column yen money default '￥1,235',
  add column cast_yen money default 12::money`;
const euroColumns = `alter table amount add column late money default '99,99',
    add column many money[] default '{"1,5"}', add column paid pay default row('0,5', null),
    add column spans span default '["1,5","2,5"]';
  alter table amount add check (late > '0,01');
  insert into amount (id) values (5000)`;

const japanese = ["￥1,235", "-7", "￥4,000"];

for (const { source, target } of [{ source: 10, target: 18 }, { source: 18, target: 10 }]) {
  const name = `money arrives, whatever the locales (${source} to ${target})`;
  Deno.test(name, { ignore: locales === undefined }, async (test) => {
    await using pair = await openPair({
      source,
      target,
      sourceSettings: { lc_monetary: localeNames.japanese },
      targetSettings: { lc_monetary: localeNames.german },
      ...locales,
      setup,
    });
    await setLocales(pair);
    await write(pair, undefined, insertAll(100, german));
    await pair.start();
    await test.step("by a load", async () => {
      await loadAll(pair, { deadlineMs: 60_000 });
      await compare(pair);
    });
    await test.step("by inserts", async () => {
      await write(pair, undefined, insertAll(200, moreGerman));
      await write(pair, localeNames.japanese, insertAll(300, japanese));
      await write(pair, "C", insertAll(400, ["$1,234.56", "($0.99)"]));
      await write(pair, "C", manySpans);
      await compare(pair);
    });
    await test.step("by updates, other keys and deletes", async () => {
      await write(pair, localeNames.japanese, updates);
      await write(pair, undefined, moves);
      await compare(pair);
    });
    await test.step("by new columns with defaults", async () => {
      await write(pair, localeNames.japanese, yenColumns);
      await write(pair, undefined, euroColumns);
      // Before 11 they rewrite the table, which the watcher sees by and by.
      await waitFor(async () => (await differencesOf(pair)).length === 0, {
        what: "the new columns to be the same",
        explain: () => differencesOf(pair),
      });
      const [here, away] = await Promise.all([pair.source, pair.target].map(readOwnDefaults));
      deepStrictEqual(away, here);
    });
  });
}

/** Databases and roles have others than their servers. */
async function setLocales(pair: Pair): Promise<void> {
  for (const side of ["source", "target"] as const) {
    const { username: teleport } = pair[`${side}Config`].database;
    const writer = side === "source" ? { writer: pair.owner.name } : {};
    await makeHostile(pair[side], { side, teleport, ...writer });
  }
  const here = await pair.write("select 1234.5::money::text as text");
  deepStrictEqual(here, [{ text: "1.234,50 €" }]);
  const there = await runSql(pair.target.url, "select '￥1,235'::money::text as text");
  deepStrictEqual(there, [{ text: "￥1,235" }]);
}

/** A row that is written on that side, of defaults; rolled back with the session. */
async function readOwnDefaults({ server, name }: Pair["source"]): Promise<unknown> {
  return await runSql(
    server.url(name),
    "set lc_monetary = 'C'; begin; insert into amount (id) values (-1) returning amount::text as row",
  );
}
