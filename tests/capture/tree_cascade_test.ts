/** Partitioned tables: COPY, foreign key actions and cursors that reach them; whole trees on PostgreSQL 10. */
import assert from "node:assert/strict";
import { type Bench, majors, openBench, openConnection, Servers } from "./bench.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const tables = `
  create table parent (id int primary key);
  create table m (id int, parent_id int default 1 references parent on update cascade on delete cascade, v text,
    primary key (id, parent_id)) partition by range (parent_id);
  create table m_low partition of m for values from (0) to (100) partition by range (id);
  create table m_low_1 partition of m_low for values from (0) to (50);
  create table m_low_2 partition of m_low for values from (50) to (1000);
  create table m_high partition of m for values from (100) to (1000);
  create table softly (id int primary key,
    nulling int references parent on update cascade on delete set null,
    defaulting int default 1 references parent on update cascade on delete set default)
    partition by hash (id);
  create table softly_0 partition of softly for values with (modulus 2, remainder 0);
  create table softly_1 partition of softly for values with (modulus 2, remainder 1);`;

const rows = `
  truncate parent cascade;
  insert into parent select n from generate_series(1, 200) n;
  insert into m select n % 100, n, 'x' from generate_series(1, 200) n;
  insert into softly select n, n, n from generate_series(1, 200) n;`;

const statements: readonly { name: string; sql: string; tables: string[] }[] = [
  {
    name: "cascade, set null and set default of a foreign key",
    sql: "delete from parent where id in (3, 70, 150)",
    tables: ["parent", "m", "softly"],
  },
  {
    name: "a key that cascades within its partition",
    sql: "insert into parent values (500); update parent set id = 501 where id = 120",
    tables: ["parent", "m", "softly"],
  },
  {
    name: "a key that cascades and moves rows to other partitions, both ways",
    sql: "update parent set id = 600 where id = 20; update parent set id = 20 where id = 130",
    tables: ["parent", "m", "softly"],
  },
  { name: "truncate cascade into a tree", sql: "truncate parent cascade", tables: ["m", "softly"] },
  {
    name: "rows of a cursor on the root",
    sql: `begin; declare c cursor for select * from m for update; fetch c;
      update m set v = 'cursor', parent_id = 150 - parent_id where current of c; move 150 in c; fetch c;
      delete from m where current of c; close c; commit`,
    tables: ["m"],
  },
];

async function* lines(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

async function copy(bench: Bench, table: string, text: string): Promise<void> {
  await using connection = await openConnection(bench.database, bench.owner);
  await connection.copyIn(`copy public.${table} from stdin`, lines(text));
}

for (const major of majors.filter((each) => each >= 12)) {
  Deno.test(`Foreign key actions, cursors and COPY into a tree leave its keys (PostgreSQL ${major})`, async (t) => {
    await using bench = await openBench({ server: await servers.get(major), sql: tables });
    for (const { name, sql, tables } of statements) {
      await t.step(name, async () => {
        await bench.app.query(rows);
        await bench.expectCaptured(tables, sql);
      });
    }
    for (const table of ["m", "m_low", "m_low_2"]) {
      await t.step(`copy into ${table}`, async () => {
        await bench.app.query(rows);
        const events = await bench.expectCaptured(
          ["m"],
          () => copy(bench, table, "800\t1\tc\n801\t2\tc\n"),
        );
        assert.deepEqual(events.map((event) => event.key?.join()).sort(), ["800,1", "801,2"]);
      });
    }
    await t.step("copy into the root, for several leaves", async () => {
      await bench.app.query(rows);
      const events = await bench.expectCaptured(
        ["m"],
        () => copy(bench, "m", "30\t5\tc\n900\t6\tc\n900\t150\tc\n"),
      );
      assert.equal(events.length, 3);
    });
  });
}

Deno.test("On PostgreSQL 10 every leaf with a key is captured however its rows are written", async (t) => {
  await using bench = await openBench({
    server: await servers.get(10),
    sql: `create table m (id int not null, at int not null, v text) partition by range (at);
      create table m_1 partition of m for values from (0) to (100) partition by range (id);
      create table m_1_a partition of m_1 (primary key (id, at)) for values from (0) to (50);
      create table m_1_b partition of m_1 (primary key (id, at)) for values from (50) to (1000);
      create table m_2 partition of m (primary key (id, at)) for values from (100) to (200)`,
  });
  const leaves = ["m_1_a", "m_1_b", "m_2"];
  for (
    const [name, sql, changed] of [
      ["insert into the root", "insert into m values (1, 1), (60, 2), (3, 150)", leaves],
      ["insert into the middle", "insert into m_1 values (2, 1), (61, 2)", ["m_1_a", "m_1_b"]],
      ["insert into a leaf", "insert into m_1_b values (62, 2)", ["m_1_b"]],
      ["update through the root", "update m set v = 'y' where id > 1", leaves],
      ["update of keys through the middle", "update m_1 set at = at + 10", ["m_1_a", "m_1_b"]],
      ["update of a key in a leaf", "update m_2 set id = id + 500", ["m_2"]],
      [
        "rows moved by hand, one way and another back",
        `with gone as (delete from m where id = 62 returning *) insert into m select id, at + 100, v from gone;
      with gone as (delete from m_2 where id = 503 returning *) insert into m select id, at - 100, v from gone`,
        ["m_1_b", "m_2"],
      ],
      ["delete through the root", "delete from m where id in (1, 60, 62)", leaves],
      ["truncate of the middle", "truncate m_1", ["m_1_a", "m_1_b"]],
    ] as const
  ) {
    await t.step(name, async () => {
      await bench.expectCaptured(changed, sql);
    });
  }
  await t.step("copy into the root and the middle", async () => {
    await bench.expectCaptured(leaves, () => copy(bench, "m", "5\t5\tc\n70\t5\tc\n9\t170\tc\n"));
    await bench.expectCaptured(["m_1_a", "m_1_b"], () => copy(bench, "m_1", "6\t5\tc\n71\t5\tc\n"));
  });
  await t.step("truncate of the root and of a leaf", async () => {
    await bench.expectCaptured(["m_2"], "truncate m_2");
    await bench.expectCaptured(["m_1_a", "m_1_b"], "truncate m");
  });
  await t.step("attach and detach of a leaf with rows", async () => {
    await bench.app.query(
      `create table loose (id int not null, at int not null, v text, primary key (id, at));
      insert into loose values (1, 250, 'x')`,
    );
    await bench.grant();
    await bench.install();
    await bench.app.query("alter table m attach partition loose for values from (200) to (300)");
    await bench.expectCaptured(["loose"], "update m set v = 'through the root' where at = 250");
    await bench.install();
    await bench.expectCaptured(["loose"], "insert into m values (2, 260)");
    await bench.app.query("alter table m detach partition loose");
    await bench.expectCaptured(["loose"], "update loose set v = 'alone'");
    await bench.install();
    await bench.expectCaptured(["loose"], "delete from loose");
  });
});
