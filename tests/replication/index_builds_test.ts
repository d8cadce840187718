/**
 * Indexes of tables that are big on the target are built beside the batches. An old snapshot on the target keeps
 * such a building from its end for as long as a test likes: CREATE INDEX CONCURRENTLY waits for it.
 */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { openPair, type Pair, type PairOptions, targetName, waitFor } from "../pair/mod.ts";
import { connect, openServers, runSql, type Session } from "../postgres/mod.ts";
import { Connection } from "../../src/postgres/mod.ts";
import { requestLoad, tryBuildLock } from "../../src/state/mod.ts";

const setup = "create table item (id int primary key, v int not null, note varchar(50))";
const rows = "insert into item select i, i, 'note ' || i from generate_series(1, 2000) i";
const concurrentFromBytes = 64 * 1024;
const item = [{ schema: "public", name: "item" }];

interface Status {
  sources: { refused: string[]; building: string[] }[];
}

interface TargetIndex {
  name: string;
  definition: string;
  isValid: boolean;
}

const servers = await openServers();
Deno.test.afterAll(async () => await servers[Symbol.asyncDispose]());

/** A pair whose table is big on both sides and follows. */
async function openBigPair(options: Partial<PairOptions> = {}): Promise<Pair> {
  const pair = await openPair({
    setup,
    concurrentFromBytes,
    ...(options.target === undefined ? { servers } : {}),
    ...options,
  });
  await pair.start();
  await pair.caughtUp();
  await pair.write(rows);
  await equal(pair);
  return pair;
}

async function equal(pair: Pair, tables = item): Promise<void> {
  await waitFor(async () => {
    const { source, target } = await pair.digests(tables).catch(() => ({ source: 0, target: 1 }));
    return JSON.stringify(source) === JSON.stringify(target);
  }, {
    what: `${tables.map(({ name }) => name)} to be equal`,
    deadlineMs: 60_000,
    explain: () => pair.lines.slice(-30),
  });
}

async function statusOf(pair: Pair): Promise<{ refused: string[]; building: string[] }> {
  const status = await pair.targetInstance?.readStatus() as Status | undefined;
  return {
    refused: status?.sources.flatMap(({ refused }) => refused) ?? [],
    building: status?.sources.flatMap(({ building }) => building) ?? [],
  };
}

/** Keeps what is being built from its end, and locks nothing. */
async function holdSnapshot(pair: Pair): Promise<Session> {
  const session = await connect(pair.target.server.url(pair.target.name));
  await session.query("begin isolation level repeatable read; select 1 from pg_class limit 1");
  return session;
}

function readTarget(pair: Pair, sql: string): Promise<Record<string, unknown>[]> {
  return runSql(pair.target.server.url(pair.target.name), sql);
}

/** Of the target's tables but teleport's, without primary keys. Read again where DDL comes between. */
async function indexes(pair: Pair): Promise<TargetIndex[]> {
  return await waitFor(() => readTarget(pair, indexesSql).catch(() => undefined), {
    what: "the target's indexes",
  }) as unknown as TargetIndex[];
}

const indexesSql = `select c.relname::text as name, pg_get_indexdef(i.indexrelid) as definition,
       i.indisvalid as "isValid"
     from pg_index i join pg_class c on c.oid = i.indexrelid
     join pg_namespace n on n.oid = c.relnamespace
     where n.nspname not in ('pg_catalog', 'pg_toast', 'teleport') and not i.indisprimary
     order by 1`;

async function building(pair: Pair, pattern: RegExp): Promise<void> {
  await waitFor(async () => {
    const { building } = await statusOf(pair);
    const isBegun = (await indexes(pair)).some(({ name }) => name.startsWith("teleport_build_"));
    return isBegun && building.some((line) => pattern.test(line));
  }, {
    what: `${pattern} to be built`,
    deadlineMs: 60_000,
    explain: async () => [await statusOf(pair), await indexes(pair), pair.lines.slice(-30)],
  });
}

/** Names of the target's indexes, once nothing is being built any more. */
async function built(pair: Pair): Promise<string[]> {
  await waitFor(async () => {
    const { refused, building } = await statusOf(pair);
    const isHalf = (await indexes(pair)).some(({ name }) => name.startsWith("teleport_build_"));
    return refused.length === 0 && building.length === 0 && !isHalf;
  }, {
    what: "all indexes to be built",
    deadlineMs: 60_000,
    explain: async () => [await statusOf(pair), await indexes(pair), pair.lines.slice(-30)],
  });
  const found = await indexes(pair);
  ok(found.every(({ isValid }) => isValid), "all are valid");
  return found.map(({ name }) => name);
}

/** What a change of the source's tables leaves, while indexes are being built. */
async function followsWhileBuilt(pair: Pair, sql: string): Promise<void> {
  const source = await runSql(pair.source.server.url(pair.source.name), sql);
  await waitFor(async () => {
    // Behind somebody's DDL it would wait as long as that.
    const target = await readTarget(pair, `set statement_timeout = '5s'; ${sql}`).catch(() => []);
    return JSON.stringify(source) === JSON.stringify(target);
  }, {
    what: `${sql} to be ${JSON.stringify(source)}`,
    explain: async () => [await statusOf(pair), await indexes(pair), pair.lines.slice(-30)],
  });
}

const definitionsOf = (table: string) =>
  `select indexdef from pg_indexes where tablename = '${table}' order by 1`;

const columnsSql =
  `select c.relname::text as t, a.attname::text as c, a.atttypid::regtype::text as type
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1, 2`;

for (
  const [how, options] of [
    ["with polling", {}],
    ["with event triggers", { isSuperuser: true }],
    ["on PostgreSQL 10", { target: 10 }],
  ] as const
) {
  Deno.test(`Rows go on while an index of a big table is built, which is shown, ${how}`, async () => {
    await using pair = await openBigPair(options);
    await using hold = await holdSnapshot(pair);
    await pair.write(`create index item_v on item (v) with (fillfactor = 70);
      comment on index item_v is 'said'; alter table item cluster on item_v;
      insert into item values (3000, 1, 'new')`);
    await building(pair, /^building: index public\.item_v$/);

    await pair.write(
      "update item set note = note || '!' where id < 100; delete from item where id = 5",
    );
    await equal(pair);
    const { refused, building: waiting } = await statusOf(pair);
    deepStrictEqual(refused, []);
    ok(
      waiting.some((line) => /comment .* waits for index public\.item_v/.test(line)),
      `${waiting}`,
    );
    deepStrictEqual((await indexes(pair)).map(({ isValid }) => isValid), [false]);

    await hold.query("commit");
    deepStrictEqual(await built(pair), ["item_v"]);
    const sql = `select obj_description(i.indexrelid) as said, c.reloptions, i.indisclustered,
      pg_get_indexdef(i.indexrelid) as definition
      from pg_index i join pg_class c on c.oid = i.indexrelid where c.relname = 'item_v'`;
    deepStrictEqual(
      await readTarget(pair, sql),
      await runSql(pair.source.server.url(pair.source.name), sql),
    );
    await pair.write("insert into item values (3001, 1, 'new')");
    await equal(pair);
  });
}

Deno.test("Rows that swap unique values while their unique index is built are not held", async () => {
  await using pair = await openBigPair();
  await using hold = await holdSnapshot(pair);
  // The target learns the table's shape before the index is there: the building waits for this lock.
  await using locker = await connect(pair.target.server.url(pair.target.name));
  await locker.query("begin; lock table item in share update exclusive mode");
  await pair.write("create unique index item_v on item (v)");
  await waitFor(async () => (await statusOf(pair)).building.length === 1, {
    what: "the index to be wanted",
    explain: () => pair.lines.slice(-30),
  });
  for (const note of ["x", "y"]) {
    await pair.write(`update item set note = '${note}' where id = 1`);
    await equal(pair);
  }
  await locker.query("commit");
  await building(pair, /public\.item_v$/);
  // Duplicates are refused long before the index is valid.
  await waitFor(
    async () => {
      const [ready] = await readTarget(
        pair,
        `select indisready as ready from pg_index join pg_class c on c.oid = indexrelid
         where relname like 'teleport_build%'`,
      );
      return ready?.ready === true;
    },
    { what: "the index to be kept up to date" },
  );
  for (let id = 1; id < 40; id += 2) {
    await pair.write(`update item set v = -1 where id = ${id};
      update item set v = ${id} where id = ${id + 1}; update item set v = ${
      id + 1
    } where id = ${id}`);
  }
  await equal(pair);
  deepStrictEqual(pair.lines.filter((line) => /held/.test(line)), []);
  await hold.query("commit");
  deepStrictEqual(await built(pair), ["item_v"]);
});

Deno.test("What is being built gives way to DDL and TRUNCATE, and follows renames", async () => {
  await using pair = await openBigPair();
  await using hold = await holdSnapshot(pair);
  await pair.write("create unique index item_v on item (v); create index other on item (note)");
  await building(pair, /public\.item_v$/);

  await pair.write(
    "alter table item alter note type varchar(90); insert into item values (5000, 5000, 'x')",
  );
  await followsWhileBuilt(pair, columnsSql);
  await building(pair, /public\.item_v$/);
  await pair.write("alter index item_v rename to item_w; alter table item rename to thing");
  await followsWhileBuilt(pair, columnsSql);
  await building(pair, /public\.item_w$/);
  await pair.write("alter table thing rename v to w; alter table thing add column x int default 7");
  await followsWhileBuilt(pair, columnsSql);
  await building(pair, /public\.item_w$/);
  await pair.write("alter index item_w rename to item_x");
  await building(pair, /public\.item_x$/);
  await pair.write("truncate thing; insert into thing values (1, 1, 'after')");
  await followsWhileBuilt(pair, "select * from thing order by 1");
  deepStrictEqual((await statusOf(pair)).refused, []);

  await hold.query("commit");
  deepStrictEqual(await built(pair), ["item_x", "other"]);
  await followsWhileBuilt(pair, definitionsOf("thing"));
});

Deno.test("A column that is rewritten while its index is built, and its table with it, has both", async () => {
  await using pair = await openBigPair();
  await using hold = await holdSnapshot(pair);
  await pair.write("create unique index item_v on item (v); create index other on item (note)");
  await building(pair, /public\.item_v$/);
  await pair.write("alter table item alter v type bigint using v + 1");
  await equal(pair);
  await hold.query("commit");
  await followsWhileBuilt(pair, definitionsOf("item"));
  deepStrictEqual(await built(pair), ["item_v", "other"]);
});

Deno.test("An administrator's DDL on the target does not hold up batches behind what is being built", async () => {
  await using pair = await openBigPair();
  await using hold = await holdSnapshot(pair);
  await pair.write("create index item_v on item (v)");
  await building(pair, /public\.item_v$/);
  await using admin = await connect(pair.target.server.url(pair.target.name));
  const altered = admin.query("alter table item add column own int");
  altered.catch(() => undefined);
  await pair.write("insert into item values (4000, 1, 'new')");
  await followsWhileBuilt(pair, "select id, v, note from item where id = 4000");
  await altered;
  await hold.query("commit");
  deepStrictEqual(await built(pair), ["item_v"]);
});

Deno.test("An index that is dropped while it is being built leaves nothing behind", async () => {
  // With event triggers: the drop comes no later than the rows.
  await using pair = await openBigPair({ isSuperuser: true });
  await using _hold = await holdSnapshot(pair);
  await pair.write("create unique index item_v on item (v); create index item_note on item (note)");
  await building(pair, /public\.item_v$/);
  // What the index would refuse comes with the drop.
  await pair.write("drop index item_v, item_note; update item set v = 1");
  await equal(pair);
  deepStrictEqual(pair.lines.filter((line) => /held/.test(line)), []);
  deepStrictEqual(await built(pair), []);
  await pair.write("create index again on item (v)");
  await building(pair, /public\.again$/);
  await pair.write("drop table item");
  await followsWhileBuilt(pair, columnsSql);
  deepStrictEqual(await built(pair), []);
});

Deno.test("A unique index that the target's rows do not allow is shown, and built when they do", async () => {
  await using pair = await openBigPair();
  await readTarget(pair, "insert into item values (-1, 1, 'a row of its own')");
  await pair.write("create unique index item_v on item (v)");
  await waitFor(async () => (await statusOf(pair)).refused.length > 0, {
    what: "the failure in the target's status",
    explain: async () => [await statusOf(pair), pair.lines.slice(-30)],
  });
  const { refused, building } = await statusOf(pair);
  match(refused.join(), /^not built: index public\.item_v: .*could not create unique index/);
  deepStrictEqual(building, []);
  await pair.write("insert into item values (3000, 3000, 'new'); alter table item add x int");
  await followsWhileBuilt(pair, "select * from item where id = 3000");
  match((await statusOf(pair)).refused.join(), /^not built: index public\.item_v/);
  await readTarget(pair, "delete from item where id = -1");
  deepStrictEqual(await built(pair), ["item_v"]);
  await equal(pair);
});

Deno.test("What somebody made under the index's name meanwhile is taken for it", async () => {
  await using pair = await openBigPair();
  const hold = await holdSnapshot(pair);
  await pair.write("create index item_v on item (v)");
  await building(pair, /public\.item_v$/);
  await readTarget(pair, "create table public.item_v (i int)");
  await hold.query("commit");
  await hold.end();
  await waitFor(
    async () => /not built: .*already exists/.test((await statusOf(pair)).refused.join()),
    {
      what: "the name to be in the way",
      explain: async () => [await statusOf(pair), pair.lines.slice(-30)],
    },
  );
  await readTarget(pair, "drop table public.item_v; create index item_v on item (v)");
  deepStrictEqual(await built(pair), ["item_v"]);
});

Deno.test("What a killed instance left is ended, dropped and built again", async () => {
  await using pair = await openBigPair();
  await using hold = await holdSnapshot(pair);
  await pair.write("create index item_v on item (v)");
  await building(pair, /public\.item_v$/);
  await pair.targetInstance?.stop();
  const [left] = await indexes(pair);
  ok(left !== undefined && !left.isValid, "it is left as it was");

  // A killed instance's server process goes on, and holds the lock of building.
  await using orphan = await Connection.open(pair.targetConfig.database, "orphan");
  ok(await tryBuildLock(orphan));
  await orphan.run(`drop index public.${left.name}`);
  const orphaned = orphan.run(left.definition.replace("INDEX", "INDEX CONCURRENTLY")).then(
    () => "done",
    () => "ended",
  );
  await pair.startTarget();
  strictEqual(await orphaned, "ended");
  await building(pair, /public\.item_v$/);
  await hold.query("commit");
  deepStrictEqual(await built(pair), ["item_v"]);
});

Deno.test("A load that begins while an index is being built brings it itself", async () => {
  await using pair = await openBigPair();
  await using _hold = await holdSnapshot(pair);
  await pair.write("create unique index item_v on item (v)");
  await building(pair, /public\.item_v$/);
  await using connection = await pair.open("source");
  const [relation] = await pair.write("select 'item'::regclass::oid::int as oid");
  await requestLoad(connection, targetName, [Number(relation?.oid)], { existing: "replace" });
  await waitFor(async () => {
    const found = await indexes(pair);
    return found.length === 1 && found[0]?.name === "item_v" && found[0].isValid;
  }, { what: "the load's end", explain: async () => [await indexes(pair), pair.lines.slice(-30)] });
  await pair.caughtUp();
  deepStrictEqual(await built(pair), ["item_v"]);
  await equal(pair);
});

Deno.test("Keys and constraints come with their batch, and so do indexes of small tables", async () => {
  await using pair = await openBigPair({
    setup: `${setup}; create table small (id int primary key, v int);
      create table other (id int primary key, v int not null, note text)`,
  });
  await pair.write("insert into other select * from item");
  await using _hold = await holdSnapshot(pair);
  await pair.write(
    `alter table item add constraint item_v unique (v); create index small_v on small (v);
    create index other_note on other (note)`,
  );
  await building(pair, /public\.other_note$/);
  const found = (await indexes(pair)).filter(({ isValid }) => isValid).map(({ name }) => name);
  deepStrictEqual(found, ["item_v", "small_v"]);
  // A table whose key changes: batches need the index.
  await pair.write(
    `alter table other drop constraint other_pkey; create unique index other_v on other (v)`,
  );
  await pair.caughtUp();
  await pair.write("insert into other values (9000, 9000, 'x')");
  await equal(pair, [{ schema: "public", name: "other" }]);
});

Deno.test("A constraint that takes over an index which is being built comes with its batch", async () => {
  await using pair = await openBigPair();
  await using _hold = await holdSnapshot(pair);
  await pair.write("create unique index item_v on item (v)");
  await building(pair, /public\.item_v$/);
  await pair.write("alter table item add constraint item_v unique using index item_v");
  await waitFor(async () => {
    const sql = "select 1 from pg_constraint where conname = 'item_v'";
    return (await readTarget(pair, sql)).length === 1;
  }, { what: "the constraint", explain: async () => [await indexes(pair), pair.lines.slice(-30)] });
  deepStrictEqual(await built(pair), ["item_v"]);
  await equal(pair);
});

Deno.test("An index of a partitioned table comes when those of its big partitions are built", async () => {
  await using pair = await openBigPair({
    setup: `${setup}; create table r (id int primary key, v int) partition by range (id);
      create table r1 partition of r for values from (0) to (10000);
      create table r2 partition of r for values from (10000) to (20000)`,
  });
  await pair.write(
    "insert into r select i, i from generate_series(1, 3000) i; insert into r values (10001, -1)",
  );
  await equal(pair, [{ schema: "public", name: "r" }]);
  await using hold = await holdSnapshot(pair);
  await pair.write("create unique index r_id_v on r (id, v); create index r_v on r (v)");
  await building(pair, /index public\.r_v waits for index public\.r1_v_idx/);
  await pair.write(
    "update r set id = id + 10000 where id between 2 and 9; insert into r values (20, 5) on conflict do nothing",
  );
  await equal(pair, [{ schema: "public", name: "r" }]);
  deepStrictEqual((await statusOf(pair)).refused, []);
  await hold.query("commit");
  await built(pair);
  const sql = `select inhrelid::regclass::text as part, inhparent::regclass::text as whole
    from pg_inherits where inhparent in ('r_v'::regclass, 'r_id_v'::regclass) order by 1`;
  const attached = await readTarget(pair, sql);
  deepStrictEqual(attached, await runSql(pair.source.server.url(pair.source.name), sql));
  strictEqual(attached.length, 4);
});

Deno.test("Two targets in one database each have their index built", async () => {
  await using pair = await openBigPair({
    targets: {
      [targetName]: { expression: "public.*" },
      second: { expression: "public.*", applySchema: "copy" },
    },
  });
  await waitFor(async () => {
    const [{ n } = { n: 0 }] = await readTarget(pair, "select count(*)::int as n from copy.item");
    return n === 2000;
  }, { what: "the second target", explain: () => pair.lines.slice(-30) });
  await using hold = await holdSnapshot(pair);
  await pair.write("create index item_v on item (v); create index item_up on item (upper(note))");
  await building(pair, /public\.item_v$/);
  await building(pair, /copy\.item_v$/);
  await hold.query("commit");
  deepStrictEqual(await built(pair), ["item_up", "item_up", "item_v", "item_v"]);
});

Deno.test("Between databases that write to each other an index comes with its batch", async () => {
  await using pair = await openBigPair({ isTwoWay: true });
  await using _hold = await holdSnapshot(pair);
  await pair.write("create index item_v on item (v)");
  await followsWhileBuilt(pair, definitionsOf("item"));
  await pair.write("drop index item_v; create index item_v on item (v, note)");
  await followsWhileBuilt(pair, definitionsOf("item"));
  deepStrictEqual(await built(pair), ["item_v"]);
});
