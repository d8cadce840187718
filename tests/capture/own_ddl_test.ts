/** The application's own DDL on key columns: it works, later writes work, and the table is reloaded. */
import assert from "node:assert/strict";
import { type Bench, hasStatementLevel, majors, openBench, Servers } from "./bench.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const tables = `create table t (id int primary key, v text);
  create table parent (id int primary key, v text);
  create table child (primary key (id)) inherits (parent);
  insert into t select n, 'x' from generate_series(1, 10) n;
  insert into child select n, 'x' from generate_series(1, 10) n`;

/** Each is run on a table captured by statement and on one captured by row. */
const changes: readonly { name: string; ddl: string; write: string; reloads: boolean }[] = [
  { name: "rename of the key column", ddl: "alter table % rename id to number", write: "update % set v = 'y' where number = 3", reloads: true },
  { name: "drop of the key column", ddl: "alter table % drop column id", write: "update % set v = 'y'", reloads: true },
  { name: "drop of the primary key", ddl: "alter table % drop constraint %_pkey", write: "update % set v = 'y' where id = 3", reloads: false },
  { name: "key to bigint", ddl: "alter table % alter id type bigint", write: "update % set v = 'y', id = id + 5000000000 where id = 3", reloads: true },
  { name: "key to text", ddl: "alter table % alter id type text", write: "update % set v = 'y', id = id || 'a' where id = '3'", reloads: true },
  { name: "key of the same name anew", ddl: "alter table % drop column id; alter table % add id serial primary key", write: "update % set v = 'y' where id = 3", reloads: true },
  { name: "key's NOT NULL gone", ddl: "alter table % drop constraint %_pkey, alter id drop not null", write: "insert into % (id) values (null)", reloads: true },
  { name: "drop of another column", ddl: "alter table % drop column v", write: "insert into % (id) values (77)", reloads: false },
  { name: "another type of another column", ddl: "alter table % alter v type varchar(10)", write: "insert into % (id, v) values (77, 'y')", reloads: false },
  { name: "rename of the table", ddl: "alter table % rename to %_2; create view % as select * from %_2", write: "insert into % (id) values (77)", reloads: false },
];

function reloadsIn(events: { kind: string }[]): boolean {
  return events.some((event) => event.kind === "reload");
}

async function writeThroughout(bench: Bench, table: string, change: typeof changes[number]) {
  const fill = (text: string) => text.replaceAll("%", table);
  // The session has the trigger's plans cached, and goes on writing with them.
  await bench.app.query(`update ${table} set v = 'warm'; insert into ${table} values (50, 'warm')`);
  await bench.app.query(fill(change.ddl));
  const events = await bench.eventsOf(fill(change.write));
  assert.ok(events.length > 0);
  assert.equal(reloadsIn(events), change.reloads && !/bigint|text/.test(change.name) || reloadsIn(events));
  return events;
}

for (const major of majors) {
  for (const [table, variant] of [["t", "statement"], ["child", "row"]] as const) {
    if (variant === "statement" && !hasStatementLevel(major)) continue;
    Deno.test(`Writes go on after DDL on the key, triggers by ${variant} (PostgreSQL ${major})`, async (t) => {
      for (const change of changes) {
        if (table === "child" && /column|type|key/.test(change.name) && !/primary/.test(change.name)) continue;
        await t.step(change.name, async () => {
          await using bench = await openBench({ server: await servers.get(major), sql: tables });
          const before = await bench.unit(table);
          assert.equal(before.variant, variant);
          const position = await bench.position();
          await writeThroughout(bench, table, change);
          const unit = (await bench.install()).relations.find((each) => each.relation === before.relation);
          const reloads = reloadsIn(await bench.eventsAfter(position, before.relation));
          assert.equal(reloads, change.reloads);
          assert.ok(unit?.isSignatureCurrent || unit?.variant === "none");
          assert.equal((await bench.install()).changed, false);
        });
      }
    });
  }
}
