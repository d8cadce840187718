/**
 * PostgreSQL 9.2 to 9.6 as source and target. No such server can be started here, so teleport takes a 10
 * for one, and goes the ways of that version; what it sends is looked at for anything newer. A server that
 * the environment names and that is so old is put to the same work as it is.
 */
import { deepStrictEqual, ok } from "node:assert/strict";
import { initialLoad } from "../../src/daemon/mod.ts";
import { createLog } from "../../src/daemon/log.ts";
import { openPair, type Pair, type PairOptions, say, targetName, waitFor } from "../pair/mod.ts";
import { connect, runSql } from "../postgres/mod.ts";
import { changes, tables } from "./changes.ts";
import { findNewer } from "./feature.ts";
import setup from "./shop.sql" with { type: "text" };
import { WireWatch } from "./wire.ts";

for (
  const [name, version] of [["9.2", 90224], ["9.4", 90426], ["9.5", 90525], ["9.6", 90624]] as const
) {
  Deno.test(`What works on PostgreSQL 10 works the way that ${name} needs`, async () => {
    using watch = new WireWatch({ version, isPretended: true });
    await replicate({ source: 10, target: 10, isSuperuser: version >= 90500 }, version);
    assertNothingNewer(watch);
  });
}

Deno.test("Rows that were applied the way that 9.4 needs keep their origin and do not go back", async () => {
  using _watch = new WireWatch({ version: 90426, isPretended: true });
  await using pair = await openPair({
    setup: "create table item (id int primary key, note text)",
    isTwoWay: true,
    source: 10,
    target: 10,
  });
  await pair.start();
  await pair.caughtUp();
  const there = pair.target.server.url(pair.target.name);
  await waitFor(async () => {
    const sql = "select 1 from teleport.capture where table_name = 'item' and level <> 'none'";
    return (await runSql(there, sql)).length === 1;
  }, { what: "the table to be captured on the target", explain: () => pair.lines.slice(-30) });
  await pair.write("insert into item select i, 'source' from generate_series(1, 100) i");
  await pair.write(
    "update item set note = 'changed' where id > 50; delete from item where id > 90",
  );
  await pair.caughtUp();
  const origins = await runSql(
    there,
    "select distinct origin from teleport.event where kind = 'row'",
  );
  const here = pair.source.server.url(pair.source.name);
  deepStrictEqual(origins, await runSql(here, "select epoch as origin from teleport.instance"));
});

Deno.test("A table that somebody holds is asked for again where 9.2 can limit statements alone", async () => {
  using watch = new WireWatch({ version: 90224, isPretended: true });
  await using pair = await openPair({
    setup: "create table item (id int primary key, note text)",
    source: 10,
    target: 10,
  });
  await using writer = await connect(pair.source.urlAs(pair.owner));
  await writer.query("begin; insert into item values (1, 'held')");
  await pair.start();
  await waitFor(() => pair.lines.some((line) => line.includes("it is locked")), {
    what: "the installer to give up waiting",
    explain: () => pair.lines,
  });
  await writer.query("commit");
  await pair.caughtUp();
  await pair.write("insert into item values (2, 'free')");
  await waitFor(async () => {
    await pair.caughtUp();
    const there = pair.target.server.url(pair.target.name);
    return (await runSql(there, "select 1 from item where id = 2")).length === 1;
  }, { what: "the table to follow", explain: () => pair.lines });
  assertNothingNewer(watch, 100);
});

Deno.test("An old server that the environment names replicates, as source and as target", async () => {
  const url = Deno.env.get("TELEPORT_TEST_SOURCE_URL");
  const version = url === undefined || url === "" ? undefined : await versionOf(url);
  if (url === undefined || version === undefined || version >= 100000) {
    const why = version === undefined ? "names no server" : `has version ${version}`;
    say(`PostgreSQL before 10 is not tested as it is: TELEPORT_TEST_SOURCE_URL ${why}`);
    return;
  }
  {
    using watch = new WireWatch({ version, isPretended: false });
    await replicate({ sourceUrl: url, targetUrl: url }, version);
    assertNothingNewer(watch);
  }
  await replicate({ sourceUrl: url, target: 18 }, version);
  await replicate({ source: 18, targetUrl: url }, 180000);
});

async function replicate(servers: Partial<PairOptions>, sourceVersion: number): Promise<void> {
  await using pair = await openPair({ setup, ...servers });
  await pair.start();
  await pair.caughtUp();
  for (const change of changes) await pair.write(change);
  await follows(pair);
  await load(pair);
  await pair.write("update customer set name = upper(name) where number % 7 = 0");
  await follows(pair);
  const explain = () => pair.lines.slice(-40).join("\n");
  const { source, target } = await pair.digests(tables);
  deepStrictEqual(target, source, explain());
  for (const digest of Object.values(source)) ok(!digest.startsWith("0:"), explain());
  await assertFunctions(pair, sourceVersion);
}

/** Waits for the table that came last, which the catalogs' watcher finds, and for everything else. */
async function follows(pair: Pair): Promise<void> {
  await waitFor(async () => {
    const known = (await pair.readStatus())?.targets[targetName]?.tables ?? [];
    return known.some(({ name }) => name === "later");
  }, {
    what: "the new table to be found",
    deadlineMs: 60_000,
    explain: () => pair.lines.slice(-30),
  });
  await pair.caughtUp();
}

async function load(pair: Pair): Promise<void> {
  const { isFinished } = await initialLoad({
    config: pair.sourceConfig,
    target: targetName,
    version: "test",
    log: createLog({ level: "info", format: "text", write: (line) => pair.lines.push(line) }),
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  ok(isFinished);
}

/** The generated functions, which no statement carries. */
async function assertFunctions(pair: Pair, version: number): Promise<void> {
  const functions = await runSql<{ name: string; text: string }>(
    pair.source.url,
    `select p.proname::text as name, p.prosrc || ' ' || coalesce(p.proconfig::text, '') as text
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname = 'teleport' and p.proname ~ '^capture_[0-9]+$'`,
  );
  ok(functions.length >= tables.length);
  const newer = functions.map(({ name, text }) => ({ name, newer: findNewer(text, version) }));
  deepStrictEqual(newer.filter((found) => found.newer.length > 0), []);
}

function assertNothingNewer(watch: WireWatch, atLeast = 500): void {
  ok(watch.statements > atLeast, `${watch.statements} statements were seen`);
  const found = [...watch.found].map(([text, newer]) => ({
    text,
    // Asked only where the catalogs have it: src/state/identity.ts.
    newer: newer.filter((feature) => feature !== "pg_control_system()"),
  }));
  deepStrictEqual(found.filter(({ newer }) => newer.length > 0), []);
}

async function versionOf(url: string): Promise<number> {
  const [row] = await runSql<{ version: number }>(
    url,
    "select current_setting('server_version_num')::int as version",
  );
  return row?.version ?? 0;
}
