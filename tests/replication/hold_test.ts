import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { openPair, targetName, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";

const setup = `
  create table good (id int primary key, v int);
  create table bad (id int primary key, v int);
`;

Deno.test("a table that the target refuses is held alone, and follows once it can", async () => {
  await using pair = await openPair({ setup });
  await pair.start();
  await pair.caughtUp();
  const admin = pair.target.server.url(pair.target.name);
  await runSql(admin, "alter table public.bad add constraint small check (v < 10)");
  await pair.write("insert into bad values (1, 5), (2, 987654321); insert into good values (1, 1)");
  const held = await waitFor(async () => {
    const status = await pair.readStatus();
    return status?.targets[targetName]?.tables.find(({ state }) => state === "held");
  }, { what: "a table to be held" });
  strictEqual(held.name, "bad");
  match(held.reason ?? "", /violates check constraint "small"/);
  strictEqual(held.reason?.includes("987654321"), false, "the reason shows no row values");
  await pair.write("insert into good values (2, 2); delete from bad where id = 1");
  await waitFor(async () => {
    const { target } = await pair.digests([{ schema: "public", name: "good" }]);
    return target.good?.startsWith("2:");
  }, { what: "the other table to flow" });
  await runSql(admin, "alter table public.bad drop constraint small");
  await pair.caughtUp();
  const { source, target } = await pair.digests([
    { schema: "public", name: "good" },
    { schema: "public", name: "bad" },
  ]);
  deepStrictEqual(target, source);
});

Deno.test("a table that somebody changed on the target is held with the reason", async () => {
  await using pair = await openPair({ setup });
  await pair.start();
  await pair.caughtUp();
  const admin = pair.target.server.url(pair.target.name);
  await runSql(admin, "alter table public.good drop column v");
  await pair.write("insert into good values (1, 1)");
  const held = await waitFor(async () => {
    const status = await pair.readStatus();
    return status?.targets[targetName]?.tables.find(({ state }) => state === "held");
  }, { what: "the table to be held" });
  match(held.reason ?? "", /column t\.v does not exist/);
  await runSql(admin, "alter table public.good add column v int");
  await pair.caughtUp();
  const { source, target } = await pair.digests([{ schema: "public", name: "good" }]);
  deepStrictEqual(target, source);
});

Deno.test("tables whose rows refer to each other's come back together, whatever their waits", async () => {
  await using pair = await openPair({
    setup: `create table parent (id int primary key);
      create table child (id int primary key, parent int not null references parent, v int)`,
  });
  await pair.start();
  await pair.caughtUp();
  const admin = (sql: string) => runSql(pair.target.server.url(pair.target.name), sql);
  const isHeld = (wanted: string) => async () =>
    (await pair.readStatus())?.targets[targetName]?.tables
      .some(({ name, state }) => name === wanted && state === "held");
  await waitFor(
    async () =>
      (await admin(
        "select from pg_constraint where contype = 'f' and conrelid::regclass::text like '%child'",
      )).length > 0,
    {
      what: "the foreign key",
    },
  );
  await admin("alter table public.child add constraint small check (v < 10)");
  await pair.write("insert into parent values (1), (2); insert into child values (1, 1, 5)");
  await pair.caughtUp();
  await pair.write("insert into child values (2, 2, 100)");
  await waitFor(isHeld("child"), { what: "the child to be held" });
  await pair.write("delete from child where id = 1; delete from parent where id = 1");
  await waitFor(isHeld("parent"), { what: "the parent to wait for it" });
  await pair.write("insert into parent values (3); insert into child values (3, 3, 5)");
  // The turn of each comes when the other's is far.
  await using source = await pair.open("source");
  await source.run(
    `update teleport.table_state set attempts = 20,
       retry_at = clock_timestamp() + case table_name when 'child' then interval '3 s' else interval '1 h' end`,
  );
  await admin("alter table public.child drop constraint small");
  // One that was under way at that moment waits a minute.
  await pair.caughtUp(90_000);
  const { source: wanted, target } = await pair.digests([
    { schema: "public", name: "parent" },
    { schema: "public", name: "child" },
  ]);
  deepStrictEqual(target, wanted);
});

Deno.test("tables whose rows refer to those of one that waits for its load go on without it", async () => {
  await using pair = await openPair({
    setup: `create table parent (id int primary key);
      create table child (id int primary key, parent int not null references parent)`,
  });
  await pair.start();
  await pair.caughtUp();
  const hasKey = async () =>
    (await runSql(
      pair.target.server.url(pair.target.name),
      "select from pg_constraint where contype = 'f' and conrelid::regclass::text like '%child'",
    )).length > 0;
  await waitFor(hasKey, { what: "the foreign key" });
  await using source = await pair.open("source");
  await source.run(
    `update teleport.table_state set state = 'queued', is_loaded = false, is_ours = true,
       retry_at = clock_timestamp() + interval '1 h'
     where table_name = 'parent'`,
  );
  await pair.write("insert into parent values (1); insert into child values (1, 1)");
  const digest = async (name: string) => (await pair.digests([{ schema: "public", name }])).target;
  await waitFor(async () => (await digest("child")).child?.startsWith("1:"), {
    what: "the child to go on",
    explain: () => pair.lines.slice(-10),
  });
  strictEqual((await digest("parent")).parent?.startsWith("0:"), true, "The load is to wait");
  await source.run("update teleport.table_state set retry_at = null");
  await pair.caughtUp();
  await waitFor(hasKey, { what: "the foreign key to come back" });
  strictEqual((await digest("parent")).parent?.startsWith("1:"), true);
  deepStrictEqual(pair.lines.filter((line) => line.includes("is held")), []);
});

Deno.test("tables that fail at once are held one after the other, and never take turns in keeping the others", async () => {
  const names = Array.from({ length: 25 }, (_, at) => `bad_${at}`);
  let batches = 0;
  await using pair = await openPair({
    setup: [...names, "good"].map((name) => `create table ${name} (id int primary key, v int)`)
      .join(";"),
    onBatch: () => Promise.resolve(void batches++),
  });
  await pair.start();
  await pair.caughtUp();
  const admin = pair.target.server.url(pair.target.name);
  await runSql(
    admin,
    names.map((name) => `alter table public.${name} add check (v < 10)`).join(";"),
  );
  const before = batches;
  await pair.write(
    `begin; ${names.map((name) => `insert into ${name} values (1, 100)`).join(";")};
     insert into good values (1, 1); commit`,
  );
  await waitFor(async () => {
    const { target } = await pair.digests([{ schema: "public", name: "good" }]);
    return target.good?.startsWith("1:");
  }, { what: "the table that can to flow", explain: () => pair.lines.slice(-20) });
  const tried = batches - before;
  strictEqual(tried <= names.length + 3, true, `${tried} batches`);
});
