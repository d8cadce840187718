import { openServers } from "./postgres/mod.ts";
import { SchemaPair } from "./schema/schema_pair.ts";
import { dumpExtensions, readDumpSchema } from "./schema/dump/dump_schema.ts";
const [a, b] = Deno.args.map(Number);
await using servers = await openServers({ source: a!, target: b! });
const schemas: Record<string, string[]> = { metrics: ["ingest", "metrics", "reports"], clinic: ["core", "staff", "patients", "care", "lab", "pharmacy", "erp", "billing", '"Archiv 2010"'], shop: ["public"] };
for (const [name, s] of Object.entries(schemas)) {
  if (a! < 14 && name !== "shop") continue;
  let setup = await readDumpSchema(name);
  if (a! >= 17) setup = setup.replace(/^create operator -@.*$/m, "").replace('-@ t."text"', "lower(t.\"text\")");
  try {
  await using pair = await SchemaPair.open({ servers, setup, extensions: name === "metrics" ? [] : dumpExtensions, expression: s.map((s) => `${s}.*`)});
  const started = performance.now();
  const r = await pair.replicate();
  console.log(name, performance.now() - started, r.created, r.changed, r.refused, r.unsupported);
  console.log((await pair.buildForeignKeys()).refused);
  const c = await pair.compare();
  if (a === b || c.missing.length < 10) console.log(c); else {
    const un = (l: string) => l.replaceAll(/(?:\\"(?:[^"\\]|\\.)*\\"|\w+)\.(?=[\w\\])/g, "");
    const e = new Set(c.extra.map(un));
    console.log(c.missing.length, c.extra.length, c.missing.filter((l) => !e.has(un(l))), c.extra.filter((l) => !new Set(c.missing.map(un)).has(un(l))));
  }
  console.log(await pair.replicate());
  } catch (e) { console.log(name, e); }
}
