import { startServer, connect } from "./postgres/mod.ts";
import { dumpExtensions } from "./schema/dump/dump_schema.ts";
const [name, major] = Deno.args;
await using s = await startServer({ major: Number(major) });
await using c = await connect(s.url("postgres"));
if (name !== "metrics") for (const e of dumpExtensions) await c.query(`create extension ${e}`);
await c.query("create role app login; grant create on database postgres to app; grant create on schema public to app; set session authorization app");
const folder = new URL(`./schema/dump/${name}/`, import.meta.url);
for (const f of [...Deno.readDirSync(folder)].map((e) => e.name).sort()) {
  const sql = Deno.readTextFileSync(new URL(f, folder));
  try { await c.query(sql); console.log(f, "ok"); }
  catch (e) { const x = e as { message: string; position?: string; where?: string; hint?: string };
    const p = Number(x.position ?? 0);
    // without a position: statement by statement
    console.log(f, x.message, x.hint ?? "", p ? "AT: " + sql.slice(Math.max(0, p - 200), p) + " >>> " + sql.slice(p, p + 150) : "(no position) " + (x.where ?? ""));
    if (!p) { let n = 0; for (const st of sql.split(/;\n/)) { n++; await c.query("savepoint s").catch(() => {}); try { await c.query(st); } catch (e2) { console.log("  ", n, st.slice(0, 300), "=>", String(e2)); break; } } }
    break; }
}
console.log((await c.query("select count(*) from pg_class where relkind in ('r','p') and relnamespace not in (select oid from pg_namespace where nspname in ('pg_catalog','information_schema'))")).rows);
