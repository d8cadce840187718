/**
 * The main property: after every applied batch the target equals the source at that batch's snapshot,
 * whatever concurrent writers do. TELEPORT_TEST_SEED repeats the writers' choices (not the servers'
 * timing), TELEPORT_TEST_BATCHES makes the test longer.
 */
import { deepStrictEqual } from "node:assert/strict";
import { openPair, type PairOptions, say, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";
import { Disturbance } from "./disturbance.ts";
import { BatchDiffers, Oracle } from "./oracle.ts";
import { Random } from "./random.ts";
import { schemaFor } from "./schema/mod.ts";
import { Workload } from "./workload.ts";

const seed = Number(Deno.env.get("TELEPORT_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32));
const batches = Number(Deno.env.get("TELEPORT_TEST_BATCHES") ?? 300);
const writers = 8;
/** So many that every kind of action has had its turn. */
const enoughForAllKinds = 300;

/** No DDL here: the watcher's looks at the catalogs would only take time from the writers. */
const processing_intervals = {
  batcher: 20,
  transmitter: 50,
  applier: 50,
  vacuum: 250,
  ddlwatcher: 5000,
};

interface Property extends Pick<PairOptions, "config" | "applySchema"> {
  major: number;
  /** Exact batches to compare at least. */
  batches: number;
  /** Cut batches to see at least. */
  cut?: number;
  /** See WorkloadOptions. */
  truncations?: number;
  isDisturbed?: boolean;
}

const sanitized = { sanitizeOps: true, sanitizeResources: true };

Deno.test(
  "On PostgreSQL 18 the target equals the source's snapshot after every batch",
  sanitized,
  () => follow({ major: 18, batches }),
);

Deno.test(
  "On PostgreSQL 10 the target equals the source's snapshot after every batch",
  sanitized,
  () => follow({ major: 10, batches, applySchema: "test" }),
);

Deno.test(
  "Windows cut into parts converge: the target equals the source after every exact batch",
  sanitized,
  () =>
    follow({
      major: 18,
      batches: batches / 10,
      cut: batches / 5,
      truncations: 0.1,
      config: { max_events_per_batch: 30 },
    }),
);

Deno.test(
  "Whatever sessions are lost, the target equals the source's snapshot after every batch",
  sanitized,
  () => follow({ major: 18, batches: batches / 5, isDisturbed: true }),
);

async function follow(property: Property): Promise<void> {
  const { major, config, applySchema } = property;
  const startedAt = Date.now();
  await using stack = new AsyncDisposableStack();
  let oracle: Oracle | undefined;
  const pair = stack.use(
    await openPair({
      source: major,
      target: major,
      setup: schemaFor(major),
      sourceSettings: { max_prepared_transactions: String(writers) },
      config: { processing_intervals, ...config },
      ...(applySchema === undefined ? {} : { applySchema }),
      onBatch: async (batch, snapshot) => await oracle?.onBatch(batch, snapshot),
    }),
  );
  const { server, name } = pair.source;
  // Writers meet a lot: a deadlock should not cost a second each time.
  await runSql(server.url(name), `alter database "${name}" set deadlock_timeout = '50ms'`);
  const judge = oracle = await Oracle.open(
    { source: stack.use(await pair.open("source")), target: stack.use(await pair.open("target")) },
    applySchema ?? "public",
  );
  await pair.start();
  await pair.caughtUp();
  const random = new Random(seed);
  const workload = new Workload({
    url: pair.source.urlAs(pair.owner),
    major,
    random,
    writers,
    truncations: property.truncations ?? 1,
  });
  const disturbance = property.isDisturbed
    ? new Disturbance(
      [stack.use(await pair.open("source")), stack.use(await pair.open("target"))],
      random,
    )
    : undefined;
  const line = () => describe({ major, judge, workload, startedAt, disturbance });
  try {
    await waitFor(() => {
      judge.assertWell();
      workload.assertRunning();
      const { verified, cut } = judge.counts;
      return verified >= property.batches && cut >= (property.cut ?? 0);
    }, {
      what: `${property.batches} batches`,
      deadlineMs: 120_000 + batches * 2000,
      explain: () => ({ counts: judge.counts, log: pair.lines.slice(-30) }),
    });
    await disturbance?.stop();
    await workload.stop();
    await pair.caughtUp();
    await judge.verify();
    const { source, target } = await pair.digests(
      judge.tables.map((name) => ({ schema: "public", name, isOnly: true })),
    );
    deepStrictEqual(target, source);
  } catch (error) {
    await disturbance?.stop().catch(() => undefined);
    await workload.stop().catch(() => undefined);
    // An error at the disposal of the pair would hide this one.
    say(String(explain(error, { workload, line: line(), log: pair.lines })));
    throw explain(error, { workload, line: line(), log: pair.lines });
  }
  say(line());
  if (property.batches >= enoughForAllKinds) deepStrictEqual(workload.missingKinds(), []);
}

interface Run {
  major: number;
  judge: Oracle;
  workload: Workload;
  startedAt: number;
  disturbance: Disturbance | undefined;
}

function describe({ major, judge, workload, startedAt, disturbance }: Run): string {
  const { verified, rows, cut, truncating, attempts } = judge.counts;
  return `PostgreSQL ${major}, TELEPORT_TEST_SEED=${seed}: ${verified} batches compared, ${rows} rows, ` +
    `${truncating} with truncations, ${cut} cut, ${attempts} attempts, ${
      disturbance?.ended ?? 0
    } sessions ended, ` +
    `${workload.tally.committed} transactions of ${writers} writers in ` +
    `${Math.round((Date.now() - startedAt) / 1000)} s\n${workload.tally}`;
}

/** The failure with the seed, and with what was written to the tables that differ. */
function explain(
  error: unknown,
  { workload, line, log }: { workload: Workload; line: string; log: readonly string[] },
): Error {
  const tables = error instanceof BatchDiffers
    ? error.verdict.differences.map(({ table }) => table)
    : [];
  const parts = [
    String(error),
    line,
    ...tables.map((table) =>
      `Last transactions that name ${table}:\n${workload.trace.about(table)}`
    ),
    `The log:\n${log.slice(-30).join("\n")}`,
  ];
  return new Error(parts.join("\n"), { cause: error });
}
