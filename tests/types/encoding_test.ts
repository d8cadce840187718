/** Databases of other encodings: what can be converted is, anything else is held with a reason. */
import { deepStrictEqual, match } from "node:assert/strict";
import { openPair, type Pair, targetName, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";
import { loadAll } from "./type_pair.ts";

const setup = `
  create type mood as enum ('${"gr\u00fcn"}', 'rot');
  create table place ("n\u00e4me" text primary key, note text default '\u00e4', m mood);
  create table other (id int primary key, note text);
  insert into place values ('K\u00f6ln', '\u00a7\u00ff', 'gr\u00fcn');
  insert into other values (1, 'plain');`;

/** Every column of both tables, asked for in UTF-8. */
async function contents(pair: Pair, side: "source" | "target"): Promise<unknown> {
  const { server, name } = pair[side];
  return await runSql(
    server.url(name),
    `set client_encoding = 'UTF8';
     select p::text as row from place p union all select o::text from other o order by 1`,
  );
}

for (const major of [10, 18]) {
  Deno.test(`LATIN1 arrives in UTF8 (PostgreSQL ${major})`, async () => {
    const options = { source: major, target: 18, encodings: { source: "LATIN1" } };
    await using pair = await openPair({ ...options, setup });
    await pair.start();
    await loadAll(pair);
    await pair.write(`insert into place values ('M\u00fcnchen', '\\N\u00df');
      update place set "n\u00e4me" = 'Stra\u00dfe' where "n\u00e4me" = 'K\u00f6ln'`);
    await pair.caughtUp();
    deepStrictEqual(await contents(pair, "target"), await contents(pair, "source"));
    deepStrictEqual(await contents(pair, "target"), [
      { row: "(1,plain)" },
      { row: '(M\u00fcnchen,"\\\\N\u00df",)' },
      { row: "(Stra\u00dfe,\u00a7\u00ff,gr\u00fcn)" },
    ]);
  });
}

Deno.test("what LATIN1 does not have holds its table and no other", async () => {
  await using pair = await openPair({ setup, encodings: { target: "LATIN1" } });
  await pair.start();
  await loadAll(pair);
  await pair.write(
    "update place set note = '\u{1F600}'; insert into other values (2, 'goes on')",
  );
  await isHeld(pair, "place", /has no equivalent in encoding "LATIN1"/);
  await waitFor(async () => JSON.stringify(await contents(pair, "target")).includes("goes on"), {
    what: "the other table to follow",
  });
  await pair.write("update place set note = 'mended'");
  await pair.caughtUp();
  deepStrictEqual(await contents(pair, "target"), await contents(pair, "source"));
});

/** Bytes that are no UTF-8: what a client of another encoding left in SQL_ASCII. */
const noUtf8 = "E'K\\xf6ln'";

Deno.test("bytes of SQL_ASCII that are no UTF8 hold their table and no other", async () => {
  await using pair = await openPair({ setup, encodings: { source: "SQL_ASCII" } });
  await pair.start();
  await loadAll(pair);
  await pair.write(`insert into other values (2, ${noUtf8}); update place set note = '\u{1F600}'`);
  await isHeld(pair, "other", /invalid byte sequence for encoding "UTF8"/);
  await waitFor(async () => JSON.stringify(await contents(pair, "target")).includes("\u{1F600}"), {
    what: "the other table to follow",
  });
  await pair.write("update other set note = 'mended' where id = 2");
  await pair.caughtUp();
  deepStrictEqual(await contents(pair, "target"), await contents(pair, "source"));
});

Deno.test("a load of such bytes waits with the reason, into SQL_ASCII too", async () => {
  await using pair = await openPair({
    setup: `${setup}; insert into other values (2, ${noUtf8})`,
    encodings: { source: "SQL_ASCII", target: "SQL_ASCII" },
  });
  await pair.start();
  await pair.caughtUp();
  const load = loadAll(pair);
  const reason = await waitFor(async () => {
    const status = await pair.readStatus();
    const found = status?.targets[targetName]?.tables.find(({ name }) => name === "other");
    return found?.state === "streaming" ? undefined : found?.reason ?? undefined;
  }, { what: "the load to wait", explain: () => pair.lines.slice(-20) });
  match(reason, /invalid byte sequence for encoding "UTF8"/);
  await pair.write("update other set note = 'mended' where id = 2");
  await load;
  deepStrictEqual(await contents(pair, "target"), await contents(pair, "source"));
});

async function isHeld(pair: Pair, table: string, reason: RegExp): Promise<void> {
  const found = await waitFor(async () => {
    const status = await pair.readStatus();
    return status?.targets[targetName]?.tables
      .find(({ name, state }) => name === table && state === "held");
  }, { what: `${table} to be held`, explain: () => pair.lines.slice(-20) });
  match(found.reason ?? "", reason);
}
