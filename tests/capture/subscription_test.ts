/** Logical replication from a real second server into captured tables: its worker's writes are seen. */
import assert from "node:assert/strict";
import { migrate } from "../../src/state/mod.ts";
import { waitFor } from "../pair/mod.ts";
import { connect, createDatabase } from "../postgres/mod.ts";
import { readFingerprint } from "../../src/capture/mod.ts";
import { type Bench, hasStatementLevel, openBench, Servers } from "./bench.ts";

const servers = new Servers();
const publishers = new Servers({ wal_level: "logical" });
Deno.test.afterAll(async () => {
  await servers[Symbol.asyncDispose]();
  await publishers[Symbol.asyncDispose]();
});

const tables = `create table t (id int primary key, v text);
  create table m (id int, region text, v text, primary key (id, region)) partition by list (region);
  create table m_eu partition of m for values in ('eu'); create table m_us partition of m for values in ('us');`;
const tables10 = "create table t (id int primary key, v text);";

/** A database that is to subscribe to a publisher's; `create` does so, and copies nothing until it is enabled. */
async function openSubscriber(major: number, runsAs: "owner" | "guest") {
  await using stack = new AsyncDisposableStack();
  const publisher = await publishers.get(major);
  const database = await createDatabase(publisher);
  const origin = stack.use(await connect(database.url));
  const sql = major >= 13 ? tables : tables10;
  const roots = major >= 13 ? "with (publish_via_partition_root = true)" : "";
  await origin.query(`${sql} insert into t select n, 'first' from generate_series(1, 50) n`);
  if (major >= 13) {
    await origin.query(
      "insert into m select n, 'eu', 'first' from generate_series(1, 20) n",
    );
  }
  await origin.query(`create publication p for table ${major >= 13 ? "t, m" : "t"} ${roots}`);
  const bench = stack.use(
    await openBench({ server: await servers.get(major), sql, runsAs, isInstalled: false }),
  );
  const name = bench.database.name;
  stack.defer(async () => {
    await bench.admin.query(`alter subscription ${name} disable;
      alter subscription ${name} set (slot_name = none); drop subscription ${name}`);
    await origin.query(
      `select pg_drop_replication_slot(slot_name) from pg_replication_slots
       where slot_name = $1 and not active`,
      [name],
    );
  });
  const { password } = publisher.superuser;
  const connection = `host=${publisher.host} port=${publisher.port} dbname=${database.name}` +
    ` user=${publisher.superuser.name} password=${password}`;
  const create = async () => {
    await origin.query(`select pg_create_logical_replication_slot('${name}', 'pgoutput')`);
    await bench.admin.query(
      `create subscription ${name} connection '${connection}' publication p
         with (slot_name = '${name}', enabled = false, create_slot = false)`,
    );
  };
  await migrate(bench.teleport);
  const kept = stack.move();
  return { bench, origin, name, create, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function digest(bench: { query: Bench["admin"]["query"] }, table: string): Promise<string> {
  const { rows } = await bench.query(
    `select count(*) || ':' || coalesce(md5(string_agg(t::text, ',' order by t::text)), '') as digest from ${table} t`,
  );
  return rows[0].digest;
}

for (const major of [10, 18]) {
  const all = major >= 13 ? ["t", "m"] : ["t"];

  Deno.test(`What a subscription copies and applies is captured where the role owns the tables (PostgreSQL ${major})`, async (t) => {
    await using subscriber = await openSubscriber(major, "owner");
    const { bench, origin, name, create } = subscriber;
    await create();
    const follow = (work: () => Promise<unknown>) => async () => {
      await work();
      await waitFor(async () => {
        for (const table of all) {
          if (await digest(bench.admin, table) !== await digest(origin, table)) return false;
        }
        return true;
      }, { what: "the subscription to follow" });
    };
    const { warnings } = await bench.install();
    assert.deepEqual(warnings, []);
    await t.step("its initial copy", async () => {
      await bench.expectCaptured(
        all,
        follow(() => bench.admin.query(`alter subscription ${name} enable`)),
      );
    });
    for (
      const sql of [
        "insert into % values (1001, 'eu'), (1002, 'us')",
        "update % set v = 'updated' where id < 10",
        "update % set id = id + 5000 where id between 5 and 15",
        "delete from % where id > 5010",
      ]
    ) {
      await t.step(sql, async () => {
        const work = all.map((table) => sql.replace("%", table)).join(";");
        await bench.expectCaptured(all, follow(() => origin.query(work)));
      });
    }
    if (major >= 13) {
      await t.step("rows that move to another partition", async () => {
        await bench.expectCaptured(
          ["m"],
          follow(() => origin.query("update m set region = 'us' where region = 'eu'")),
        );
      });
    }
    if (major >= 11) {
      await t.step("truncate", async () => {
        await bench.expectCaptured(all, follow(() => origin.query(`truncate ${all.join()}`)));
      });
    }
    assert.equal((await bench.install()).changed, false);
  });
}

Deno.test("A subscription's tables that the role does not own are warned of", async () => {
  await using subscriber = await openSubscriber(18, "guest");
  await subscriber.create();
  const { warnings } = await subscriber.bench.install();
  assert.match(warnings.join("\n"), /rows that a subscription writes into public\.t go unseen/);
  assert.match(warnings.join("\n"), /rows that a subscription writes into public\.m go unseen/);
});

for (const major of [10, 18]) {
  Deno.test(`A subscription that comes after capture is noticed, and what it wrote is loaded again (PostgreSQL ${major})`, async () => {
    await using subscriber = await openSubscriber(major, "owner");
    const { bench, origin, name, create } = subscriber;
    await bench.install();
    const before = await readFingerprint(bench.teleport);
    const position = await bench.position();
    await create();
    await bench.admin.query(`alter subscription ${name} enable`);
    const follow = (what: string) =>
      waitFor(async () => await digest(bench.admin, "t") === await digest(origin, "t"), { what });
    await follow("the copy");
    await origin.query("update t set v = 'unseen' where id < 10");
    await follow("an update that capture may miss");
    assert.notEqual(await readFingerprint(bench.teleport), before);
    await bench.install();
    const { relation } = await bench.unit("t");
    const events = await bench.eventsAfter(position, relation);
    // Row triggers saw all of it; statement triggers the copy alone, and were replaced.
    const kinds = [...new Set(events.map((event) => event.kind))].sort();
    assert.deepEqual(kinds, hasStatementLevel(major) ? ["reload", "row"] : ["row"]);
    await bench.expectCaptured(["t"], async () => {
      await origin.query("update t set v = 'seen'");
      await follow("the last update");
    });
  });
}
