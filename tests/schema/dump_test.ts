/** Large schemas as they look in life: pg_dump says of the target what it says of the source. */
import assert from "node:assert/strict";
import { openPair, type Pair, say, targetName, waitFor } from "../pair/mod.ts";
import { dumpSchema, findPgDump, openServers } from "../postgres/mod.ts";
import { dumpEntries } from "./dump/dump_entries.ts";
import { dumpExtensions, readDumpSchema } from "./dump/dump_schema.ts";
import metricsRows from "./dump/metrics_rows.sql" with { type: "text" };
import { loadPartial } from "./live/load_partial.ts";
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
  const leftOut = first.unsupported.filter(({ object }) =>
    !/^(?:trigger|rule|policy) /.test(object)
  );
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

/** Only what differs: the lists are thousands of lines long. */
function differenceOf(target: readonly string[], source: readonly string[]) {
  return {
    missing: source.filter((entry) => !target.includes(entry)),
    extra: target.filter((entry) => !source.includes(entry)),
  };
}

function assertSame(target: readonly string[], source: readonly string[]): void {
  assert.deepEqual(differenceOf(target, source), { missing: [], extra: [] });
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

Deno.test({
  ...sanitized,
  name: "instances bring an analytics product's trees of partitions to the same dump",
  ignore: program === undefined,
  fn: async () => {
    const schemas = ["ingest", "metrics", "reports"];
    await using pair = await openPair({
      source: 14,
      target: 14,
      setup: await readDumpSchema("metrics") + metricsRows,
      schemas,
      targetExpression: schemas.map((schema) => `${schema}.*`),
    });
    await pair.start();
    await pair.caughtUp();
    await loadAll(pair);

    let [source, target]: string[][] = [];
    await waitFor(async () => {
      [source, target] = await Promise.all([entriesOf(pair, "source"), entriesOf(pair, "target")]);
      return JSON.stringify(source) === JSON.stringify(target);
    }, {
      what: "the dumps to be equal",
      deadlineMs: 120_000,
      explain: async () => [
        differenceOf(target ?? [], source ?? []),
        await pair.targetInstance?.readStatus(),
        pair.lines.filter((line) => /WARN|ERROR/.test(line)).slice(-30),
      ],
    });

    assertSame(target ?? [], source ?? []);
    const status = await pair.targetInstance?.readStatus() as
      | { sources: { refused: string[] }[] }
      | undefined;
    assert.deepEqual(status?.sources.map(({ refused }) => refused), [[]]);
    const { source: sent, target: received } = await pair.digests([
      { schema: "ingest", name: "events" },
      { schema: "metrics", name: "points" },
      { schema: "metrics", name: "jobs", isOnly: true },
      { schema: "metrics", name: "definitions" },
    ]);
    assert.deepEqual(received, sent);
  },
});

async function loadAll(pair: Pair): Promise<void> {
  await using source = await pair.open("source");
  await loadPartial(source);
  await waitFor(async () => {
    const tables = (await pair.readStatus())?.targets[targetName]?.tables ?? [];
    return tables.length > 0 && tables.every(({ state }) => state === "streaming");
  }, {
    what: "every table to be loaded",
    deadlineMs: 120_000,
    explain: async () => [await pair.readStatus(), pair.lines.slice(-30)],
  });
}

async function entriesOf(pair: Pair, side: "source" | "target"): Promise<string[]> {
  const { server, name } = pair[side];
  const filters = ["--exclude-schema=teleport"];
  return dumpEntries(await dumpSchema(program ?? "", { url: server.url(name), filters }));
}
