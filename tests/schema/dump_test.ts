/** Large schemas as they look in life: pg_dump says of the target what it says of the source. */
import assert from "node:assert/strict";
import { say } from "../pair/mod.ts";
import { dumpSchema, findPgDump, openServers } from "../postgres/mod.ts";
import { dumpEntries } from "./dump/dump_entries.ts";
import { dumpExtensions, readDumpSchema } from "./dump/dump_schema.ts";
import { nothing, sanitized, SchemaPair, type SchemaPairOptions } from "./schema_pair.ts";

const program = await findPgDump();
if (program === undefined) {
  say("Tests of pg_dump are not run: it is not installed (apt-get install postgresql-client)");
}

async function replicatesToTheSameDump(
  options: SchemaPairOptions,
  renamed?: { schema: string; applySchema: string },
): Promise<void> {
  await using pair = await SchemaPair.open({ ...options, extensions: dumpExtensions });

  const first = await pair.replicate();
  const keys = await pair.buildForeignKeys();

  assert.deepEqual(first.refused, []);
  assert.deepEqual(keys.refused, []);
  const leftOut = first.unsupported.filter(({ object }) => !/^(?:trigger|rule|policy) /.test(object));
  assert.deepEqual(leftOut, []);
  const [source, target] = await Promise.all([dump("source"), dump("target")]);
  assertSame(
    dumpEntries(target.replaceAll(renamed?.applySchema ?? "", renamed?.schema ?? "")),
    dumpEntries(source),
  );
  assert.deepEqual(await pair.replicate(), nothing);

  function dump(side: "source" | "target"): Promise<string> {
    const schema = side === "source" ? renamed?.schema : renamed?.applySchema;
    const what = schema === undefined ? "--exclude-schema=teleport" : `--schema=${schema}`;
    return dumpSchema(program ?? "", { url: pair.url(side), filters: [what] });
  }
}

/** Says what differs only: the lists are thousands of lines long. */
function assertSame(target: readonly string[], source: readonly string[]): void {
  assert.deepEqual({
    missing: source.filter((entry) => !target.includes(entry)),
    extra: target.filter((entry) => !source.includes(entry)),
  }, { missing: [], extra: [] });
  assert.equal(target.length, source.length);
  const tables = source.filter((entry) => entry.includes("\nCREATE TABLE "));
  assert.ok(tables.length >= 100, `${tables.length} tables`);
}

Deno.test({
  ...sanitized,
  name: "a webshop's schema is dumped alike, under its name and under another",
  ignore: program === undefined,
  fn: async (test) => {
    const setup = await readDumpSchema("shop");
    for (const major of [14, 10]) {
      await using servers = await openServers({ source: major, target: major });
      await test.step(
        `on PostgreSQL ${major}`,
        () => replicatesToTheSameDump({ servers, setup }),
      );
      await test.step(`on PostgreSQL ${major}, as another schema`, () => {
        const renamed = { schema: "web_shop", applySchema: "tenant_7" };
        // A schema that the reader may not use is in no search_path: there every name comes qualified.
        const usage = major === 14 ? "grant usage on schema web_shop to public;" : "";
        return replicatesToTheSameDump({
          servers,
          setup: `create schema web_shop; ${usage} set search_path = web_shop, public; ${setup}`,
          expression: ["web_shop.*"],
          applySchema: renamed.applySchema,
        }, renamed);
      });
    }
  },
});

Deno.test({
  ...sanitized,
  name: "a hospital's nine schemas, with inheritance, are dumped alike",
  ignore: program === undefined,
  fn: async () => {
    await using servers = await openServers({ source: 14, target: 14 });
    const schemas = ["core", "staff", "patients", "care", "lab", "pharmacy", "erp", "billing"];
    await replicatesToTheSameDump({
      servers,
      setup: await readDumpSchema("clinic"),
      expression: [...schemas, '"Archiv 2010"'].map((schema) => `${schema}.*`),
    });
  },
});
