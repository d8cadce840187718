/** What a failure on the target is to the source: again, the schema, a held table, an operator (DESIGN §4). */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { type Problem, Refusal } from "../../src/model/mod.ts";
import { waitFor } from "../pair/mod.ts";
import { connect } from "../postgres/mod.ts";
import { chunkFrames, openLoadable, prepareLoad } from "./load.ts";
import { openTarget, refusalOf, Servers, type Target, toStream } from "./target.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

/** The table t fails with whatever SQLSTATE the table fault names. */
const setup = `
  create table t (id int primary key, v int);
  create table other (id int primary key);
  create table fault (sqlstate text);
  create function fail() returns trigger language plpgsql as $$
    declare state text := (select sqlstate from public.fault);
    begin
      if state is not null then raise exception using errcode = state; end if;
      return new;
    end $$;
  create trigger fail before insert on t for each row execute procedure fail()`;

const changes = [
  { table: "other", columns: ["id"], rows: ["1"] },
  { table: "t", columns: ["id", "v"], rows: ["1\t1"] },
];

const failures: Record<string, Problem["failure"]> = {
  "40001": "transient", // serialization_failure
  "40P01": "transient", // deadlock_detected
  "55P03": "transient", // lock_not_available
  "57014": "transient", // query_canceled
  "57P01": "transient", // admin_shutdown
  "57P02": "transient", // crash_shutdown
  "57P03": "transient", // cannot_connect_now
  "08000": "transient", // connection_exception
  "08006": "transient", // connection_failure
  "53100": "transient", // disk_full
  "53200": "transient", // out_of_memory
  "53300": "transient", // too_many_connections
  "58030": "transient", // io_error
  "42P01": "schema", // undefined_table
  "42703": "schema", // undefined_column
  "42804": "schema", // datatype_mismatch
  "22P04": "schema", // bad_copy_file_format
  "22001": "data", // string_data_right_truncation
  "22003": "data", // numeric_value_out_of_range
  "23502": "data", // not_null_violation
  "23503": "data", // foreign_key_violation
  "23514": "data", // check_violation
  "44000": "data", // with_check_option_violation
  "P0001": "data", // raise_exception
  "42501": "data", // insufficient_privilege
  "XX001": "data", // data_corrupted
};

for (const major of [18, 10]) {
  Deno.test(`Each class of failure is told as what it is, and nothing is stored (PostgreSQL ${major})`, async (t) => {
    await using target = await openTarget(await servers.get(major), setup);
    for (const [sqlstate, failure] of Object.entries(failures)) {
      await t.step(`${sqlstate} is ${failure}`, async () => {
        await target.admin(`truncate fault; insert into fault values ('${sqlstate}')`);
        const problem = await refusalOf(target.sendOnce({ changes }));
        strictEqual(problem.failure, failure, JSON.stringify(problem));
        strictEqual(problem.sqlstate, sqlstate);
        const isOfTable = failure !== "transient";
        deepStrictEqual(problem.table, isOfTable ? { schema: "public", name: "t" } : undefined);
        strictEqual(await target.value("select count(*) from other"), "0");
      });
    }
    await target.admin("truncate fault");
    await target.send({ changes });
    strictEqual(await target.value("select count(*) from t"), "1");
  });
}

async function openPlain(): Promise<Target> {
  return await openTarget(
    await servers.get(18),
    "create table t (id int primary key, v int); create table other (id int primary key)",
  );
}

function isWaiting(target: Target): Promise<boolean> {
  return target.admin("select 1 from pg_locks where not granted").then((rows) => rows.length > 0);
}

Deno.test("A lock that somebody keeps, a deadlock and a session that is ended are transient", async (t) => {
  await using target = await openPlain();
  await target.send({ changes });
  await using blocker = await connect(target.database.server.url(target.database.name));

  await t.step("a lock (55P03)", async () => {
    await blocker.query("begin; lock table t in access exclusive mode");
    const problem = await refusalOf(target.sendOnce({ changes }));
    strictEqual(problem.failure, "transient");
    strictEqual(problem.sqlstate, "55P03");
    await blocker.query("rollback");
  });

  await t.step("a session that is ended (57P01)", async () => {
    await blocker.query("begin; lock table t in access exclusive mode");
    const refused = refusalOf(target.sendOnce({ changes }));
    await waitFor(() => isWaiting(target), { what: "the batch to wait" });
    await target.admin(
      `select pg_terminate_backend(pid) from pg_locks where not granted`,
    );
    strictEqual((await refused).failure, "transient");
    await blocker.query("rollback");
  });

  await t.step("a deadlock (40P01)", async () => {
    // Only a superuser may be patient: the applier's own check finds the deadlock.
    await blocker.query("set deadlock_timeout = '60s'");
    await blocker.query("begin; lock table t in access exclusive mode");
    const refused = refusalOf(
      target.sendOnce({
        changes: [
          { ...changes[0], table: "other", columns: ["id"], gone: ["1"], rows: [] },
          ...changes.slice(1),
        ],
      }),
    );
    await waitFor(() => isWaiting(target), { what: "the batch to wait" });
    const crossed = blocker.query("update other set id = 5");
    const problem = await refused;
    await crossed;
    strictEqual(problem.failure, "transient");
    strictEqual(problem.sqlstate, "40P01");
    await blocker.query("rollback");
  });

  await target.send({ changes });
});

Deno.test("A target that stands by or stops is a transient failure, one that is not there is unreachable", async () => {
  const target = await openPlain();
  await target.applier.close();
  const problem = await refusalOf(target.sendOnce({ changes }));
  strictEqual(problem.failure, "transient");
  await target[Symbol.asyncDispose]();
  await rejects(target.sendOnce({ changes }), { code: "peer_unreachable" });
});

Deno.test("A refusal shows no row values", async () => {
  await using target = await openPlain();
  await target.admin("alter table t add constraint small check (v < 10)");
  try {
    await target.send({
      changes: [{ table: "t", columns: ["id", "v"], rows: ["777123\t888123"] }],
    });
    ok(false, "it is refused");
  } catch (error) {
    ok(error instanceof Refusal);
    strictEqual(/777123|888123/.test(JSON.stringify(error.problem)), false);
    strictEqual(error.problem.sqlstate, "23514");
  }
});

Deno.test("A chunk that is refused says which table it is of", async (t) => {
  await using target = await openLoadable(await servers.get(18));
  const send = async (load: string, rows: string[]) => {
    await prepareLoad(target, load);
    const frames = toStream(chunkFrames(load, 1, rows));
    return await target.peer.sendChunk(frames, new AbortController().signal);
  };
  const table = { schema: "public", name: "t" };

  await t.step("rows that the table cannot take", async () => {
    const { failure, code, sqlstate, ...problem } = await refusalOf(send("1001:wrong", ["1\tx"]));
    deepStrictEqual({ failure, code, sqlstate }, {
      failure: "data",
      code: "table_refused",
      sqlstate: "22P02",
    });
    deepStrictEqual(problem.table, table);
  });

  await t.step("a constraint of the target's own", async () => {
    await target.run("alter table t add constraint small check (v < 10)");
    const problem = await refusalOf(send("1002:too-large", ["1\t10"]));
    strictEqual(problem.failure, "data");
    strictEqual(problem.sqlstate, "23514");
    deepStrictEqual(problem.table, table);
  });

  await t.step("a column that is not there", async () => {
    await target.run("alter table t drop column v");
    const problem = await refusalOf(send("1003:no-such-column", ["1\t1"]));
    strictEqual(problem.failure, "schema");
    deepStrictEqual(problem.table, table);
  });
});
