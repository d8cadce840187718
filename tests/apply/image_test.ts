/** Values that compare equal and are not the same: they arrive, and what has arrived writes nothing. */
import { deepStrictEqual, notDeepStrictEqual, strictEqual } from "node:assert/strict";
import { openTarget, Servers, type Target } from "./target.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

interface Case {
  name: string;
  type: string;
  before: string;
  after: string;
  since?: number;
}

const collation = `create collation public.loose (provider = icu, locale = 'und-u-ks-level2',
  deterministic = false)`;

const cases: readonly Case[] = [
  { name: "numeric 1.0 to 1.00", type: "numeric", before: "1.0", after: "1.00" },
  { name: "citext Foo to foo", type: "public.citext", before: "Foo", after: "foo" },
  { name: "interval 1 mon to 30 days", type: "interval", before: "1 mon", after: "30 days" },
  { name: "float 0 to -0", type: "float8", before: "0", after: "-0" },
  { name: "jsonb 1.0 to 1.00", type: "jsonb", before: "1.0", after: "1.00" },
  {
    name: "a nondeterministic collation's Abc to ABC",
    type: "text collate public.loose",
    before: "Abc",
    after: "ABC",
    since: 12,
  },
  { name: "json, which has no equality", type: "json", before: '{"a": 1}', after: '{"a":1}' },
  { name: "point, which has no equality", type: "point", before: "(0,0)", after: "(0,1)" },
  { name: "xml, which has no equality", type: "xml", before: "<a/>", after: "<a></a>" },
  { name: "numeric[] {1.0} to {1.00}", type: "numeric[]", before: "{1.0}", after: "{1.00}" },
  { name: "null to empty text", type: "text", before: "\\N", after: "" },
];

/** Types that can be keys, whose text changes while the key stays equal. */
const keyCases = cases.filter(({ type }) =>
  ["numeric", "public.citext", "interval", "float8", "text collate public.loose"].includes(type)
);

async function openCases(major: number): Promise<Target> {
  const admin = `create extension citext schema public;${major >= 12 ? collation : ""}`;
  return await openTarget(await servers.get(major), "create table start (id int)", { admin });
}

/** Where every row of a table lies, and the size of what lies beside it. */
function places(target: Target, table: string) {
  return target.admin(
    `select t.ctid::text, t.xmin::text, pg_catalog.pg_total_relation_size('${table}') as size
     from ${table} t order by 1`,
  );
}

for (const major of [18, 10]) {
  Deno.test(`Values that are equal and not the same arrive (PostgreSQL ${major})`, async (t) => {
    await using target = await openCases(major);
    for (const [number, { name, type, before, after, since }] of cases.entries()) {
      if (major < (since ?? 0)) continue;
      await t.step(name, async () => {
        const table = `value_${number}`;
        await target.run(`create table ${table} (id int primary key, v ${type})`);
        const columns = ["id", "v"];
        const value = () => target.value(`select v::text from ${table}`);
        await target.send({ changes: [{ table, columns, rows: [`1\t${before}`] }] });
        const first = await value();

        await target.send({ changes: [{ table, columns, rows: [`1\t${after}`] }] });

        notDeepStrictEqual(await value(), first);
        strictEqual(await value(), after);
        const written = await places(target, table);
        await target.send({ changes: [{ table, columns, rows: [`1\t${after}`] }] });
        deepStrictEqual(await places(target, table), written, "the second time writes nothing");
      });
    }
  });

  Deno.test(`A key of another text that is equal takes that text (PostgreSQL ${major})`, async (t) => {
    await using target = await openCases(major);
    for (const [number, { name, type, before, after, since }] of keyCases.entries()) {
      if (major < (since ?? 0)) continue;
      await t.step(name, async () => {
        const table = `key_${number}`;
        await target.run(`create table ${table} (id ${type} primary key, v int)`);
        const columns = ["id", "v"];
        await target.send({ changes: [{ table, columns, rows: [`${before}\t1`] }] });

        await target.send({ changes: [{ table, columns, rows: [`${after}\t1`] }] });

        deepStrictEqual(await target.admin(`select id::text, v from ${table}`), [
          { id: after, v: 1 },
        ]);
        const written = await places(target, table);
        await target.send({ changes: [{ table, columns, rows: [`${after}\t1`] }] });
        deepStrictEqual(await places(target, table), written, "the second time writes nothing");
        await target.send({ changes: [{ table, columns, gone: [`${before}\t\\N`] }] });
        deepStrictEqual(await places(target, table), [], "an equal key is deleted");
      });
    }
  });

  Deno.test(`A row with a value beside its page is not written twice (PostgreSQL ${major})`, async () => {
    await using target = await openTarget(
      await servers.get(major),
      `create table big (id int primary key, v text);
       alter table big alter column v set storage external`,
    );
    const rows = [`1\t${"x".repeat(100_000)}`];
    const send = () => target.send({ changes: [{ table: "big", columns: ["id", "v"], rows }] });
    await send();
    const written = await places(target, "big");
    await send();
    await send();
    deepStrictEqual(await places(target, "big"), written);
  });
}
