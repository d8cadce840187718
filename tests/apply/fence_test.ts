/** What comes too late: batches of before a load, loads of before a new beginning, moves of another time. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { type Position } from "../../src/model/mod.ts";
import { listTables, moveTable, type TableProgress } from "../../src/state/mod.ts";
import { waitFor } from "../pair/mod.ts";
import {
  openTarget,
  refusalOf,
  Servers,
  source,
  type Target,
  target as name,
  toStream,
} from "./target.ts";
import { chunkFrames, columns, newer, older, openLoadable, prepareLoad } from "./load.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const other = { table: "other", columns: ["id"], rows: ["1"] };
const signal = new AbortController().signal;

async function buildIndexes(target: Target, load: string, position: string): Promise<void> {
  await target.command({
    kind: "buildIndexes",
    source,
    target: name,
    load,
    position: position as Position,
    table: { schema: "public", name: "t" },
  });
}

for (const what of ["rows", "truncate"] as const) {
  Deno.test(`A batch that its source gave up, and that begins after a later load did, is refused (${what})`, async () => {
    await using target = await openLoadable(await servers.get(18));
    await target.send({ changes: [{ table: "t", columns, rows: ["1\t1"] }] });
    const stale = {
      from: target.position,
      to: target.nextPosition(),
      changes: [{ table: "t", columns, rows: ["1\t666"] }, other],
      ...(what === "truncate" ? { truncate: [{ name: "t" }], changes: [other] } : {}),
    };
    const refused = async () => {
      const problem = await target.refusal(stale);
      strictEqual(problem.code, "must_load");
      deepStrictEqual(problem.table, { schema: "public", name: "t" });
      strictEqual(await target.value("select count(*) from other"), "0");
    };
    await prepareLoad(target, older);
    await refused();
    await target.run("insert into t values (1, 2)"); // What the load brings.
    await refused();
    const end = target.nextPosition();
    const catchUp = { table: "t", columns, rows: ["3\t3"] };
    await target.send({ load: older, from: null, to: end, changes: [catchUp] });
    await refused();
    deepStrictEqual(await target.admin("select * from t order by 1"), [
      { id: 1, v: 2 },
      { id: 3, v: 3 },
    ]);
    // A batch that has seen what the load has seen is welcome.
    await target.send({ changes: [{ table: "t", columns, rows: ["1\t4"] }, other] });
    strictEqual(await target.value("select v from t where id = 1"), "4");
  });
}

Deno.test("Other tables flow while a table is loaded", async () => {
  await using target = await openLoadable(await servers.get(18));
  await prepareLoad(target, older);
  await target.send({ changes: [other] });
  strictEqual(await target.value("select count(*) from other"), "1");
});

Deno.test("A catch-up that comes again, or of a load that was given up, is refused", async () => {
  await using target = await openLoadable(await servers.get(18));
  await prepareLoad(target, older);
  await prepareLoad(target, newer);
  const catchUp = (load: string, to: string, row: string) => ({
    load,
    from: null,
    to,
    changes: [{ table: "t", columns, rows: [row] }],
  });
  const [first, second, third] = [1, 2, 3].map(() => target.nextPosition());
  const codeOf = async (load: string, to = "", row = "1\t1") =>
    (await target.refusal(catchUp(load, to, row))).code;
  strictEqual(await codeOf(older, first), "load_superseded");
  await target.send(catchUp(newer, second ?? "", "1\t2"));
  strictEqual(await codeOf(newer, second), "load_superseded");
  strictEqual(await codeOf(newer, first), "load_superseded");
  strictEqual(await target.value("select v from t"), "2");
  await target.send(catchUp(newer, third ?? "", "1\t3"));
  strictEqual(await target.value("select v from t"), "3");
});

Deno.test("A load that lacks chunks or its catch-up here, as an older copy of the target does, is refused", async () => {
  await using target = await openLoadable(await servers.get(18));
  await prepareLoad(target, older);
  await target.peer.sendChunk(toStream(chunkFrames(older, 0, ["1\t1"])), signal);
  const changes = [{ table: "t", columns, rows: [] }];
  const { code } = await target.refusal({ load: older, chunks: 2, from: null, changes });
  strictEqual(code, "load_superseded");
  const [end, later] = [target.nextPosition(), target.nextPosition()];
  const codeOfEnd = async (load: string, position: string) =>
    (await refusalOf(buildIndexes(target, load, position))).code;
  strictEqual(await codeOfEnd(older, end), "load_superseded");
  await target.peer.sendChunk(toStream(chunkFrames(older, 1, ["2\t2"])), signal);
  const catchUp = { load: older, chunks: 2, from: null, changes };
  await target.send({ ...catchUp, to: end });
  strictEqual(await codeOfEnd(older, later), "load_superseded");
  strictEqual(await codeOfEnd(newer, end), "load_superseded");
  await buildIndexes(target, older, end);
  // The answer of its end was lost: the source catches up once more.
  await target.send({ ...catchUp, to: later });
  await buildIndexes(target, older, later);
  strictEqual(await target.value("select count(*) from t"), "2");
});

Deno.test("A load that is prepared once more, by a request that waited until its end, loses no row", async () => {
  await using target = await openLoadable(await servers.get(18));
  await prepareLoad(target, older);
  await target.peer.sendChunk(toStream(chunkFrames(older, 0, ["1\t1"])), signal);
  await prepareLoad(target, older);
  const end = target.nextPosition();
  const changes = [{ table: "t", columns, rows: ["2\t2"] }];
  await target.send({ load: older, chunks: 1, from: null, changes, to: end });
  await buildIndexes(target, older, end);
  await prepareLoad(target, older);
  strictEqual(await target.value("select count(*) from t"), "2");
});

Deno.test("A load that begins late, when a newer one of its table has begun or has ended, is refused", async () => {
  await using target = await openLoadable(await servers.get(18));
  const refused = async () => {
    const problem = await refusalOf(prepareLoad(target, older));
    strictEqual(problem.code, "load_superseded", problem.message);
    strictEqual(await target.value("select load from teleport.applied_load"), newer);
  };
  await prepareLoad(target, newer);
  await refused();
  await target.peer.sendChunk(toStream(chunkFrames(newer, 0, ["1\t1"])), signal);
  const end = target.nextPosition();
  const changes = [{ table: "t", columns, rows: ["2\t2"] }];
  await target.send({ load: newer, chunks: 1, from: null, changes, to: end });
  await refused();
  await buildIndexes(target, newer, end);
  await refused();
  await target.send({ changes: [{ table: "t", columns, rows: ["3\t3"] }] });
  await refused();
  strictEqual(await target.value("select count(*) from t"), "3");
  // One of the same number is none of after it either.
  const other = `${newer.split(":")[0]}:other`;
  strictEqual((await refusalOf(prepareLoad(target, other))).code, "load_superseded");
});

Deno.test("A load of before a new beginning that begins after it is refused, whether the table was ever loaded or not", async () => {
  await using target = await openLoadable(await servers.get(18));
  const [before, ofOther] = [target.nextLoad(), target.nextLoad()];
  await prepareLoad(target, before);
  await target.send({ restarts: true });
  await target.run("insert into t values (1, 1); insert into other values (1)");
  for (const [load, table] of [[before, "t"], [ofOther, "other"]] as const) {
    const { code } = await refusalOf(prepareLoad(target, load, { table }));
    strictEqual(code, "load_superseded");
    strictEqual(await target.value(`select count(*) from ${table}`), "1");
  }
  await prepareLoad(target, target.nextLoad());
  strictEqual(await target.value("select count(*) from t"), "0");
});

Deno.test("A load that is late when another table has got its table's name touches neither", async () => {
  await using target = await openLoadable(await servers.get(18));
  const [first, second] = [target.nextLoad(), target.nextLoad()];
  await prepareLoad(target, second);
  await target.peer.sendChunk(toStream(chunkFrames(second, 0, ["1\t1"])), signal);
  await target.run(
    `alter table t rename to old; create table t (id int primary key, v int);
     insert into t values (7, 7)`,
  );
  const chunk = target.peer.sendChunk(toStream(chunkFrames(second, 1, ["2\t2"])), signal);
  strictEqual((await refusalOf(chunk)).code, "load_superseded");
  const changes = [{ table: "t", columns, rows: ["3\t3"] }];
  const { code } = await target.refusal({ load: second, chunks: 1, from: null, changes });
  strictEqual(code, "load_superseded");
  await target.send({ schema: await target.readSchema() });
  strictEqual((await refusalOf(prepareLoad(target, first))).code, "load_superseded");
  const third = prepareLoad(target, `${first.split(":")[0]}:unseen`, { table: "other" });
  strictEqual((await refusalOf(third)).code, "load_superseded");
  deepStrictEqual(await target.admin("select * from t"), [{ id: 7, v: 7 }]);
  deepStrictEqual(await target.admin("select * from old"), [{ id: 1, v: 1 }]);
  // Nothing goes into a table whose name the source means another by: the rename was refused here.
  const other = await target.refusal({ changes: [{ table: "t", columns, rows: ["8\t8"] }] });
  strictEqual(other.code, "schema_mismatch");
});

Deno.test("A load that is late when its table has become a part of another is refused", async () => {
  await using target = await openTarget(
    await servers.get(18),
    `create table whole (id int primary key) partition by range (id);
     create table part (id int primary key); insert into part values (1)`,
  );
  await target.send({ schema: await target.readSchema() });
  const late = target.nextLoad();
  await target.run("alter table whole attach partition part for values from (1) to (10)");
  await target.send({ schema: await target.readSchema() });
  const refused = refusalOf(prepareLoad(target, late, { table: "part" }));
  strictEqual((await refused).code, "load_superseded");
  strictEqual(await target.value("select count(*) from whole"), "1");
});

Deno.test("A load whose table has another name when it ends builds nothing, and counts as not built", async () => {
  await using target = await openLoadable(await servers.get(18));
  await prepareLoad(target, older);
  const end = target.nextPosition();
  const changes = [{ table: "t", columns, rows: ["2\t2"] }];
  await target.send({ load: older, from: null, changes, to: end });
  await target.run("alter table t rename to old; alter table other rename to t");
  strictEqual((await refusalOf(buildIndexes(target, older, end))).code, "load_superseded");
  strictEqual(await target.value("select is_built from teleport.applied_load"), "false");
});

Deno.test("A late request to make foreign keys, or to drop them, changes nothing", async () => {
  await using target = await openTarget(
    await servers.get(18),
    `create table t (id int primary key, v int);
     create table other (id int primary key references t)`,
  );
  await target.send({ schema: await target.readSchema() });
  const tables = ["t", "other"].map((table) => ({ schema: "public", name: table }));
  const build = (position: string | null) =>
    target.command({
      kind: "buildForeignKeys",
      source,
      target: name,
      position: position as Position,
      ready: tables,
    });
  const count = () =>
    target.value(
      "select count(*) from pg_constraint where conrelid = 'other'::regclass and contype = 'f'",
    );
  const before = target.position;
  await prepareLoad(target, older);
  strictEqual(await count(), "0");
  await target.send({
    load: older,
    from: null,
    changes: [{ table: "t", columns, rows: ["1\t1"] }],
  });
  strictEqual((await refusalOf(build(before))).failure, "conflict");
  await target.send({ changes: [{ ...other, rows: ["1"] }] });
  strictEqual((await refusalOf(build(before))).failure, "conflict");
  strictEqual(await count(), "0");
  await build(target.position);
  strictEqual(await count(), "1");
  // By a name that a batch is still to bring.
  const renamed = {
    schema: "public",
    name: "renamed",
    oid: Number(await target.value("select 't'::regclass::oid")),
  };
  const drop = (position: string | null) =>
    target.command({
      kind: "dropForeignKeys",
      source,
      target: name,
      position: position as Position,
      origin: source,
      tables: [renamed],
    });
  strictEqual((await refusalOf(drop(before))).failure, "conflict");
  strictEqual(await count(), "1");
  await drop(target.position);
  strictEqual(await count(), "0");
});

Deno.test("A source that was last heard of before another loaded a table does not empty it", async () => {
  await using target = await openLoadable(await servers.get(18));
  await prepareLoad(target, older);
  const from = "the-source-restored";
  await target.send({ source: from, from: null, schema: await target.readSchema() });
  await prepareLoad(target, newer, { from });
  await target.run("insert into t values (1, 1)");
  const chunk = target.peer.sendChunk(toStream(chunkFrames(older, 1, ["2\t2"])), signal);
  strictEqual((await refusalOf(chunk)).code, "load_superseded");
  const load = "2001:load";
  strictEqual((await refusalOf(prepareLoad(target, load))).failure, "transient");
  strictEqual(await target.value("select count(*) from t"), "1");
  // It lives: whoever has them write into one table may.
  await target.send({ changes: [other] });
  await prepareLoad(target, load);
  strictEqual(await target.value("select count(*) from t"), "0");
});

Deno.test("A chunk that comes while a copy of it is stored is sent again, and is there then", async () => {
  await using target = await openLoadable(await servers.get(18));
  await prepareLoad(target, newer);
  await using holder = await target.openConnection();
  const send = () => target.peer.sendChunk(toStream(chunkFrames(newer, 0, ["1\t1"])), signal);
  await holder.run("begin");
  await holder.run("insert into public.t values (0, 0)");
  await holder.run("insert into teleport.applied_chunk values ($1, 0)", [newer]);
  const second = refusalOf(send());
  await waitFor(async () => {
    const waiting = "select count(*) from pg_locks where not granted";
    return await target.value(waiting) !== "0";
  }, { what: "the copy to wait" });
  await holder.run("commit");
  strictEqual((await second).failure, "transient");
  deepStrictEqual(await send(), { rows: 0 });
  deepStrictEqual(await target.admin("select * from t"), [{ id: 0, v: 0 }]);
});

Deno.test("A first batch that comes again after the target went on is refused, and ends no load", async () => {
  await using target = await openLoadable(await servers.get(18));
  const stored = target.position;
  const again = { from: stored, restarts: true };
  const late = target.frames(again);
  const { position } = await target.send(again);
  await prepareLoad(target, older);
  const problem = await refusalOf(target.peer.sendBatch(toStream(late), signal));
  strictEqual(problem.failure, "conflict");
  strictEqual(problem.stored?.position, position);
  strictEqual(
    await target.value("select load from teleport.applied_load where position is null"),
    older,
  );
});

Deno.test("A new beginning ends the loads of before: their chunks and catch-ups are refused, batches are not", async () => {
  await using target = await openLoadable(await servers.get(18));
  await prepareLoad(target, older);
  await target.peer.sendChunk(toStream(chunkFrames(older, 1, ["1\t1"])), signal);
  await target.send({ restarts: true });
  const chunk = target.peer.sendChunk(toStream(chunkFrames(older, 2, ["2\t2"])), signal);
  strictEqual((await refusalOf(chunk)).code, "load_superseded");
  const catchUp = { table: "t", columns, rows: ["1\t1"] };
  const { code } = await target.refusal({ load: older, from: null, changes: [catchUp] });
  strictEqual(code, "load_superseded");
  await target.send({ changes: [{ table: "t", columns, rows: ["1\t5"] }] });
  deepStrictEqual(await target.admin("select * from t"), [{ id: 1, v: 5 }]);
});

Deno.test("A table is moved only from where the mover saw it: its state, position and load", async () => {
  await using target = await openLoadable(await servers.get(18));
  await using connection = await target.openConnection();
  await connection.run(
    `insert into teleport.target (name, position, is_exact) values ('my-target', '1:1:', true);
     insert into teleport.table_state (target, relation, schema_name, table_name, state, position, load)
     values ('my-target', 1, 'public', 't', 'loading', '5:5:', '1:load')`,
  );
  const read = async (): Promise<TableProgress> => {
    const [progress] = await listTables(connection, name);
    if (progress === undefined) throw new Error("The table is gone");
    return progress;
  };
  const seen = await read();
  const finish = (from: TableProgress) =>
    moveTable(connection, {
      target: name,
      relation: 1,
      from,
      event: "caughtUp",
      position: "9:9:" as Position,
      isLoaded: true,
      load: null,
    });
  const elsewhere = [
    "load = '2:load'", // Another instance took over and began anew.
    "position = '6:6:'",
    "state = 'queued', position = null, load = null",
  ];
  for (const change of elsewhere) {
    await connection.run(`update teleport.table_state set ${change}`);
    const now = await read();
    await rejects(finish(seen), { code: "restart_window" });
    deepStrictEqual(await read(), now);
    await connection.run(
      "update teleport.table_state set state = 'loading', position = '5:5:', load = '1:load'",
    );
  }
  strictEqual(await finish(seen), "rejoining");
});
