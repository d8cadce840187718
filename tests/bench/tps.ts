/** TPS: what capture, and a pair that runs on the same machine, leave of the application's rate. */
import { type Pair, say } from "../pair/mod.ts";
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

const variants = ["none", "capture", "pair", "native"] as const;
type Variant = typeof variants[number];

interface Contender {
  pair: Pair;
  /** What has to run meanwhile. */
  start?: () => Promise<Running>;
}

export async function tps({ stage, rounds, isQuick }: SectionOptions): Promise<SectionResult> {
  const scale = isQuick ? 1 : 10;
  const pgbench = await findPgbench();
  const options = { scale, seconds: isQuick ? 4 : 20, pgbench };
  await using stack = new AsyncDisposableStack();
  const plain = await openDatabases({ stage, scale });
  stack.defer(() => dropDatabases(plain));
  const teleport = stack.use(await openTeleportLane({ stage, scale }));
  const native = stack.use(await openNativeLane({ stage, scale }));
  const contenders: Record<Variant, Contender> = {
    none: { pair: plain },
    capture: { pair: teleport.pair },
    pair: { pair: teleport.pair, start: () => teleport.start() },
    native: { pair: native.pair, start: () => native.start() },
  };
  const rates: Record<Variant, number[]> = { none: [], capture: [], pair: [], native: [] };
  for (let round = 1; round <= rounds; round++) {
    for (const variant of variants) {
      const rate = await runOnce(contenders[variant], options);
      rates[variant].push(rate);
      say(`  round ${round}, ${variant}: ${whole(rate)} transactions/s`);
    }
  }
  return report(rates, pgbench);
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

function report(rates: Record<Variant, number[]>, pgbench: string | undefined): SectionResult {
  const baseline = whole(median(rates.none));
  const ratio = (variant: Variant) => medianRatio(rates[variant], rates.none);
  const line = (what: string, variant: Variant): Line => ({
    what,
    baseline,
    [variant === "native" ? "native" : "teleport"]: whole(median(rates[variant])),
    ratio: ratio(variant).toFixed(2),
  });
  return {
    lines: [
      {
        ...line("TPC-B transactions/s, capture only", "capture"),
        ...judged(atLeast(0.9), ratio("capture")),
      },
      {
        ...line("TPC-B transactions/s, running pair", "pair"),
        ...judged(atLeast(0.8), ratio("pair")),
      },
      line("TPC-B transactions/s, running subscription", "native"),
    ],
    notes: [
      pgbench === undefined
        ? "Transactions by the benchmark's own clients."
        : "Transactions by pgbench, 2 clients, prepared statements.",
    ],
  };
}
