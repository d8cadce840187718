/** Tables of the target that an upsert cannot deal with, and what the applier does with each. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { openTarget, type SentRows, Servers, type Target } from "./target.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

interface Case {
  name: string;
  since?: number;
  /** Makes the table t. */
  setup: string;
  columns?: readonly string[];
  key?: readonly string[];
  /** Before and after the changes, as COPY lines. */
  before: readonly string[];
  changed: Pick<SentRows, "rows" | "gone">;
  /** Rows of t in order, as text. */
  after: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: "a deferrable primary key, which cannot be an arbiter (55000)",
    setup: "create table t (id int primary key deferrable, v int)",
    before: ["1\t1", "2\t2"],
    changed: { rows: ["1\t10", "3\t3"], gone: ["2\t\\N"] },
    after: ["(1,10)", "(3,3)"],
  },
  {
    name: "a rule on the table, which forbids ON CONFLICT (0A000)",
    setup: `create table t (id int primary key, v int); create table seen (id int);
      create rule also as on insert to t do also insert into seen values (1)`,
    before: ["1\t1", "2\t2"],
    changed: { rows: ["1\t10", "3\t3"], gone: ["2\t\\N"] },
    after: ["(1,10)", "(3,3)"],
  },
  {
    name: "two ranges that take each other's place (23P01)",
    setup: `create table t (id int primary key, v int4range, exclude using gist (v with &&))`,
    before: ["1\t[1,5)", "2\t[5,9)"],
    changed: { rows: ["1\t[5,9)", "2\t[1,5)"] },
    after: ['(1,"[5,9)")', '(2,"[1,5)")'],
  },
  {
    name: "two unique values that are swapped (23505)",
    setup: "create table t (id int primary key, v int unique)",
    before: ["1\t1", "2\t2"],
    changed: { rows: ["1\t2", "2\t1"] },
    after: ["(1,2)", "(2,1)"],
  },
  {
    name: "three unique values that rotate, one row that goes and one that takes its value",
    setup: "create table t (id int primary key, v int unique)",
    before: ["1\t1", "2\t2", "3\t3", "4\t4"],
    changed: { rows: ["1\t2", "2\t3", "3\t1", "5\t4"], gone: ["4\t\\N"] },
    after: ["(1,2)", "(2,3)", "(3,1)", "(5,4)"],
  },
  {
    name: "a swap under a deferrable unique constraint",
    setup: "create table t (id int primary key, v int unique deferrable)",
    before: ["1\t1", "2\t2"],
    changed: { rows: ["1\t2", "2\t1"] },
    after: ["(1,2)", "(2,1)"],
  },
  {
    name: "a swap under a partial unique index",
    setup: "create table t (id int primary key, v int); create unique index on t (v) where v > 0",
    before: ["1\t1", "2\t2", "3\t-1", "4\t-1"],
    changed: { rows: ["1\t2", "2\t1", "3\t-1"] },
    after: ["(1,2)", "(2,1)", "(3,-1)", "(4,-1)"],
  },
  {
    name: "a swap under a unique index on an expression",
    setup: "create table t (id int primary key, v text); create unique index on t (lower(v))",
    before: ["1\tA", "2\tB"],
    changed: { rows: ["1\tb", "2\ta"] },
    after: ["(1,b)", "(2,a)"],
  },
  {
    name: "an identity column that is ALWAYS, as the key (428C9)",
    setup: "create table t (id int generated always as identity primary key, v int)",
    before: ["1\t1", "2\t2"],
    changed: { rows: ["1\t10", "3\t3"], gone: ["2\t\\N"] },
    after: ["(1,10)", "(3,3)"],
  },
  {
    name: "an identity column that is ALWAYS, beside the key (428C9)",
    setup: "create table t (id int primary key, v int generated always as identity)",
    before: ["1\t1", "2\t2"],
    changed: { rows: ["1\t10", "3\t3"], gone: ["2\t\\N"] },
    after: ["(1,10)", "(3,3)"],
  },
  {
    name: "a generated column as the key",
    since: 12,
    setup: "create table t (v int, id int generated always as (v * 2) stored primary key)",
    columns: ["v", "id"],
    key: ["id"],
    before: ["1\t2", "2\t4"],
    changed: { rows: ["1\t2", "3\t6"], gone: ["\\N\t4"] },
    after: ["(1,2)", "(3,6)"],
  },
  {
    name: "a partitioned table whose row moves to another partition",
    since: 11,
    setup: `create table t (id int, v int, primary key (id)) partition by range (id);
      create table t1 partition of t for values from (0) to (10);
      create table t2 partition of t for values from (10) to (20)`,
    before: ["1\t1", "2\t2"],
    changed: { rows: ["1\t10", "12\t2"], gone: ["2\t\\N"] },
    after: ["(1,10)", "(12,2)"],
  },
  {
    name: "a partitioned table with a unique value that is swapped across partitions",
    since: 11,
    setup:
      `create table t (id int, v int, primary key (id, v), unique (v, id)) partition by range (id);
      create table t1 partition of t for values from (0) to (10);
      create table t2 partition of t for values from (10) to (20)`,
    key: ["id", "v"],
    before: ["1\t1", "12\t2"],
    changed: { rows: ["1\t2", "12\t1"], gone: ["1\t1", "12\t2"] },
    after: ["(1,2)", "(12,1)"],
  },
  {
    name: "a table that lost its primary key on the target (42P10)",
    setup: "create table t (id int, v int)",
    before: ["1\t1", "2\t2"],
    changed: { rows: ["1\t10", "3\t3"], gone: ["2\t\\N"] },
    after: ["(1,10)", "(3,3)"],
  },
  {
    name: "a column named teleport_deleted, and one named teleport_deleted_",
    setup: "create table t (id int primary key, teleport_deleted bool, teleport_deleted_ int)",
    columns: ["id", "teleport_deleted", "teleport_deleted_"],
    before: ["1\tt\t1", "2\tf\t2"],
    changed: { rows: ["1\tf\t10", "3\tt\t3"], gone: ["2\t\\N\t\\N"] },
    after: ["(1,f,10)", "(3,t,3)"],
  },
];

async function rowsOf(target: Target): Promise<unknown[]> {
  const rows = await target.admin("select t::text as row from t order by 1");
  return rows.map(({ row }) => row);
}

for (const major of [18, 10]) {
  Deno.test(`What no upsert can do is done by delete and insert (PostgreSQL ${major})`, async (t) => {
    await using target = await openTarget(await servers.get(major), "create table t (id int)");
    for (const { name, since, setup, before, changed, after, ...rest } of cases) {
      if (major < (since ?? 0)) continue;
      await t.step(name, async () => {
        await target.run(`drop table t cascade; drop table if exists seen; ${setup}`);
        await target.forgetShapes();
        const columns = rest.columns ?? ["id", "v"];
        const table = { table: "t", columns, ...(rest.key === undefined ? {} : { key: rest.key }) };
        await target.send({ changes: [{ ...table, rows: before }] });
        await target.send({ changes: [{ ...table, ...changed }] });
        deepStrictEqual(await rowsOf(target), after);
        // Twice is once.
        await target.send({ changes: [{ ...table, ...changed }] });
        deepStrictEqual(await rowsOf(target), after);
      });
    }
  });

  Deno.test(`A violated deferrable unique constraint is seen at the end and laid at its table (PostgreSQL ${major})`, async () => {
    await using target = await openTarget(
      await servers.get(major),
      `create table t (id int primary key, v int unique deferrable initially deferred);
       create table other (id int primary key)`,
    );
    const problem = await target.refusal({
      changes: [
        { table: "t", columns: ["id", "v"], rows: ["1\t1", "2\t1"] },
        { table: "other", columns: ["id"], rows: ["1"] },
      ],
    });
    strictEqual(problem.failure, "data");
    strictEqual(problem.sqlstate, "23505");
    deepStrictEqual(problem.table, { schema: "public", name: "t" });
    deepStrictEqual(await rowsOf(target), []);
  });
}

const actions = [
  "on delete cascade",
  "on delete set null",
  "on delete set default",
  "on delete restrict",
  "on delete no action", // immediate: not deferrable
  "on delete cascade deferrable initially deferred",
];

Deno.test("Adopted foreign keys never harm rows that nobody touched", async (t) => {
  await using target = await openTarget(
    await servers.get(18),
    "create table t (id int); create table child (id int)",
  );
  for (const action of actions) {
    for (const when of ["before the first batch", "after it"]) {
      await t.step(`${action}, made ${when}`, async () => {
        await target.run(
          `drop table t cascade; drop table child;
           create table t (id int primary key, v int unique);
           create table child (id int primary key, t_id int default 2)`,
        );
        const foreignKey = `alter table child add constraint adopted foreign key (t_id)
          references t ${action}`;
        if (when === "before the first batch") await target.run(foreignKey);
        const table = { table: "t", columns: ["id", "v"] };
        await target.send({ changes: [{ ...table, rows: ["1\t1", "2\t2"] }] });
        await target.run("insert into child values (7, 1)");
        // The session knows the table's shape by now.
        if (when === "after it") await target.run(foreignKey);

        const problem = await target.refusal({ changes: [{ ...table, rows: ["1\t2", "2\t1"] }] });

        strictEqual(problem.failure, "data");
        deepStrictEqual(problem.table, { schema: "public", name: "t" });
        match(problem.message, /foreign key adopted of public\.child/);
        match(problem.hint ?? "", /DEFERRABLE with NO ACTION/);
        deepStrictEqual(await target.admin("select * from child"), [{ id: 7, t_id: 1 }]);
        deepStrictEqual(await rowsOf(target), ["(1,1)", "(2,2)"]);
        // Mended as the hint says, the same rows go through.
        await target.run(`alter table child drop constraint adopted;
          alter table child add foreign key (t_id) references t deferrable`);
        await target.send({ changes: [{ ...table, rows: ["1\t2", "2\t1"] }] });
        deepStrictEqual(await target.admin("select * from child"), [{ id: 7, t_id: 1 }]);
        deepStrictEqual(await rowsOf(target), ["(1,2)", "(2,1)"]);
      });
    }
  }
});

Deno.test("A cascade from one partition alone is seen too", async () => {
  await using target = await openTarget(
    await servers.get(18),
    `create table t (id int primary key, v int) partition by range (id);
     create table t1 partition of t for values from (0) to (10);
     create unique index on t1 (v);
     create table child (id int primary key, t_id int references t1 on delete cascade)`,
  );
  const table = { table: "t", columns: ["id", "v"] };
  await target.send({ changes: [{ ...table, rows: ["1\t1", "2\t2"] }] });
  await target.run("insert into child values (7, 1)");
  // Whatever is done about the swap, the child stays.
  const outcome = await target.refusal({ changes: [{ ...table, rows: ["1\t2", "2\t1"] }] });
  strictEqual(outcome.failure, "data");
  deepStrictEqual(await target.admin("select * from child"), [{ id: 7, t_id: 1 }]);
});

interface TriggerCase {
  name: string;
  make: string;
  /** What is refused; undefined where the trigger harms nothing. */
  changed: Pick<SentRows, "rows" | "gone">;
  isHarmless?: boolean;
}

const returning = (body: string, when: string) =>
  `create function meddle() returns trigger language plpgsql as $$ begin ${body} end $$;
   create trigger meddle ${when} on t for each row execute procedure meddle()`;

const triggerCases: readonly TriggerCase[] = [
  {
    name: "a BEFORE trigger that changes the key",
    make: returning("new.id := new.id + 1000; return new;", "before insert or update"),
    changed: { rows: ["3\t3"] },
  },
  {
    name: "a BEFORE trigger that keeps rows out",
    make: returning("return null;", "before insert"),
    changed: { rows: ["3\t3"] },
  },
  {
    name: "a BEFORE trigger that keeps rows alive",
    make: returning("return null;", "before delete"),
    changed: { gone: ["1\t\\N"] },
  },
  {
    name: "an AFTER trigger that deletes",
    make: returning("delete from public.t where id = new.id; return null;", "after insert"),
    changed: { rows: ["3\t3"] },
  },
  {
    name: "a rule that inserts nothing",
    make: "create rule nothing as on insert to t do instead nothing",
    changed: { rows: ["3\t3"] },
  },
  {
    name: "an AFTER trigger that writes elsewhere",
    make: `create table seen (id int);${
      returning("insert into public.seen values (new.id); return null;", "after insert or update")
    }`,
    changed: { rows: ["3\t3"] },
    isHarmless: true,
  },
  {
    name: "a disabled trigger",
    make: `${returning("return null;", "before insert")}; alter table t disable trigger meddle`,
    changed: { rows: ["3\t3"] },
    isHarmless: true,
  },
];

Deno.test("Triggers and rules of the target never change which rows there are unnoticed", async (t) => {
  await using target = await openTarget(await servers.get(18), "create table t (id int)");
  for (const { name, make, changed, isHarmless } of triggerCases) {
    for (const when of ["before the first batch", "after it"]) {
      await t.step(`${name}, made ${when}`, async () => {
        await target.run(
          `drop table t cascade; drop table if exists seen; drop function if exists meddle();
           create table t (id int primary key, v int)`,
        );
        const table = { table: "t", columns: ["id", "v"] };
        await target.run("insert into t values (1, 1)");
        if (when === "before the first batch") await target.run(make);
        await target.send({ changes: [{ ...table, gone: ["9\t\\N"] }] });
        // The session knows the table's shape by now.
        if (when === "after it") await target.run(make);
        const before = await rowsOf(target);
        if (isHarmless) {
          await target.send({ changes: [{ ...table, ...changed }] });
          deepStrictEqual(await rowsOf(target), ["(1,1)", "(3,3)"]);
          return;
        }
        const problem = await target.refusal({ changes: [{ ...table, ...changed }] });
        strictEqual(problem.failure, "data");
        match(problem.message, /trigger or rule of public\.t/);
        deepStrictEqual(await rowsOf(target), before);
        await target.run(
          make.startsWith("create rule") ? "drop rule nothing on t" : "drop trigger meddle on t",
        );
        await target.send({ changes: [{ ...table, ...changed }] });
        const now = await rowsOf(target);
        ok(now.length !== before.length, `${now}`);
      });
    }
  }
});

Deno.test("Rows of a legacy child are left alone when its parent's are written", async () => {
  await using target = await openTarget(
    await servers.get(18),
    `create table t (id int primary key, v int); create table child () inherits (t);
     insert into child values (1, 5)`,
  );
  const table = { table: "t", columns: ["id", "v"], isOnly: true };
  await target.send({ changes: [{ ...table, rows: ["1\t1", "2\t2"] }] });
  await target.send({ changes: [{ ...table, gone: ["1\t\\N"] }] });
  deepStrictEqual(await target.admin("select * from only t"), [{ id: 2, v: 2 }]);
  deepStrictEqual(await target.admin("select * from child"), [{ id: 1, v: 5 }]);
});
