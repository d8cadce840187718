/**
 * The schema's reader, its target and the fingerprint the ways of PostgreSQL 9.2 to 9.6. A 10 that is taken for one answers as
 * for itself, but for what that version cannot tell, and nothing newer is sent. A server of that age that the
 * environment names is put to the same work as it is.
 */
import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { readFingerprint } from "../../src/capture/mod.ts";
import type { SchemaObject } from "../../src/schema/mod.ts";
import { connect, openServers, type ServerPair, type ServerPairOptions } from "../postgres/mod.ts";
import { say } from "../pair/mod.ts";
import { nothing, SchemaPair } from "../schema/schema_pair.ts";
import setup from "./old_schema.sql" with { type: "text" };
import { WireWatch } from "./wire.ts";

/** Kinds of changes that the fingerprint of that age has to tell. */
const ddl = [
  "create table fresh (id integer)",
  "alter table fresh add v text default 'x'",
  "alter table fresh alter v set not null",
  "alter table fresh rename v to w",
  "create index on fresh (w)",
  "alter type mood add value 'calm'",
  "create or replace function add_one(n integer) returns integer language sql immutable as 'select n + 1 + 0'",
  "create or replace view of_view as select id, next, 1 as more from grown_up",
  "alter table child no inherit parent",
  "alter domain positive drop constraint is_positive",
  "alter text search configuration words drop mapping for word",
  "drop cast (integer as mood)",
  "drop operator ==~ (mood, text)",
  "drop aggregate concat_of (text)",
  "drop view of_view",
  "drop table fresh",
];

/** A few changes of every way that the differ goes. */
const changes = `
  alter table person rename email to mail; alter table person add w integer default 5, drop seen;
  alter table person alter counted type numeric; alter sequence counter increment by 7;
  drop view of_view; alter table pair add check (a > 0); alter type place add attribute y integer cascade;
  alter table passing rename to passed; drop table keyless; alter domain positive set default 2;
  create or replace function twice(n integer, times integer default 2) returns integer language sql immutable as 'select n * times';
  drop index person_code; create table other (id integer primary key, person integer references person);
  comment on table pair is 'new'; alter text search configuration words drop mapping for word`;

for (const [name, version] of [["9.2", 90224], ["9.4", 90426], ["9.6", 90624]] as const) {
  Deno.test(`A schema is read, made and changed the way that ${name} needs`, async () => {
    const options = { source: 10, target: 10 };
    await using servers = await openServers(options);
    const asItIs = await read(servers, options);
    using watch = new WireWatch({ version, isPretended: true });
    const { objects, pair } = await replicate(servers, options);
    await using _pair = pair;
    deepStrictEqual(objects.map(comparable), asItIs.map(comparable));
    await assertFingerprint(pair);
    ok(watch.statements > 100);
    deepStrictEqual([...watch.found], []);
  });
}

Deno.test("A schema of an old server that the environment names is read, made and changed", async () => {
  const url = Deno.env.get("TELEPORT_TEST_SOURCE_URL");
  const version = url === undefined || url === "" ? undefined : await versionOf(url);
  if (url === undefined || version === undefined || version >= 100000) {
    say(
      `The schema of a PostgreSQL before 10 is not tested: the environment names ${
        version ?? "none"
      }`,
    );
    return;
  }
  const options = { sourceUrl: url, targetUrl: url };
  await using servers = await openServers(options);
  using watch = new WireWatch({ version, isPretended: false });
  const { pair } = await replicate(servers, options);
  await using _pair = pair;
  await assertFingerprint(pair);
  deepStrictEqual([...watch.found], []);
});

/** What teleport reads without pretending. */
async function read(
  servers: ServerPair,
  options: ServerPairOptions,
): Promise<readonly SchemaObject[]> {
  await using pair = await SchemaPair.open({
    ...options,
    servers,
    setup,
    isSuperuser: true,
    applySchema: "test",
  });
  return (await pair.read()).objects;
}

/** Makes it on the target, changes it, and finds nothing left to do each time. */
async function replicate(
  servers: ServerPair,
  options: ServerPairOptions,
): Promise<{ objects: readonly SchemaObject[]; pair: SchemaPair }> {
  await using stack = new AsyncDisposableStack();
  const pair = stack.use(
    await SchemaPair.open({ ...options, servers, setup, isSuperuser: true, applySchema: "test" }),
  );
  const { objects } = await pair.read();
  for (const change of ["", changes]) {
    if (change !== "") await pair.change(change);
    deepStrictEqual((await pair.replicate()).refused, []);
    deepStrictEqual((await pair.buildForeignKeys()).refused, []);
    deepStrictEqual(await pair.replicate(), nothing);
    deepStrictEqual(await pair.compare(), { missing: [], extra: [] });
  }
  stack.move();
  return { objects, pair };
}

async function assertFingerprint(pair: SchemaPair): Promise<void> {
  const { source } = pair;
  let last = await readFingerprint(source);
  strictEqual(await readFingerprint(source), last, "the same without DDL");
  await pair.change(
    "insert into pair values (1, 'x', 1)",
    "analyze pair",
    "select nextval('counter')",
  );
  strictEqual(await readFingerprint(source), last, "the same after writes");
  for (const statement of ddl.filter((text) => !/of_view|word$/.test(text))) {
    await pair.change(statement);
    const now = await readFingerprint(source);
    notStrictEqual(now, last, statement);
    last = now;
  }
}

/** Without oids, which differ from database to database, and what only a newer server knows of an object. */
function comparable(object: SchemaObject): unknown {
  const plain = object.kind === "sequence" ? { ...object, type: "", cache: "" } : object;
  return JSON.parse(JSON.stringify(plain, (key, value) => {
    if (["id", "oid", "typeIdentity", "identity", "dependsOn", "contents"].includes(key)) return "";
    return typeof value === "string" ? value.replace(/\b\d{5,}\b/g, "") : value;
  }));
}

async function versionOf(url: string): Promise<number> {
  await using session = await connect(url);
  const { rows } = await session.query(
    "select current_setting('server_version_num')::int as version",
  );
  return Number(rows[0].version);
}
