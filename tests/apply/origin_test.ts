/** What the target's own capture is told of where rows come from. */
import { deepStrictEqual } from "node:assert/strict";
import { crc32 } from "node:zlib";
import { protocolVersion } from "../../src/model/mod.ts";
import { openTarget, Servers, source, type Target, target as name, toStream } from "./target.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

const columns = ["id", "v"];

/** Epoch of the target's own database. */
const epoch = "the-target";

const setup = `
  create table t (id int primary key, v int);
  create table seen (id int, origin text);
  create function see() returns trigger language plpgsql as
    $$begin
      insert into public.seen values (new.id, pg_catalog.current_setting('teleport.origin', true));
      return new;
    end$$;
  create trigger see after insert or update on t for each row execute procedure see()`;

const loadName = "1001:load";
const through = `far,${epoch},${source}`;

/** A target whose changes go to the source, with a load of its table under way. */
async function openMerging(major: number): Promise<Target> {
  const target = await openTarget(await servers.get(major), setup);
  await target.send({ schema: await target.readSchema() });
  await target.run(
    `insert into teleport.wanted values ('back', 1, false, 'public', '%');
     insert into teleport.target (name, position, is_exact, peer_epoch)
       values ('back', '1:1:', true, '${source}')`,
  );
  const table = { schema: "public", name: "t", isOnly: false };
  const load = { source, target: name, load: loadName, origin: source, table };
  await target.command({ kind: "prepareLoad", ...load, existing: "refuse", columns, key: ["id"] });
  return target;
}

for (const major of [10, 18]) {
  Deno.test(`A catch-up that merges writes each row with its own origin, also where parts are left out (PostgreSQL ${major})`, async () => {
    await using target = await openMerging(major);
    const rows = { table: "t", columns };
    await target.send({
      load: loadName,
      from: null,
      changes: [
        { ...rows, rows: ["1\t1"], origin: `far,${source}`, continues: true },
        { ...rows, rows: ["2\t2"], continues: true },
        { ...rows, rows: ["3\t3"], origin: through },
      ],
    });
    await target.send({
      load: loadName,
      from: null,
      changes: [
        { ...rows, rows: ["4\t4"], continues: true },
        { ...rows, rows: ["5\t5"], origin: through },
      ],
    });
    deepStrictEqual(await target.admin("select id, origin from seen order by id"), [
      { id: 1, origin: `far,${source}` },
      { id: 2, origin: source },
      { id: 4, origin: source },
    ]);
  });
}

Deno.test("A catch-up that merges brings rows of the target's own back where it truncates them", async () => {
  await using target = await openMerging(18);
  await target.run("insert into t values (1, 1), (2, 2)");
  await target.send({
    load: loadName,
    from: null,
    truncate: [{ name: "t" }],
    changes: [{ table: "t", columns, rows: ["2\t2"], origin: through }],
  });
  deepStrictEqual(await target.admin("select id, v from t"), [{ id: 2, v: 2 }]);
});

Deno.test("Rows of a load that do not go on are told of a table that follows and of one that is held", async () => {
  await using target = await openMerging(18);
  const states = ["streaming", "held"];
  for (const state of states) {
    await target.run(
      `insert into teleport.target (name, position, is_exact, peer_epoch)
         values ('to-${state}', '1:1:', true, 'far');
       insert into teleport.table_state
         (target, relation, schema_name, table_name, state, is_loaded, reason)
         values ('to-${state}', 't'::regclass, 'public', 't', '${state}', true, 'of before')`,
    );
  }
  const bytes = new TextEncoder().encode("1\t1\n");
  const chunk = { load: loadName, origin: `far,${source}`, number: 0, columns, key: ["id"] };
  const table = { schema: "public", name: "t" };
  await target.peer.sendChunk(
    toStream([
      {
        kind: "message",
        message: { kind: "chunk", protocol: protocolVersion, table, ...chunk },
      },
      { kind: "data", bytes },
      { kind: "message", message: { kind: "rowsEnd", count: 1, checksum: crc32(bytes) } },
      { kind: "message", message: { kind: "end", count: 2 } },
    ]),
    new AbortController().signal,
  );
  deepStrictEqual(
    await target.admin(
      `select state, is_loaded, reason = 'of before' as "isAsBefore"
       from teleport.table_state order by target desc`,
    ),
    [
      { state: "partial", is_loaded: false, isAsBefore: false },
      { state: "held", is_loaded: false, isAsBefore: true },
    ],
  );
});
