/** Loads beside their table: what the target does with a shadow table, request by request. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { chunkFrames, columns, newer, older, openLoadable, prepareLoad } from "./load.ts";
import { refusalOf, Servers, source, type Target, toStream } from "./target.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const majors = [10, 14, 18];

async function openFilled(major: number): Promise<Target> {
  const target = await openLoadable(await servers.get(major));
  await target.run("insert into t values (1, 1), (2, 2), (9, 9)");
  return target;
}

function prepareMerge(target: Target, load: string): Promise<void> {
  return prepareLoad(target, load, { existing: "merge" });
}

function sendChunk(target: Target, load: string, number: number, rows: string[]) {
  const frames = toStream(chunkFrames(load, number, rows));
  return target.peer.sendChunk(frames, new AbortController().signal);
}

const rowsOfT = (target: Target) =>
  target.value("select string_agg(id || '=' || coalesce(v::text, '-'), ' ' order by id, v) from t");

const shadowsOf = (target: Target) =>
  target.value(
    String.raw`select count(*) from pg_class where relname like 'shadow\_%' and relkind = 'r'`,
  );

/** Notes what is written to t, and as what. */
const noteWrites = `create table seen (what text);
  create function note() returns trigger language plpgsql as $$ begin
    insert into public.seen values (
      tg_op || ' ' || case when tg_op = 'DELETE' then old.id else new.id end || ' '
        || pg_catalog.current_setting('teleport.origin'));
    return null;
  end $$;
  create trigger note after insert or update or delete on t for each row execute procedure note()`;

for (const major of majors) {
  Deno.test(`The table is untouched until the catch-up, which writes what differs (PostgreSQL ${major})`, async () => {
    await using target = await openFilled(major);
    await target.run(noteWrites);
    await prepareMerge(target, older);
    await sendChunk(target, older, 0, ["1\t1", "2\t3", "4\t4"]);
    await sendChunk(target, older, 1, ["6\t6", "4\t4"]);
    strictEqual(await rowsOfT(target), "1=1 2=2 9=9");
    await target.send({
      load: older,
      from: null,
      chunks: 2,
      changes: [{ table: "t", columns, rows: ["5\t5", "6\t7"], gone: ["4\t\\N"] }],
    });
    strictEqual(await rowsOfT(target), "1=1 2=3 5=5 6=7");
    strictEqual(await shadowsOf(target), "0");
    const writes = await target.run("select what from seen order by what");
    deepStrictEqual(
      writes.map(({ what }) => what),
      ["DELETE 9", "INSERT 5", "INSERT 6", "UPDATE 2"].map((what) => `${what} ${source}`),
    );
    // Its answer was lost: it comes again, with what happened since.
    await target.send({
      load: older,
      from: null,
      chunks: 2,
      changes: [{ table: "t", columns, rows: ["5\t5", "6\t8"], gone: ["1\t\\N"] }],
    });
    strictEqual(await rowsOfT(target), "2=3 5=5 6=8");
  });

  Deno.test(`A table that has lost its key is merged too, and rows of one key are (PostgreSQL ${major})`, async () => {
    await using target = await openFilled(major);
    await target.run(
      "alter table t drop constraint t_pkey; insert into t values (1, 1), (2, 3), (9, 9)",
    );
    await prepareMerge(target, older);
    await sendChunk(target, older, 0, ["1\t1", "2\t3", "4\t4"]);
    await target.send({
      load: older,
      from: null,
      chunks: 1,
      changes: [{ table: "t", columns }],
    });
    strictEqual(await rowsOfT(target), "1=1 2=3 4=4");
  });
}

Deno.test("A load that has lost its shadow starts again", async () => {
  await using target = await openFilled(18);
  await prepareMerge(target, older);
  await sendChunk(target, older, 0, ["1\t1"]);
  const [shadow] = await target.run("select shadow from teleport.applied_load");
  await target.run(`drop table teleport."${shadow?.shadow}"`);
  const { code } = await refusalOf(sendChunk(target, older, 1, ["2\t2"]));
  strictEqual(code, "load_superseded");
  const late = await target.refusal({
    load: older,
    from: null,
    chunks: 1,
    changes: [{ table: "t", columns }],
  });
  strictEqual(late.code, "load_superseded");
  strictEqual(await rowsOfT(target), "1=1 2=2 9=9");
  await prepareMerge(target, newer);
  await sendChunk(target, newer, 0, ["1\t1"]);
  await target.send({ load: newer, from: null, chunks: 1, changes: [{ table: "t", columns }] });
  strictEqual(await rowsOfT(target), "1=1");
});

Deno.test("A newer load takes the older one's shadow away, whatever way it goes", async () => {
  await using target = await openFilled(18);
  await prepareMerge(target, older);
  await sendChunk(target, older, 0, ["3\t3"]);
  await prepareLoad(target, newer);
  strictEqual(await shadowsOf(target), "0");
  strictEqual((await refusalOf(sendChunk(target, older, 1, ["2\t2"]))).code, "load_superseded");
  await sendChunk(target, newer, 0, ["7\t7"]);
  strictEqual(await rowsOfT(target), "7=7");
});

Deno.test("Shadows of a source that starts anew, and of a load that nobody goes on with, are dropped; others are kept", async () => {
  await using target = await openFilled(18);
  await prepareMerge(target, older);
  await sendChunk(target, older, 0, ["3\t3"]);
  strictEqual(await target.applier.dropStrayShadows(), 0);
  await target.run("update teleport.applied_load set begun_at = now() - interval '8 days'");
  strictEqual(await target.applier.dropStrayShadows(), 0);
  await target.run("update teleport.applied_chunk set stored_at = now() - interval '8 days'");
  strictEqual(await target.applier.dropStrayShadows(), 1);
  await prepareMerge(target, newer);
  await target.send({ restarts: true });
  strictEqual(await target.applier.dropStrayShadows(), 1);
  strictEqual(await shadowsOf(target), "0");
});

Deno.test("What the table refuses of a merge does not cost the rows that have come", async () => {
  await using target = await openFilled(18);
  await target.run("alter table t add constraint small check (v < 10)");
  await prepareMerge(target, older);
  await sendChunk(target, older, 0, ["1\t11"]);
  const merge = {
    load: older,
    from: null,
    chunks: 1,
    changes: [{ table: "t", columns, rows: ["2\t2"] }],
  };
  const { failure, code, sqlstate } = await target.refusal(merge);
  deepStrictEqual([failure, code, sqlstate], ["operator", "table_refused", "23514"]);
  strictEqual(await rowsOfT(target), "1=1 2=2 9=9");
  await target.run("alter table t drop constraint small");
  await target.send(merge);
  strictEqual(await rowsOfT(target), "1=11 2=2");
});

Deno.test("Unique values that rows exchange, deferrable and excluded ones, are merged", async () => {
  await using target = await openFilled(18);
  await target.run(
    `truncate t;
     alter table t add unique (v), add exclude using btree (v with =);
     alter table t drop constraint t_pkey; alter table t add primary key (id) deferrable;
     insert into t values (1, 1), (2, 2), (3, 3)`,
  );
  await prepareMerge(target, older);
  await sendChunk(target, older, 0, ["1\t2", "2\t1", "4\t3"]);
  await target.send({ load: older, from: null, chunks: 1, changes: [{ table: "t", columns }] });
  strictEqual(await rowsOfT(target), "1=2 2=1 4=3");
});

Deno.test("A table without rows is loaded bare though it was to be merged", async () => {
  await using target = await openLoadable(await servers.get(18));
  await prepareMerge(target, older);
  strictEqual(await target.value("select mode from teleport.applied_load"), "bare");
  await sendChunk(target, older, 0, ["1\t1"]);
  // Given up: what it has left without a key is not worth keeping.
  await prepareMerge(target, newer);
  strictEqual(await target.value("select mode from teleport.applied_load"), "bare");
  strictEqual(await rowsOfT(target), null);
});

Deno.test("Rows that keep a column from its new type do not stay, though they were to be merged", async () => {
  await using target = await openFilled(18);
  const { objects } = await target.readSchema();
  const changed = objects.map((object) => {
    const column = object as { kind: string; name: string };
    return column.kind === "column" && column.name === "v"
      ? { ...column, type: "date", typeIdentity: "1082:-1:0" }
      : object;
  });
  await target.send({ schema: { objects: changed, hash: "changed" } });
  await prepareMerge(target, target.nextLoad());
  strictEqual(await target.value("select mode from teleport.applied_load"), "bare");
  strictEqual(
    await target.value(
      "select atttypid::regtype from pg_attribute where attrelid = 't'::regclass and attname = 'v'",
    ),
    "date",
  );
});
