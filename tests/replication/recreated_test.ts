import { deepStrictEqual, ok } from "node:assert/strict";
import { openPair, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

const tables = [{ schema: "public", name: "item" }];

Deno.test("a table that is dropped and created again under its name is loaded", async () => {
  await using pair = await openPair({ setup: "create table item (id int primary key, note text)" });
  await pair.start();
  await pair.caughtUp();
  await pair.write("insert into item select i, 'x' from generate_series(1, 5) i");
  await pair.caughtUp();
  await pair.write(
    `begin; drop table item; create table item (id int primary key, note text);
     insert into item select i, 'y' from generate_series(3, 9) i; commit`,
  );
  await waitFor(async () => {
    // Between the drop and the creation there is no such table.
    const digests = await pair.digests(tables).catch(() => undefined);
    return digests !== undefined && digests.target.item === digests.source.item;
  }, { what: "the new rows", explain: () => pair.lines.slice(-20) });
});

Deno.test("a truncated partition that is none on the target has its table loaded", async () => {
  await using pair = await openPair({
    setup: `create table item (id int primary key, note text) partition by range (id);
      create table item_1 partition of item for values from (0) to (100);
      create table item_2 partition of item for values from (100) to (200)`,
  });
  const admin = pair.target.server.url(pair.target.name);
  const role = pair.targetConfig.database.username;
  await runSql(
    admin,
    `create table public.item (id int primary key, note text);
     alter table public.item owner to "${role}"`,
  );
  await pair.start();
  await pair.caughtUp();
  await pair.write("insert into item select i, 'x' from generate_series(95, 105) i");
  await pair.caughtUp();
  await pair.write("truncate item_1");
  await pair.caughtUp();
  const { source, target } = await pair.digests(tables);
  deepStrictEqual(target, source, pair.lines.slice(-20).join("\n"));
});

Deno.test("a table that was dropped on the target is loaded again, though the answer that says so is lost", async () => {
  await using pair = await openPair({
    setup:
      "create table item (id int primary key, note text); create table other (id int primary key)",
    hasProxy: true,
  });
  const { proxy } = pair;
  ok(proxy);
  await pair.start();
  await pair.caughtUp();
  await pair.write("insert into item select i, 'x' from generate_series(1, 5) i");
  await pair.caughtUp();
  const admin = pair.target.server.url(pair.target.name);
  await runSql(admin, "drop table public.item");
  proxy.fault = "lose answer";
  proxy.cutAll();
  await pair.write("alter table other add column note text; insert into other values (1, 'a')");
  await waitFor(async () => {
    const [row] = await runSql(admin, "select to_regclass('public.item') is not null as is_there");
    return row?.is_there === true;
  }, { what: "the table to be made again", explain: () => pair.lines.slice(-20) });
  proxy.fault = "none";
  proxy.cutAll();
  await waitFor(async () => {
    const { source, target } = await pair.digests(tables);
    return target.item === source.item;
  }, { what: "its rows", deadlineMs: 15_000, explain: () => pair.lines.slice(-20) });
  await pair.caughtUp();
});
