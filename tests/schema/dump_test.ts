/** Large schemas as they look in life: a target's pg_dump says what the source's says. */
import assert from "node:assert/strict";
import { say } from "../pair/mod.ts";
import { dumpSchema, findPgDump, openServers, type ServerPair } from "../postgres/mod.ts";
import { dumpEntries } from "./dump/dump_entries.ts";
import { dumpExtensions, readDumpSchema } from "./dump/dump_schema.ts";
import { nothing, sanitized, SchemaPair, type SchemaPairOptions } from "./schema_pair.ts";

const program = await findPgDump();
if (program === undefined) {
  say("Tests of pg_dump are not run: it is not installed (apt-get install postgresql-client)");
}

/** What a schema of another name is called here: the dumps are compared after that is put back. */
const ownName = "web_shop";

async function replicatesToTheSameDump(
  options: SchemaPairOptions & { schema?: string },
): Promise<void> {
  await using pair = await SchemaPair.open(options);

  const first = await pair.replicate();
  const keys = await pair.buildForeignKeys();

  assert.deepEqual(first.refused, []);
  assert.deepEqual(keys.refused, []);
  const leftOut = first.unsupported.filter(({ object }) => !/^(?:trigger|policy) /.test(object));
  assert.deepEqual(leftOut, []);
  const filters = ["--exclude-schema=teleport"];
  const [source, target] = await Promise.all(
    (["source", "target"] as const).map(async (side) =>
      dumpEntries(await dumpSchema(program ?? "", { url: pair.url(side), filters }))
    ),
  );
  assertSame(target, source);
  assert.deepEqual(await pair.replicate(), nothing);
}

/** Says what differs only: the lists are thousands of lines long. */
function assertSame(target: readonly string[] = [], source: readonly string[] = []): void {
  assert.deepEqual({
    missing: source.filter((entry) => !target.includes(entry)),
    extra: target.filter((entry) => !source.includes(entry)),
  }, { missing: [], extra: [] });
  assert.equal(target.length, source.length);
  assert.ok(source.length > 300, `${source.length} entries`);
}

Deno.test({
  ...sanitized,
  name: "a webshop's schema is dumped alike",
  ignore: program === undefined,
  fn: async (test) => {
    const setup = await readDumpSchema("shop");
    for (const major of [14, 10]) {
      await using servers = await openServers({ source: major, target: major });
      await test.step(`on PostgreSQL ${major}`, () =>
        replicatesToTheSameDump({ servers, setup, extensions: dumpExtensions }));
    }
  },
});
