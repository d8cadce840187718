import { startServer, createDatabase, createRole, runSql } from "/work/main/tests/postgres/mod.ts";
import { schemaFor } from "/work/main/tests/property/schema/mod.ts";
import { Workload } from "/work/main/tests/property/workload.ts";
import { Random } from "/work/main/tests/property/random.ts";
const major = Number(Deno.args[0]);
await using server = await startServer({ major });
const owner = await createRole(server);
const db = await createDatabase(server, { owner });
await runSql(server.url(db.name), `grant all on schema public to "${owner.name}"; alter database "${db.name}" set deadlock_timeout = '50ms'`);
await runSql(db.url, schemaFor(major));
const w = new Workload({ url: db.url, major, random: new Random(Number(Deno.args[1] ?? 1)), writers: 7 });
for (let i = 0; i < 20; i++) { await new Promise(r => setTimeout(r, 1000)); w.assertRunning(); }
await w.stop();
console.log(w.tally.committed, w.tally.toString(), w.missingKinds());
for (const r of await runSql(db.url, "select relname, n_live_tup, (select count(*) from pg_constraint where conrelid=relid) c from pg_stat_user_tables order by 1")) console.log(JSON.stringify(r));
const fails: Record<string, number> = {};
// deno-lint-ignore no-explicit-any
for (const e of (w.trace as any).about("", 100000).split("\n")) { const m = / failed: (.*)/.exec(e) ?? /^ +-- (.*)/.exec(e); if (m) { const k = m[1].replace(/-?\d+/g, "N"); fails[k] = (fails[k] ?? 0) + 1; } }
console.log(fails);
