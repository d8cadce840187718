/** Reloads of a table while it and others are written to, beside the table and in place. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { type Pair, TeleportProcess, toWritten, waitFor, writeConfig } from "../pair/mod.ts";
import { connect, openServers, type ServerPair } from "../postgres/mod.ts";
import {
  asAdmin,
  askForLoad,
  assertExact,
  follows,
  listShadows,
  noShadows,
  oneValue,
  openFilled,
  patienceMs,
  tableOf,
} from "./filled.ts";

let opened: Promise<ServerPair> | undefined;

function servers(): Promise<ServerPair> {
  return opened ??= openServers();
}

Deno.test.afterAll(async () => await (await opened)?.[Symbol.asyncDispose]());

const shop = `
  create table customer (id int primary key, name text unique, note text);
  create table purchase (id int primary key, customer int not null references customer, amount int);
  create table tick (id int primary key, n int);
  insert into tick values (1, 0);
  insert into customer select i, 'customer ' || i, repeat('x', 200) from generate_series(1, 8000) i;
  insert into purchase select i, 1 + i % 8000, i from generate_series(1, 4000) i;`;

async function openShop(options: { filled?: string } = {}): Promise<Pair> {
  const pair = await openFilled({
    servers: await servers(),
    setup: shop,
    filled: options.filled ?? "",
  });
  await pair.start();
  await pair.caughtUp(patienceMs);
  return pair;
}

/** Writes until it is disposed of: rows that move, swap names, come, go, and refer to new ones; a tick with each. */
class Writer implements AsyncDisposable {
  written = 0;
  #isOver = false;
  readonly #work: Promise<void>;

  constructor(pair: Pair) {
    this.#work = this.#run(pair);
  }

  async #run(pair: Pair): Promise<void> {
    await using session = await connect(pair.source.urlAs(pair.owner));
    for (let n = 1; !this.#isOver; n++) {
      const one = 1 + (n * 37) % 4000;
      const other = 4001 + (n * 53) % 3000;
      await session.query(`
        begin;
        update tick set n = ${n};
        insert into customer values (${10000 + n}, 'new ${n}', 'y');
        insert into purchase values (${10000 + n}, ${10000 + n}, 1);
        update customer set name = 'swap ${n}' where id = ${one};
        update customer set name = 'was of ${one} ' || ${n} where id = ${other};
        update customer set note = repeat('z', ${n % 400}) where id between ${one} and ${one + 5};
        update purchase set customer = ${10000 + n} where customer = ${7500 + n % 400};
        delete from customer where id = ${7500 + n % 400};
        commit`);
      this.written = n;
      await pause(20);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#work;
  }
}

const hasKey = (pair: Pair) =>
  oneValue(
    pair,
    "select count(*) from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace",
  );

for (const existing of ["merge", "replace"] as const) {
  Deno.test(`A reload while it and others are written to ends exact, and the others keep flowing: ${existing}`, async () => {
    await using pair = await openShop();
    await askForLoad(pair, ["customer", "purchase"], "replace");
    await follows(pair, "customer", "purchase");
    await waitFor(async () => await hasKey(pair) === "1", { what: "the foreign key" });
    // Rows that only the target has, which no event of the source will tell of.
    await asAdmin(pair, "insert into public.customer values (-1, 'nobody', '')");
    {
      await using writer = new Writer(pair);
      await waitFor(() => writer.written > 3, { what: "the writer to begin" });
      await askForLoad(pair, ["customer"], existing);
      await waitFor(async () => (await tableOf(pair, "customer"))?.state === "loading", {
        what: "the load to begin",
      });
      const from = writer.written;
      // Others flow while it is loaded.
      let flowed = false;
      await waitFor(async () => {
        const state = (await tableOf(pair, "customer"))?.state;
        if (
          state === "loading" && Number(await oneValue(pair, "select n from public.tick")) > from
        ) {
          flowed = true;
        }
        return state === "streaming";
      }, {
        what: "customer to follow",
        deadlineMs: patienceMs,
        explain: () => pair.lines.slice(-20),
      });
      ok(flowed, "tick stood still while customer was loaded");
    }
    await assertExact(pair, "customer", "purchase", "tick");
    await waitFor(async () => await hasKey(pair) === "1", {
      what: "the foreign key to be there",
      explain: () => pair.lines.slice(-20),
    });
    deepStrictEqual(pair.lines.filter((line) => line.includes("is held")), []);
  });
}

Deno.test("Readers see the old number of rows or the new one while a table is merged", async () => {
  await using pair = await openFilled({
    servers: await servers(),
    setup: `create table item (id int primary key, note text);
      insert into item select i, repeat('x', 300) from generate_series(1, 6000) i`,
    filled: `create table item (id int primary key, note text);
      insert into item select i, 'old' from generate_series(1, 500) i;
      insert into item select -i, 'gone' from generate_series(1, 777) i`,
  });
  await pair.start();
  await pair.caughtUp(patienceMs);
  const seen = new Set<string>();
  let isOver = false;
  const reading = (async () => {
    await using session = await connect(pair.target.server.url(pair.target.name));
    while (!isOver) {
      const { rows } = await session.query(
        "select count(*)::text as n, min(id)::text as low from public.item",
      );
      seen.add(`${rows[0].n} from ${rows[0].low}`);
      await pause(10);
    }
  })();
  try {
    await askForLoad(pair, ["item"], "merge");
    await follows(pair, "item");
  } finally {
    isOver = true;
    await reading;
  }
  await assertExact(pair, "item");
  const wrong = [...seen].filter((n) => n !== "1277 from -777" && n !== "6000 from 1");
  deepStrictEqual(wrong, []);
  ok(seen.has("1277 from -777"));
});

Deno.test("Foreign keys stay on a table that is merged, as long as they refuse nothing", async () => {
  await using pair = await openShop();
  await askForLoad(pair, ["customer", "purchase"], "replace");
  await follows(pair, "customer", "purchase");
  await waitFor(async () => await hasKey(pair) === "1", { what: "the foreign key" });
  const key = () =>
    oneValue(
      pair,
      "select oid from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace",
    );
  const before = await key();
  await asAdmin(pair, "update public.customer set note = 'wrong' where id < 10");
  await askForLoad(pair, ["customer"], "merge");
  await follows(pair, "customer");
  await assertExact(pair, "customer", "purchase");
  strictEqual(await key(), before);
});

Deno.test("A partitioned table is merged as a whole, rows that moved between partitions too", async () => {
  const tables = `create table part (id int, region int, note text, primary key (id, region))
      partition by list (region);
    create table part_1 partition of part for values in (1);
    create table part_2 partition of part for values in (2);
    create table part_rest partition of part default;`;
  await using pair = await openFilled({
    servers: await servers(),
    setup: `${tables} insert into part select i, 1 + i % 4, 'note' from generate_series(1, 4000) i`,
    filled: `${tables} insert into part select i, 1 + i % 3, 'old' from generate_series(1, 4200) i`,
  });
  await pair.start();
  await pair.caughtUp(patienceMs);
  await askForLoad(pair, ["part"], "merge");
  await pair.write(
    "update part set region = 2 where id % 7 = 0; update part set region = 9 where id % 11 = 0",
  );
  await follows(pair, "part");
  await assertExact(pair, "part", "part_1", "part_2", "part_rest");
});

/** Has chunks of a number wait for whoever holds advisory lock 42. */
function stall(condition: string): string {
  return `create function public.stall() returns trigger language plpgsql as
       'begin perform pg_catalog.pg_advisory_xact_lock_shared(42); return new; end';
     create trigger stall before insert on teleport.applied_chunk for each row
       when (${condition}) execute procedure public.stall()`;
}

Deno.test("A target that is killed in the middle of a merge goes on with it", async () => {
  await using pair = await openFilled({
    servers: await servers(),
    setup: `create table item (id int primary key, note text);
      insert into item select i, repeat('x', 300) from generate_series(1, 5000) i`,
    filled: "create table item (id int primary key, note text); insert into item values (0, 'old')",
    config: { load: { chunk_bytes: 65_536 } },
  });
  const file = await writeConfig(toWritten(pair.targetConfig, {}));
  const start = async () => {
    const process = new TeleportProcess(["-config", file]);
    await process.logged("Active");
    return process;
  };
  await using killed = await start();
  await pair.startSource();
  await pair.caughtUp(patienceMs);
  await asAdmin(pair, stall("new.number > 0"));
  await using holder = await pair.open("target");
  await holder.run("select pg_catalog.pg_advisory_lock(42)");
  await askForLoad(pair, ["item"], "merge");
  await waitFor(async () => {
    const stored = await oneValue(pair, "select count(*) from teleport.applied_chunk");
    return Number(stored) > 0;
  }, { what: "the first chunk", explain: () => pair.lines.slice(-20) });
  killed.kill("SIGKILL");
  await killed.finished();
  strictEqual(await oneValue(pair, "select string_agg(note, ' ') from public.item"), "old");
  const [shadow] = await listShadows(pair);
  ok(shadow !== undefined);
  await holder.run("select pg_catalog.pg_advisory_unlock(42)");
  await pair.write(
    "update item set note = 'changed' where id % 10 = 0; delete from item where id % 11 = 0",
  );
  await using _next = await start();
  await follows(pair, "item");
  await assertExact(pair, "item");
});

Deno.test("A shadow goes where its load is asked for anew, or the columns change, or the table goes", async () => {
  // Small, so that a chunk that waits on the target is over on the source, and its lock gone.
  await using pair = await openFilled({
    servers: await servers(),
    setup: `create type mood as enum ('good', 'bad');
      create table item (id int primary key, mood mood, note text);
      insert into item select i, 'good', 'x' from generate_series(1, 500) i`,
    filled: "create type mood as enum ('good', 'bad');" +
      "create table item (id int primary key, mood mood, note text); insert into item values (0, 'bad', '')",
  });
  await pair.start();
  await pair.caughtUp(patienceMs);
  await asAdmin(pair, stall("true"));
  await using holder = await pair.open("target");
  const stopped = async () => {
    await holder.run("select pg_catalog.pg_advisory_lock(42)");
    await askForLoad(pair, ["item"], "merge");
    return await waitFor(async () => {
      const waiting = await asAdmin(
        pair,
        "select 1 from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())",
      );
      const [name] = await listShadows(pair);
      return waiting.length > 0 ? name : undefined;
    }, { what: "chunks to wait", explain: () => pair.lines.slice(-20) });
  };
  const goOn = () => holder.run("select pg_catalog.pg_advisory_unlock(42)");

  const first = await stopped();
  await askForLoad(pair, ["item"], "merge");
  await goOn();
  await waitFor(async () => (await listShadows(pair)).every((name) => name !== first), {
    what: "the first shadow to go",
  });
  await follows(pair, "item");
  await assertExact(pair, "item");

  await stopped();
  await pair.write(
    "alter table item alter mood type text; drop type mood; alter table item add more int default 7",
  );
  await waitFor(
    async () => (await asAdmin(pair, "select 1 from pg_type where typname = 'mood'")).length === 0,
    {
      what: "the type to go on the target",
      explain: () => pair.lines.slice(-20),
    },
  );
  await goOn();
  await follows(pair, "item");
  await assertExact(pair, "item");

  await stopped();
  await pair.write("drop table item");
  await waitFor(
    async () => (await asAdmin(pair, "select 1 from pg_class where relname = 'item'")).length === 0,
    {
      what: "the table to go",
      explain: () => pair.lines.slice(-20),
    },
  );
  await goOn();
  await noShadows(pair);
});
