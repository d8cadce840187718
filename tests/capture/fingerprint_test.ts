/** The polled fingerprint: any DDL changes it, nothing else that happens all the time does. */
import { say } from "../pair/say.ts";
import assert from "node:assert/strict";
import { readFingerprint } from "../../src/capture/mod.ts";
import { openBench, Servers } from "./bench.ts";
import { ddlFor, tables } from "./ddl_statements.ts";

const servers = new Servers();
Deno.test.afterAll(() => servers[Symbol.asyncDispose]());

/** The oldest with binaries, the newest, and one between. */
const majors = (Deno.env.get("TELEPORT_TEST_MAJORS") ?? "10,14,18").split(",").map(Number);

const silent = [
  "insert into t values (1, 'x', 5), (2, 'y', 6)",
  "update t set v = 'z'",
  "delete from t where id = 2",
  "select nextval('s')",
  "select setval('s', 100)",
  "vacuum",
  "vacuum freeze",
  "analyze",
  "create temp table x (id serial primary key, v text); create index on x (v); create temp view tv as select 1 as a; drop table x cascade",
  "begin; create table gone (a int); rollback",
  "insert into teleport.event_0 (kind, relation, generation) values ('ddl', 0, 0); truncate teleport.event_0",
  "select pg_stat_reset()",
  "create temp sequence ts; select nextval('ts'); create temp table tt as select 1 as a; alter table tt add b int; drop table tt",
  "begin; alter table t add column gone int; create type gone as enum ('a'); savepoint a; drop table u; rollback to a; rollback",
  "vacuum full pg_class",
  "vacuum full pg_attribute",
  "reindex table pg_class",
  "vacuum freeze pg_class",
  "select lo_create(0)",
  "create role teleport_nobody; drop role teleport_nobody",
];

for (const major of majors) {
  Deno.test(`Any DDL changes the fingerprint (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major), sql: tables });
    let last = await readFingerprint(bench.teleport);
    const [missed, refused]: [string[], string[]] = [[], []];
    for (const sql of ddlFor(major)) {
      await bench.admin.query(sql).catch((error: Error) =>
        refused.push(`${sql}: ${error.message}`)
      );
      const next = await readFingerprint(bench.teleport);
      if (next === last) missed.push(sql);
      last = next;
    }
    assert.deepEqual({ missed, refused }, { missed: [], refused: [] });
  });

  Deno.test(`Writes, maintenance and temporary objects leave the fingerprint alone (PostgreSQL ${major})`, async () => {
    await using bench = await openBench({ server: await servers.get(major), sql: tables });
    const first = await readFingerprint(bench.teleport);
    for (const sql of silent) {
      await bench.admin.query(sql);
      assert.equal(await readFingerprint(bench.teleport), first, sql);
    }
  });

  Deno.test(`Two hundred tables are looked at within a second (PostgreSQL ${major})`, async () => {
    const columns = Array.from({ length: 20 }, (_, n) => `c${n} int`).join(", ");
    await using bench = await openBench({
      server: await servers.get(major),
      sql: `do $$ begin for n in 1..200 loop
        execute format('create table t%s (id serial primary key, ${columns})', n); end loop; end $$`,
    });
    await readFingerprint(bench.teleport);
    const start = performance.now();
    await readFingerprint(bench.teleport);
    const fingerprintMs = performance.now() - start;
    const again = performance.now();
    assert.equal((await bench.install()).changed, false);
    const installMs = performance.now() - again;
    say(
      `fingerprint ${Math.round(fingerprintMs)} ms, install ${Math.round(installMs)} ms`,
    );
    assert.ok(fingerprintMs < 1000, `${fingerprintMs} ms`);
  });
}
