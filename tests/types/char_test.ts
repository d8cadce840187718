/** The type "char" with the high bit set, whose text servers before 16 read wrong without an error. */
import { deepStrictEqual, match } from "node:assert/strict";
import { openPair, type Pair, targetName, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

const tables = ["kept", "arrays", "pairs", "texts"];

async function waitForReason(pair: Pair, table: string): Promise<void> {
  const reason = await waitFor(async () => {
    const status = await pair.readStatus();
    const found = status?.targets[targetName]?.tables.find(({ name }) => name === table);
    return found?.state === "streaming" ? undefined : found?.reason ?? undefined;
  }, { what: `${table} to wait`, explain: () => pair.lines.slice(-20) });
  match(reason, new RegExp(`${table} has a "char" with the high bit set`));
}

async function contents(pair: Pair, side: "source" | "target"): Promise<unknown> {
  const selects = tables.map((table) => `select '${table}' || t::text as row from ${table} t`);
  const { server, name } = pair[side];
  return await runSql(server.url(name), `${selects.join(" union all ")} order by 1`);
}

Deno.test(`a "char" that the target cannot read holds its table and no other (18 to 14)`, async () => {
  await using pair = await openPair({
    source: 18,
    target: 14,
    setup: `
      create type named as (code "char", name text);
      create table kept (id int primary key, code "char", note text);
      create table arrays (id int primary key, codes "char"[]);
      create table pairs (id int primary key, pair named);
      create table texts (id int primary key, note text, title name)`,
  });
  await pair.start();
  await pair.caughtUp();
  await pair.write(`
    insert into kept values (1, 'a', 'fine'); insert into texts values (1, '\\200', '\\377');
    insert into arrays values (1, '{a,b}'); insert into pairs values (1, '(x,y)')`);
  await pair.caughtUp();
  await pair.write(`
    insert into kept values (2, '\\200', 'wrong'); insert into texts values (2, '\\200', '\\377');
    insert into arrays values (2, array['a', '\\300']::"char"[]);
    insert into pairs values (2, row('\\377', 'y')::named)`);
  for (const table of ["kept", "arrays", "pairs"]) await waitForReason(pair, table);
  await waitFor(async () => JSON.stringify(await contents(pair, "target")).includes("texts(2"), {
    what: "the other table to follow",
  });
  await pair.write(`
    update kept set code = 'b' where id = 2; update arrays set codes = '{c}' where id = 2;
    update pairs set pair = '(d,e)' where id = 2`);
  await pair.caughtUp();
  deepStrictEqual(await contents(pair, "target"), await contents(pair, "source"));
});
