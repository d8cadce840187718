/** One batch, one transaction: what it must not trip over, and bodies that are not what they should be. */
import { deepStrictEqual, notStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { type Frame, type Refusal, TeleportError } from "../../src/model/mod.ts";
import { waitFor } from "../pair/mod.ts";
import { openTarget, refusalOf, Servers, type Target, toStream } from "./target.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const family = `create table parent (id int primary key);
  create table child (id int primary key, parent_id int references parent deferrable);`;

function fileOf(target: Target, table: string): Promise<string | null> {
  return target.value(`select pg_relation_filenode('${table}')`);
}

function countOf(target: Target, table: string): Promise<string | null> {
  return target.value(`select count(*) from ${table}`);
}

async function fill(target: Target): Promise<void> {
  await target.send({
    changes: [
      { table: "child", columns: ["id", "parent_id"], rows: ["1\t1", "2\t2"] },
      { table: "parent", columns: ["id"], rows: ["1", "2"] },
    ],
  });
}

for (const major of [18, 10]) {
  Deno.test(`One TRUNCATE names every truncated table (PostgreSQL ${major})`, async () => {
    await using target = await openTarget(await servers.get(major), family);
    await fill(target);
    const before = [await fileOf(target, "parent"), await fileOf(target, "child")];
    await target.send({
      truncate: [{ name: "parent" }, { name: "child" }],
      changes: [
        { table: "child", columns: ["id", "parent_id"], rows: ["3\t3"] },
        { table: "parent", columns: ["id"], rows: ["3"] },
      ],
    });
    strictEqual(await countOf(target, "parent"), "1");
    strictEqual(await countOf(target, "child"), "1");
    notStrictEqual(await fileOf(target, "parent"), before[0]);
    notStrictEqual(await fileOf(target, "child"), before[1]);
  });

  Deno.test(`A referenced table that is truncated alone is emptied by DELETE (PostgreSQL ${major})`, async () => {
    await using target = await openTarget(await servers.get(major), family);
    await fill(target);
    // The child still has rows that reference it: the batch that empties the parent alone is refused.
    const problem = await target.refusal({ truncate: [{ name: "parent" }] });
    strictEqual(problem.sqlstate, "23503");
    strictEqual(problem.failure, "data");
    strictEqual(await countOf(target, "parent"), "2");
    await target.send({
      truncate: [{ name: "parent" }],
      changes: [
        { table: "child", columns: ["id", "parent_id"], gone: ["1\t\\N"], rows: ["2\t9"] },
        { table: "parent", columns: ["id"], rows: ["9"] },
      ],
    });
    deepStrictEqual(await target.admin("select * from parent"), [{ id: 9 }]);
    deepStrictEqual(await target.admin("select * from child"), [{ id: 2, parent_id: 9 }]);
  });

  Deno.test(`Schema, TRUNCATE and rows of tables with deferred foreign keys in one batch (PostgreSQL ${major})`, async () => {
    await using target = await openTarget(await servers.get(major), family);
    await target.send({ schema: await target.readSchema() });
    await fill(target);
    const schema = await target.readSchema();
    // A column that the source got: the target makes it in the batch that brings its rows.
    const column = schema.objects.find((object) => isColumn(object, "parent_id"));
    const more = { ...column as object, id: "column:1.99", number: 99, name: "more" };
    schema.objects = [...schema.objects, more];
    await target.send({
      schema,
      truncate: [{ name: "child" }],
      changes: [
        { table: "child", columns: ["id", "parent_id", "more"], rows: ["5\t6\t7"] },
        { table: "parent", columns: ["id"], rows: ["6"], gone: ["1"] },
      ],
    });
    deepStrictEqual(await target.admin("select * from child"), [{ id: 5, parent_id: 6, more: 7 }]);
    deepStrictEqual(await target.admin("select * from parent order by 1"), [{ id: 2 }, { id: 6 }]);
  });
}

function isColumn(object: unknown, name: string): boolean {
  const part = object as { kind: string; name?: string };
  return part.kind === "column" && part.name === name;
}

const right = { table: "t", columns: ["id", "v"], rows: ["1\t1", "2\t2"] };

/** Each makes a wrong body of the frames of a right one: begin, rows, data, rowsEnd, end. */
const wrong: Record<string, (frames: Frame[]) => Frame[]> = {
  "a wrong checksum": (frames) => change(frames, "rowsEnd", { checksum: 1 }),
  "a wrong row count": (frames) => change(frames, "rowsEnd", { count: 3 }),
  "a row that got lost on the way": (frames) =>
    frames.map((frame) =>
      frame.kind === "data" ? { ...frame, bytes: frame.bytes.subarray(0, 6) } : frame
    ),
  "no end": (frames) => frames.slice(0, -1),
  "no end of the rows": (frames) => frames.slice(0, -2),
  "an end inside the rows": (frames) => frames.filter((frame) => !isKind(frame, "rowsEnd")),
  "a message too few": (frames) => change(frames, "end", { count: 3 }),
  "a message too many": (frames) => [...frames.slice(0, -1), ...frames.slice(1)],
  "frames after the end": (frames) => [...frames, ...frames.slice(1, 2)],
  "data where a message is due": (frames) => [
    ...frames.slice(0, 1),
    ...frames.slice(2, 3),
    ...frames.slice(1),
  ],
  "a second begin": (frames) => [...frames.slice(0, 1), ...frames],
  "a chunk inside": (frames) => [...frames.slice(0, -1), chunk, ...frames.slice(-1)],
  "an unknown kind of message": (frames) => change(frames, "end", { kind: "surprise" }),
  "an unknown protocol": (frames) => change(frames, "begin", { protocol: 999 }),
  "no position": (frames) => change(frames, "begin", { to: "later" }),
  "nothing at all": () => [],
};

const chunk: Frame = {
  kind: "message",
  message: {
    kind: "chunk",
    protocol: 2,
    load: "1:load",
    origin: "the-source",
    number: 1,
    table: { schema: "public", name: "t" },
    columns: ["id"],
    key: ["id"],
  },
};

function isKind(frame: Frame, kind: string): boolean {
  return frame.kind === "message" && frame.message.kind === kind;
}

function change(frames: Frame[], kind: string, fields: Record<string, unknown>): Frame[] {
  return frames.map((frame) =>
    isKind(frame, kind) && frame.kind === "message"
      ? { kind: "message", message: { ...frame.message, ...fields } } as Frame
      : frame
  );
}

Deno.test("A body that is not what it should be is refused and changes nothing", async (t) => {
  await using target = await openTarget(
    await servers.get(18),
    "create table t (id int primary key, v int)",
  );
  await target.send({ changes: [{ ...right, rows: ["7\t7"] }] });
  const { position } = target;
  const signal = new AbortController().signal;
  for (const [name, spoil] of Object.entries(wrong)) {
    await t.step(name, async () => {
      const frames = spoil(target.frames({ changes: [right] }));
      await rejects(
        target.peer.sendBatch(toStream(frames), signal),
        (error) => error instanceof TeleportError && isProtocolProblem(error),
      );
      deepStrictEqual(await target.admin("select * from t"), [{ id: 7, v: 7 }]);
      strictEqual(await target.value("select position from teleport.applied"), position);
    });
  }
  await target.send({ changes: [right] });
  strictEqual(await countOf(target, "t"), "3");
});

/** Nothing that would hold a table, and nothing that would pass for a success. */
function isProtocolProblem(error: TeleportError): boolean {
  const problem = (error as Partial<Refusal>).problem;
  return problem === undefined ||
    ["peer_protocol", "row_count_mismatch"].includes(problem.code) && problem.table === undefined;
}

Deno.test("An old batch that comes again, or one of the future, is refused with the stored position", async () => {
  await using target = await openTarget(
    await servers.get(18),
    "create table t (id int primary key, v int)",
  );
  const first = target.frames({ changes: [{ ...right, rows: ["1\t1"] }] });
  const signal = new AbortController().signal;
  const { position: stored } = await target.peer.sendBatch(toStream(first), signal);
  const second = { from: stored, changes: [{ ...right, rows: ["1\t2"] }] };
  const { position } = await target.send(second);
  for (const frames of [first, target.frames(second), target.frames({ from: "9999:9999:" })]) {
    const problem = await refusalOf(target.peer.sendBatch(toStream(frames), signal));
    strictEqual(problem.failure, "conflict");
    strictEqual(problem.stored?.position, position);
  }
  deepStrictEqual(await target.admin("select * from t"), [{ id: 1, v: 2 }]);
});

Deno.test("Of two batches at once one waits its turn outside, and is refused when it comes", async () => {
  await using target = await openTarget(
    await servers.get(18),
    "create table t (id int primary key, v int)",
  );
  const signal = new AbortController().signal;
  const batches = ["1\t1", "1\t2"].map((row) =>
    target.frames({ changes: [{ ...right, rows: [row] }] })
  );
  const outcomes = await Promise.allSettled(
    batches.map((frames) => target.peer.sendBatch(toStream(frames), signal)),
  );
  strictEqual(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
  strictEqual(await target.value("select batches from teleport.applied"), "1");
  for (const [number, outcome] of outcomes.entries()) {
    const frames = batches[number] ?? [];
    if (outcome.status === "fulfilled") continue;
    // Busy at first; then the position has moved on.
    const { failure } = await refusalOf(target.peer.sendBatch(toStream(frames), signal));
    strictEqual(failure, "conflict");
  }
  strictEqual(await countOf(target, "t"), "1");
});

Deno.test("Two sources that bring the same table at once both have it", async () => {
  await using target = await openTarget(
    await servers.get(18),
    "create table t (id int primary key, v int)",
  );
  const schema = await target.readSchema();
  await target.run("drop table t");
  const { promise, resolve: goOn } = Promise.withResolvers<void>();
  const frames = target.frames({ schema });
  async function* halting() {
    yield* frames.slice(0, -1);
    await promise;
    yield* frames.slice(-1);
  }
  const { signal } = new AbortController();
  const first = target.peer.sendBatch(halting(), signal);
  const waitingFor = (what: string, sql: string) =>
    waitFor(async () => await target.value(sql) !== "0", { what });
  await waitingFor(
    "the first to make the table",
    `select count(*) from pg_locks where mode = 'AccessExclusiveLock'
       and database = (select oid from pg_database where datname = current_database())`,
  );
  const other = target.frames({ source: "other", from: null, schema });
  const second = target.peer.sendBatch(toStream(other), signal);
  await waitingFor("the second to wait", "select count(*) from pg_locks where not granted");
  goOn();
  deepStrictEqual((await first).refused, []);
  deepStrictEqual((await second).refused, []);
});
