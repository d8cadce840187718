/**
 * Lag: from just before a commit on the source until its row is visible on the target, at a steady trickle
 * of small transactions. Both times are of the same machine's clock; the target is looked at every 2 ms.
 */
import { z } from "zod";
import { type Pair, say } from "../pair/mod.ts";
import { connect } from "../postgres/mod.ts";
import { caughtUp, type Running, settle, superuserUrl } from "./lane.ts";
import { median, percentile } from "./median.ts";
import { openNativeLane } from "./native_lane.ts";
import { atMost, judged, type Line, type SectionOptions, type SectionResult } from "./section.ts";
import { openTeleportLane } from "./teleport_lane.ts";

const transactionsPerSecond = 50;
const patienceSeconds = 60;
/** Those that are 100 ms in the example; between vacuums and looks at the catalogs as there. */
const quickIntervals = { batcher: 10, transmitter: 10, applier: 10 };

interface Lag {
  p50: number;
  p99: number;
}

type LaneName = "100 ms" | "10 ms" | "native";

export async function lag({ stage, rounds, isQuick }: SectionOptions): Promise<SectionResult> {
  const scale = 1;
  const seconds = isQuick ? 6 : 30;
  await using teleport = await openTeleportLane({ stage, scale });
  await using native = await openNativeLane({ stage, scale });
  const starts: Record<LaneName, { pair: Pair; start: () => Promise<Running> }> = {
    "100 ms": { pair: teleport.pair, start: () => teleport.start() },
    "10 ms": { pair: teleport.pair, start: () => teleport.start(quickIntervals) },
    native: { pair: native.pair, start: () => native.start() },
  };
  const lags: Record<LaneName, Lag[]> = { "100 ms": [], "10 ms": [], native: [] };
  for (let round = 1; round <= rounds; round++) {
    for (const name of ["100 ms", "native", "10 ms"] as const) {
      const { pair, start } = starts[name];
      await settle(pair);
      const running = await start();
      await caughtUp(pair);
      const measured = await measure(pair, { seconds, scale });
      await running.stop();
      lags[name].push(measured);
      say(`  round ${round}, ${name}: p50 ${ms(measured.p50)}, p99 ${ms(measured.p99)}`);
    }
  }
  return report(lags);
}

async function measure(
  pair: Pair,
  { seconds, scale }: { seconds: number; scale: number },
): Promise<Lag> {
  const transactions = seconds * transactionsPerSecond;
  await using writer = await connect(pair.source.urlAs(pair.owner));
  await using watcher = await connect(superuserUrl(pair, "target"));
  const { rows: counted } = await writer.query("select coalesce(max(id), 0) as last from probe");
  const first = z.coerce.number().parse(counted[0]?.last) + 1;
  const last = first + transactions - 1;
  const deadline = new Date(Date.now() + (seconds + patienceSeconds) * 1000).toISOString();
  const watching = watcher.query("call bench.watch_probe($1, $2)", [last, deadline]);
  const meanMs = 1000 / transactionsPerSecond;
  const writing = writer.query(
    `call bench.write_steadily(${first}, ${transactions}, ${meanMs}, ${scale})`,
  );
  const [{ rows: seen }] = await Promise.all([watching, writing]);
  await watcher.query("create temporary table seen (id bigint, seen_at timestamptz)");
  await watcher.query("insert into seen select * from unnest($1::bigint[], $2::timestamptz[])", [
    seen[0]?.ids,
    seen[0]?.seen_at,
  ]);
  const { rows } = await watcher.query(
    `select 1000 * extract(epoch from
       (select min(seen_at) from seen where seen.id >= probe.id) - written_at)::float8 as lag
     from public.probe where id between $1 and $2`,
    [first, last],
  );
  const lags = z.array(z.object({ lag: z.number() })).parse(rows).map(({ lag }) => lag);
  if (lags.length !== transactions) {
    throw new Error(`${lags.length} of ${transactions} rows arrived within ${patienceSeconds} s`);
  }
  return { p50: percentile(lags, 50), p99: percentile(lags, 99) };
}

function report(lags: Record<LaneName, Lag[]>): SectionResult {
  const of = (name: LaneName, which: keyof Lag) => median(lags[name].map((lag) => lag[which]));
  const line = (name: LaneName, which: keyof Lag): Line => ({
    what: `lag ${which} at ${transactionsPerSecond} transactions/s, intervals of ${name}`,
    teleport: ms(of(name, which)),
    native: ms(of("native", which)),
  });
  return {
    lines: [
      { ...line("100 ms", "p50"), ...judged(atMost(70, " ms"), of("100 ms", "p50")) },
      { ...line("100 ms", "p99"), ...judged(atMost(200, " ms"), of("100 ms", "p99")) },
      { ...line("10 ms", "p50"), ...judged(atMost(20, " ms"), of("10 ms", "p50")) },
      line("10 ms", "p99"),
    ],
    notes: [],
  };
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
