/** One run of the property: a pair, writers on its source, and the oracle that judges each batch. */
import { deepStrictEqual } from "node:assert/strict";
import { openPair, type Pair, type PairOptions, say, waitFor } from "../pair/mod.ts";
import { runSql } from "../postgres/mod.ts";
import { commonMajor } from "./actions/mod.ts";
import { Disturbance } from "./disturbance.ts";
import { Oracle } from "./oracle.ts";
import { Random } from "../pair/mod.ts";
import { describe, explain, type Run } from "./report.ts";
import { schemaFor } from "./schema/mod.ts";
import { Workload } from "./workload.ts";

export interface Property extends Pick<PairOptions, "config" | "applySchema"> {
  /** Majors of the two servers. */
  source: number;
  target: number;
  /** Exact batches to compare at least. */
  batches: number;
  /** Cut batches to see at least. */
  cut?: number;
  /** See WorkloadOptions. */
  truncations?: number;
  /** End teleport's sessions in the midst of batches. */
  isDisturbed?: boolean;
}

/** Of every property test of this process. */
export const seed = Number(
  Deno.env.get("TELEPORT_TEST_SEED") ?? Math.floor(Math.random() * 2 ** 32),
);
const writers = 8;
/** So many transactions that every kind of action has had its turn. */
const enoughForAllKinds = 3000;
const perBatchMs = 4000;

/** No DDL here: the watcher's looks at the catalogs would only take time from the writers. */
const processing_intervals = {
  batcher: 20,
  transmitter: 50,
  applier: 50,
  vacuum: 250,
  ddlwatcher: 5000,
};

/** @throws what was found wrong, with all that is known of it. */
export async function follow(property: Property): Promise<void> {
  const startedAt = Date.now();
  await using stack = new AsyncDisposableStack();
  const listeners: Required<Pick<PairOptions, "onBatch">>["onBatch"][] = [];
  const pair = stack.use(
    await open(property, async (batch, snapshot) => {
      for (const listener of listeners) await listener(batch, snapshot);
    }),
  );
  const session = async (side: "source" | "target") => stack.use(await pair.open(side));
  const oracle = await Oracle.open(
    { source: await session("source"), target: await session("target") },
    property.applySchema ?? "public",
  );
  listeners.push((batch, snapshot) => oracle.onBatch(batch, snapshot));
  await pair.start();
  await pair.caughtUp();
  const random = new Random(seed);
  const workload = await startWorkload(pair, property, random);
  listeners.push(() => Promise.resolve(workload.pace.onBatch()));
  const disturbance = property.isDisturbed
    ? new Disturbance({ source: await session("source"), target: await session("target") }, random)
    : undefined;
  listeners.push(() => Promise.resolve(disturbance?.onBatch()));
  const run = { seed, startedAt, writers, property, pair, oracle, workload, disturbance };
  try {
    await watch(run);
  } catch (error) {
    const failure = explain(error, run);
    // An error while the pair is disposed of would hide this one.
    say(failure.message);
    throw failure;
  } finally {
    await disturbance?.stop().catch(() => undefined);
    await workload.stop().catch(() => undefined);
  }
  say(describe(run));
  const { committed } = workload.tally;
  if (committed >= enoughForAllKinds) deepStrictEqual(workload.missingKinds("writes"), []);
  // Where there are fewer of them, they take longer to have been there all.
  if (committed * (property.truncations ?? 1) >= enoughForAllKinds) {
    deepStrictEqual(workload.missingKinds("truncations"), []);
  }
}

/** Waits for the batches, then for quiet, and compares once more. */
async function watch(run: Run): Promise<void> {
  const { property, pair, oracle, workload, disturbance } = run;
  const { batches, cut = 0 } = property;
  let death: { error: unknown } | undefined;
  for (const instance of [pair.sourceInstance, pair.targetInstance]) {
    instance?.finished.catch((error: unknown) => death ??= { error });
  }
  await waitFor(() => {
    if (death !== undefined) throw death.error;
    oracle.assertWell();
    workload.assertRunning();
    return oracle.counts.verified >= batches && oracle.counts.cut >= cut;
  }, {
    what: `${batches} batches and ${cut} cut ones`,
    deadlineMs: 120_000 + (batches + cut) * perBatchMs,
    explain: () => oracle.counts,
  });
  await disturbance?.stop();
  await workload.stop();
  await pair.caughtUp();
  await oracle.verifyRest();
}

async function open(
  { source, target, config, applySchema }: Property,
  onBatch: Required<Pick<PairOptions, "onBatch">>["onBatch"],
): Promise<Pair> {
  const pair = await openPair({
    source,
    target,
    setup: schemaFor(commonMajor({ source, target })),
    sourceWishes: { max_prepared_transactions: String(writers) },
    config: { processing_intervals, ...config },
    ...(applySchema === undefined ? {} : { applySchema }),
    onBatch,
  });
  const { server, name } = pair.source;
  // Writers meet a lot: a deadlock should not cost a second each time.
  await runSql(server.url(name), `alter database "${name}" set deadlock_timeout = '50ms'`);
  return pair;
}

async function startWorkload(
  pair: Pair,
  { source, target, truncations }: Property,
  random: Random,
): Promise<Workload> {
  const url = pair.source.urlAs(pair.owner);
  const [setting] = await runSql(url, "show max_prepared_transactions");
  return new Workload({
    url,
    majors: { source, target },
    canPrepare: Number(setting?.max_prepared_transactions) >= writers,
    random,
    writers,
    truncations: truncations ?? 1,
  });
}
