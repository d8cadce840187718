/** Bulk: how much longer one statement that writes many rows takes where it is captured. */
import { type Pair, say } from "../pair/mod.ts";
import { connect, runSql } from "../postgres/mod.ts";
import { dropDatabases, openDatabases, superuserUrl } from "./lane.ts";
import { median, medianRatio } from "./median.ts";
import { atMost, judged, type Line, type SectionOptions, type SectionResult } from "./section.ts";
import { openTeleportLane } from "./teleport_lane.ts";

const setup = `
  create table bulk (id bigint primary key, amount integer not null, note text not null);`;

/** Statements of half a second scatter more than runs of twenty. */
const pairsPerRound = 3;

interface Times {
  insert: number[];
  update: number[];
}

export async function bulk({ stage, rounds, isQuick }: SectionOptions): Promise<SectionResult> {
  const rows = isQuick ? 20_000 : 200_000;
  await using stack = new AsyncDisposableStack();
  const plain = await openDatabases({ stage, scale: 1, setup });
  stack.defer(() => dropDatabases(plain));
  const captured = stack.use(await openTeleportLane({ stage, scale: 1, setup }));
  const times: Record<"plain" | "captured", Times> = {
    plain: { insert: [], update: [] },
    captured: { insert: [], update: [] },
  };
  for (let run = 1; run <= rounds * pairsPerRound; run++) {
    await write(plain, rows, times.plain);
    await write(captured.pair, rows, times.captured);
    const shown = (verb: keyof Times) =>
      `${verb} ${seconds(times.plain[verb].at(-1))} and ${seconds(times.captured[verb].at(-1))}`;
    say(`  run ${run}, without and with capture: ${shown("insert")}, ${shown("update")}`);
  }
  const line = (verb: keyof Times): Line => {
    const ratio = medianRatio(times.captured[verb], times.plain[verb]);
    return {
      what: `${verb.toUpperCase()} of ${rows.toLocaleString("en-US")} rows, capture only`,
      baseline: seconds(median(times.plain[verb])),
      teleport: seconds(median(times.captured[verb])),
      ratio: ratio.toFixed(2),
      ...judged(atMost(1.6), ratio),
    };
  };
  return { lines: [line("update"), line("insert")], notes: [] };
}

async function write(pair: Pair, rows: number, times: Times): Promise<void> {
  await using session = await connect(pair.source.urlAs(pair.owner));
  const timed = async (sql: string) => {
    await runSql(superuserUrl(pair, "source"), "checkpoint");
    const startedAt = performance.now();
    await session.query(sql);
    return performance.now() - startedAt;
  };
  await session.query("truncate bulk");
  times.insert.push(
    await timed(`insert into bulk select n, 0, repeat('x', 50) from generate_series(1, ${rows}) n`),
  );
  await session.query("vacuum analyze bulk");
  times.update.push(await timed("update bulk set amount = amount + 1"));
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? "" : `${(ms / 1000).toFixed(2)} s`;
}
