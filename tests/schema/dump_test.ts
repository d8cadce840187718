/** Large schemas as they look in life: pg_dump says of the target what it says of the source. */
import assert from "node:assert/strict";
import { z } from "zod";
import { quoteIdentifier } from "../../src/model/mod.ts";
import { requestLoad } from "../../src/state/mod.ts";
import { openPair, type Pair, say, targetName, waitFor } from "../pair/mod.ts";
import { dumpSchema, findPgDump, openServers } from "../postgres/mod.ts";
import { dumpEntries } from "./dump/dump_entries.ts";
import { dumpExtensions, readDumpSchema } from "./dump/dump_schema.ts";
import metricsRows from "./dump/metrics_rows.sql" with { type: "text" };
import { nothing, sanitized, SchemaPair, type SchemaPairOptions } from "./schema_pair.ts";

const program = await findPgDump();
if (program === undefined) {
  say("Tests of pg_dump are not run: it is not installed (apt-get install postgresql-client)");
}

interface Renaming {
  schema: string;
  /** One that is nowhere else in a dump. */
  applySchema: string;
  /** How many it holds at least. */
  tables: number;
}

async function replicatesToTheSameDump(
  options: SchemaPairOptions,
  renaming?: Renaming,
): Promise<void> {
  await using pair = await SchemaPair.open({
    ...options,
    ...(renaming === undefined ? {} : {
      expression: [`${quoteIdentifier(renaming.schema)}.*`],
      applySchema: renaming.applySchema,
    }),
    extensions: dumpExtensions,
  });

  const first = await pair.replicate();
  const keys = await pair.buildForeignKeys();

  assert.deepEqual(first.refused, []);
  assert.deepEqual(keys.refused, []);
  const leftOut = first.unsupported.filter(({ object }) => !isOfSource.test(object));
  assert.deepEqual(leftOut, []);
  const [source, target] = await Promise.all([
    readDump(pair.url("source"), renaming?.schema),
    readDump(pair.url("target"), renaming?.applySchema),
  ]);
  const wanted = renaming === undefined
    ? source
    : source.replaceAll(renaming.schema, renaming.applySchema);
  assertSame(dumpEntries(bare(target, renaming)), dumpEntries(bare(wanted, renaming)), {
    tables: renaming?.tables ?? 100,
  });
  assert.deepEqual(await pair.replicate(), nothing);
}

/** What docs/schema.md says of every target: it is the source's own. */
const isOfSource = /^(?:trigger|rule|policy) /;

/** @param schema default: everything but teleport's own. */
function readDump(url: string, schema?: string): Promise<string> {
  const filter = schema === undefined
    ? "--exclude-schema=teleport"
    : `--schema=${quoteIdentifier(schema)}`;
  return dumpSchema(program ?? "", { url, filters: [filter] });
}

/** Without the quotes that one name wants and the other does not. */
function bare(dump: string, { applySchema }: Partial<Renaming> = {}): string {
  return applySchema === undefined ? dump : dump.replaceAll(`"${applySchema}"`, applySchema);
}

/** Only what differs: the lists are thousands of lines long. */
function differenceOf(target: readonly string[], source: readonly string[]) {
  return {
    missing: source.filter((entry) => !target.includes(entry)),
    extra: target.filter((entry) => !source.includes(entry)),
  };
}

function assertSame(
  target: readonly string[],
  source: readonly string[],
  least: { tables: number },
): void {
  assert.deepEqual(differenceOf(target, source), { missing: [], extra: [] });
  assert.equal(target.length, source.length);
  const tables = source.filter((entry) => entry.includes("\nCREATE TABLE "));
  assert.ok(tables.length >= least.tables, `${tables.length} tables`);
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
        // A schema that the reader may not use is in no search_path: there every name comes qualified.
        const usage = major === 14 ? "grant usage on schema web_shop to public;" : "";
        return replicatesToTheSameDump({
          servers,
          setup: `create schema web_shop; ${usage} set search_path = web_shop, public; ${setup}`,
        }, { schema: "web_shop", applySchema: "tenant_7", tables: 100 });
      });
    }
  },
});

Deno.test({
  ...sanitized,
  name: "a hospital's nine schemas, with inheritance, are dumped alike",
  ignore: program === undefined,
  fn: async (test) => {
    await using servers = await openServers({ source: 14, target: 14 });
    const setup = await readDumpSchema("clinic");
    const schemas = ["core", "staff", "patients", "care", "lab", "pharmacy", "erp", "billing"];
    await test.step("all of them", () =>
      replicatesToTheSameDump({
        servers,
        setup,
        expression: [...schemas, '"Archiv 2010"'].map((schema) => `${schema}.*`),
      }));
    await test.step("one of them, as another schema", () =>
      replicatesToTheSameDump({
        servers,
        setup: `${setup}; grant usage on schema "Archiv 2010" to public`,
      }, {
        schema: "Archiv 2010",
        applySchema: "archive_10",
        tables: 30,
      }));
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

    assertSame(target ?? [], source ?? [], { tables: 100 });
    const status = await pair.targetInstance?.readStatus() as
      | { sources: { refused: string[] }[] }
      | undefined;
    assert.deepEqual(status?.sources.map(({ refused }) => refused), [[]]);
    const { source: sent, target: received } = await pair.digests([
      { schema: "ingest", name: "events" },
      { schema: "metrics", name: "points" },
      { schema: "metrics", name: "computations" },
      { schema: "metrics", name: "definitions" },
    ]);
    assert.deepEqual(received, sent);
  },
});

/** As an operator does for tables that had rows at first contact. */
async function loadAll(pair: Pair): Promise<void> {
  await using source = await pair.open("source");
  const partial = await source.rows(
    z.object({ relation: z.coerce.number() }),
    "select relation::text from teleport.table_state where state = 'partial'",
  );
  await requestLoad(source, targetName, partial.map(({ relation }) => relation), {
    existing: "replace",
  });
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
  return dumpEntries(await readDump(server.url(name)));
}
