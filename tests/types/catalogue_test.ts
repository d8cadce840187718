/** The catalogue is whole: a built-in type of which it has no sample is a failure. */
import { deepStrictEqual, match } from "node:assert/strict";
import { runSql, startServer } from "../postgres/mod.ts";
import { typesOf, unreadable } from "./catalogue.ts";
import { majors } from "./majors.ts";

for (const major of majors) {
  Deno.test(`the catalogue has samples of every built-in type of PostgreSQL ${major}`, async () => {
    await using server = await startServer({ major });
    const url = server.url("postgres");
    const there = await runSql<{ name: string }>(
      url,
      // Arrays are made from their elements; pseudo-types and rows of catalogs are no types of columns.
      `select case when n.nspname = 'pg_catalog' then '' else n.nspname || '.' end || t.typname as name
       from pg_type t join pg_namespace n on n.oid = t.typnamespace
       where n.nspname in ('pg_catalog', 'information_schema')
         and t.typtype not in ('p', 'c')
         and not exists (select 1 from pg_type e where e.typarray = t.oid)
       order by 1`,
    );
    const names = typesOf([major]).filter(({ definition, extension }) => !definition && !extension)
      .map(({ type }) => type);
    const sampled = await runSql<{ name: string }>(
      url,
      `select distinct case when n.nspname = 'pg_catalog' then '' else n.nspname || '.' end || t.typname as name
       from unnest($1::text[]) x join pg_type t on t.oid = x::regtype
       join pg_namespace n on n.oid = t.typnamespace`,
      [names],
    );
    const known = new Set([...sampled.map(({ name }) => name), ...Object.keys(unreadable)]);
    deepStrictEqual(there.filter(({ name }) => !known.has(name)), []);
    // What is called unreadable is so.
    for (const name of Object.keys(unreadable)) {
      if (!there.some((type) => type.name === name)) continue;
      const error = await runSql(url, `select ''::${name}`).then(() => undefined, String);
      match(error ?? "it can be read", /cannot accept a value of type|not implemented/, name);
    }
  });
}
