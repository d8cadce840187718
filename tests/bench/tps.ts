/**
 * TPS: what capture, and a pair that runs on the same machine, leave of the application's rate. Once with
 * commits as fast as this machine's disk, once with commits that take 2 ms, as on a volume over a network.
 */
import { type Pair, say } from "../pair/mod.ts";
import { type EmbeddedServer, runSql } from "../postgres/mod.ts";
import { caughtUp, dropDatabases, openDatabases, type Running, settle } from "./lane.ts";
import { median, medianRatio } from "./median.ts";
import { openNativeLane } from "./native_lane.ts";
import {
  atLeast,
  judged,
  type Line,
  type SectionOptions,
  type SectionResult,
  whole,
} from "./section.ts";
import { openTeleportLane } from "./teleport_lane.ts";
import { findPgbench, runTransactions } from "./transactions.ts";
import idleTriggersSql from "./sql/idle_triggers.sql" with { type: "text" };

const variants = ["none", "triggers", "capture", "pair", "native"] as const;
type Variant = typeof variants[number];

/** Microseconds that a commit waits before it flushes, by how the lines name it. */
const commitDelays = { "": 0, ", commits of 2 ms": 2000 } as const;

interface Contender {
  pair: Pair;
  /** What has to run meanwhile. */
  start?: () => Promise<Running>;
}

type Rates = Record<Variant, number[]>;

export async function tps({ stage, rounds, isQuick }: SectionOptions): Promise<SectionResult> {
  const scale = isQuick ? 1 : 10;
  const pgbench = await findPgbench();
  const options = { scale, seconds: isQuick ? 4 : 20, pgbench };
  await using stack = new AsyncDisposableStack();
  const plain = await openDatabases({ stage, scale });
  stack.defer(() => dropDatabases(plain));
  const triggers = await openDatabases({ stage, scale });
  stack.defer(() => dropDatabases(triggers));
  await triggers.write(idleTriggersSql);
  const teleport = stack.use(await openTeleportLane({ stage, scale }));
  const native = stack.use(await openNativeLane({ stage, scale }));
  const contenders: Record<Variant, Contender> = {
    none: { pair: plain },
    triggers: { pair: triggers },
    capture: { pair: teleport.pair },
    pair: { pair: teleport.pair, start: () => teleport.start() },
    native: { pair: native.pair, start: () => native.start() },
  };
  const lines: Line[] = [];
  for (const [suffix, delay] of Object.entries(commitDelays)) {
    await delayCommits(stage.source, delay);
    const rates: Rates = { none: [], triggers: [], capture: [], pair: [], native: [] };
    for (let round = 1; round <= rounds; round++) {
      for (const variant of variants) {
        const rate = await runOnce(contenders[variant], options);
        rates[variant].push(rate);
        say(`  round ${round}, ${variant}${suffix}: ${whole(rate)} transactions/s`);
      }
    }
    lines.push(...linesOf(rates, suffix));
  }
  await delayCommits(stage.source, 0);
  return {
    lines,
    notes: [
      pgbench === undefined
        ? "Transactions by the benchmark's own clients."
        : "Transactions by pgbench, 2 clients, prepared statements.",
    ],
  };
}

async function delayCommits(server: EmbeddedServer, microseconds: number): Promise<void> {
  const url = server.url("postgres");
  await runSql(url, `alter system set commit_delay = ${microseconds}`);
  await runSql(url, `alter system set commit_siblings = ${microseconds > 0 ? 0 : 5}`);
  await runSql(url, "select pg_reload_conf()");
}

async function runOnce(
  { pair, start }: Contender,
  options: Parameters<typeof runTransactions>[1],
): Promise<number> {
  const running = await start?.();
  if (running !== undefined) await caughtUp(pair);
  await settle(pair);
  const rate = await runTransactions(pair, options);
  if (running !== undefined) await caughtUp(pair);
  await running?.stop();
  return rate;
}

function linesOf(rates: Rates, suffix: string): Line[] {
  const baseline = whole(median(rates.none));
  const ratio = (variant: Variant) => medianRatio(rates[variant], rates.none);
  const line = (what: string, variant: Variant, least?: number): Line => ({
    what: `TPC-B transactions/s, ${what}${suffix}`,
    baseline,
    [variant === "native" ? "native" : "teleport"]: whole(median(rates[variant])),
    ratio: ratio(variant).toFixed(2),
    ...(least === undefined ? {} : judged(atLeast(least), ratio(variant))),
  });
  return [
    line("triggers that do nothing", "triggers"),
    line("capture only", "capture", 0.9),
    line("running pair", "pair", 0.8),
    line("running subscription", "native"),
  ];
}
