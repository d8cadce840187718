/** DDL that changes rows without an event for each: every kind, by its name, with event triggers and with polling. */
import { deepStrictEqual } from "node:assert/strict";
import { openPair, type Pair, waitFor } from "../pair/mod.ts";
import { type RowDdl, rowDdl } from "./row_ddl/cases.ts";

interface Placed extends RowDdl {
  table: string;
}

const put = (sql: string, table: string) => sql.replaceAll(/\bT(?=\b|_)/g, table);

function setupOf({ table, before }: Placed): string {
  const columns = before?.columns === undefined ? "" : `, ${before.columns}`;
  const create = `create table T (id integer primary key, v text${columns})`;
  const also = before?.also ?? "";
  const isFirst = /create (type|function)/.test(also);
  return put(`${isFirst ? `${also};` : ""} ${create}; ${isFirst ? "" : also}`, table);
}

function tablesOf(
  { table, others = [] }: Placed,
): { schema: string; name: string; isOnly: boolean }[] {
  return [table, ...others.map((name) => put(name, table))]
    .map((name) => ({ schema: "public", name, isOnly: true }));
}

/** Where a table is not there, or not readable yet: what the server says. */
async function digests(
  pair: Pair,
  cases: readonly Placed[],
): Promise<{ source: unknown; target: unknown }> {
  try {
    return await pair.digests(cases.flatMap(tablesOf));
  } catch (error) {
    return { source: undefined, target: String(error) };
  }
}

async function followCases(pair: Pair, cases: readonly Placed[], t: Deno.TestContext) {
  await pair.start();
  await pair.caughtUp();
  for (const { table, fill = "" } of cases) {
    const rows = "insert into T (id, v) select n, 'v' || n from generate_series(1, 100) n";
    await pair.write(put(`${rows}; ${fill}`, table));
  }
  await pair.caughtUp();
  const begun = pair.lines.length;
  for (const placed of cases) {
    for (const sql of put(placed.ddl, placed.table).split(/(?<=add value 'c');/)) {
      await pair.write(sql);
    }
    await pair.write(put("insert into T (id, v) values (999, 'after')", placed.table));
  }
  // What is not equal in the end is said case by case.
  await waitFor(async () => {
    const { source, target } = await digests(pair, cases);
    return JSON.stringify(source) === JSON.stringify(target);
  }, { what: "all to be equal", deadlineMs: 90_000 }).catch(() => undefined);
  await pair.caughtUp().catch(() => undefined);
  const lines = pair.lines.slice(begun);
  for (const placed of cases) {
    await t.step(placed.name, async () => {
      const { source, target } = await digests(pair, [placed]);
      deepStrictEqual(target, source, pair.lines.slice(-20).join("\n"));
      if (placed.isLoaded === undefined) return;
      const isLoaded = lines.some((line) =>
        line.endsWith(`table=public.${placed.table}`) && line.includes(" Loading ")
      );
      deepStrictEqual(isLoaded, placed.isLoaded, "whether it was loaded again");
    });
  }
}

for (
  const { source, isSuperuser } of [
    { source: 18, isSuperuser: true },
    { source: 18, isSuperuser: false },
    { source: 10, isSuperuser: true },
    { source: 10, isSuperuser: false },
  ]
) {
  const how = isSuperuser ? "event triggers" : "polling";
  Deno.test(`DDL that changes rows without events, with ${how} (PostgreSQL ${source})`, async (t) => {
    const cases = rowDdl
      .map((one, at) => ({ ...one, table: `t${at}` }))
      .filter(({ since = 0 }) => source >= since);
    const setup = cases.map(setupOf).join("; ");
    await using pair = await openPair({ setup, source, target: source, isSuperuser });
    await followCases(pair, cases, t);
  });
}
