/**
 * Load: how fast tables of 2 GB in all get to a target that lacks them, as a ratio to what COPY through a pipe
 * and the same index builds take. Tables are loaded one at a time by each way in turn, and all at once at the
 * end of the round; both sides are then compared.
 */
import { say } from "../pair/mod.ts";
import { runPipe } from "./load_pipe.ts";
import type { LoadRun } from "./load_run.ts";
import { LoadStage } from "./load_stage.ts";
import { type LoadTable, loadTables } from "./load_tables.ts";
import { runTeleportLoad } from "./load_teleport.ts";
import { median, medianRatio } from "./median.ts";
import {
  type Aim,
  atLeast,
  below,
  judged,
  type Line,
  type SectionOptions,
  type SectionResult,
  whole,
} from "./section.ts";

/** The ways in which each table is loaded, in turn. */
const ways = ["pipe", "single", "default"] as const;
type Way = typeof ways[number];

const loadOf = { single: { workers: 1 }, default: {} } as const;
const quickSize = 0.02;
const aims: Record<Exclude<Way, "pipe">, Aim> = { single: atLeast(0.9), default: atLeast(1) };
const labels: Record<Exclude<Way, "pipe">, string> = {
  single: "one worker",
  default: "default workers",
};

/** Runs by table and way, one for each round; `together` has all tables in one load. */
interface Runs {
  tables: Map<string, Record<Way, LoadRun[]>>;
  together: LoadRun[];
}

export async function load(
  { stage: servers, rounds, isQuick, size }: SectionOptions,
): Promise<SectionResult> {
  await using stage = await LoadStage.open(servers, size * (isQuick ? quickSize : 1));
  const runs: Runs = { tables: new Map(), together: [] };
  for (let round = 1; round <= rounds; round++) {
    for (const table of loadTables) {
      const ofTable = runs.tables.get(table.name) ?? { pipe: [], single: [], default: [] };
      runs.tables.set(table.name, ofTable);
      for (const way of ways) {
        const run = await runOnce(stage, way, [table]);
        ofTable[way].push(run);
        say(`  round ${round}, ${table.name}, ${way}: ${describe(run)}`);
      }
    }
    const run = await runOnce(stage, "default", loadTables);
    runs.together.push(run);
    say(`  round ${round}, together, default: ${describe(run)}`);
  }
  return report(stage, runs);
}

function runOnce(stage: LoadStage, way: Way, tables: readonly LoadTable[]): Promise<LoadRun> {
  return way === "pipe"
    ? runPipe(stage, tables)
    : runTeleportLoad(stage, { tables, load: loadOf[way] });
}

function report({ bytes }: LoadStage, { tables, together }: Runs): SectionResult {
  const of = (way: Way, name: string) => tables.get(name)?.[way] ?? [];
  const all = (way: Way) => sumRounds(loadTables.map(({ name }) => of(way, name)));
  const sizes = loadTables.map(({ name }) => bytes[name] ?? 0);
  const total = megabytes(sizes.reduce((sum, size) => sum + size, 0));
  const lines: Line[] = [];
  for (const way of ["single", "default"] as const) {
    for (const { name, kind } of loadTables) {
      const what = `load of ${megabytes(bytes[name] ?? 0)} (${kind}), ${labels[way]}`;
      lines.push(toLine(what, secondsOf(of("pipe", name)), secondsOf(of(way, name))));
    }
    const what = `load of ${total} in all, ${labels[way]}`;
    lines.push({
      ...toLine(what, all("pipe"), all(way)),
      ...judged(aims[way], medianRatio(all("pipe"), all(way))),
    });
  }
  const atOnce = `load of ${total} at once, ${labels.default}`;
  lines.push(toLine(atOnce, all("pipe"), secondsOf(together)));
  const ours = [...tables.values()].flatMap(({ single, default: byDefault }) => [
    ...single,
    ...byDefault,
  ]);
  lines.push(memoryLine([...ours, ...together]));
  const notes = ways.map((way) => `Load, ${way}: ${describeAll([...tables.values()], way)}.`);
  return { lines, notes };
}

/** `ratio` is of the speeds: above one where teleport is faster. */
function toLine(what: string, pipe: readonly number[], ours: readonly number[]): Line {
  return {
    what,
    baseline: `${median(pipe).toFixed(1)} s`,
    teleport: `${median(ours).toFixed(1)} s`,
    ratio: medianRatio(pipe, ours).toFixed(2),
  };
}

function memoryLine(runs: readonly LoadRun[]): Line {
  const peak = (side: "source" | "target") =>
    Math.max(...runs.map(({ peakMb }) => peakMb?.[side] ?? 0));
  const { source, target } = { source: peak("source"), target: peak("target") };
  return {
    what: "peak memory, these loads",
    teleport: `source ${whole(source)} MB, target ${whole(target)} MB`,
    ...judged(below(150, " MB each"), Math.max(source, target)),
  };
}

function secondsOf(runs: readonly LoadRun[]): number[] {
  return runs.map(({ seconds }) => seconds);
}

/** Each round's seconds of all tables together. */
function sumRounds(tables: readonly LoadRun[][]): number[] {
  return tables.map(secondsOf).reduce((sums, seconds) =>
    sums.map((sum, round) => sum + (seconds[round] ?? Number.NaN))
  );
}

/** Where the time went, over all tables and rounds. */
function describeAll(tables: readonly Record<Way, LoadRun[]>[], way: Way): string {
  const runs = tables.flatMap((table) => table[way]);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const names = Object.keys(runs[0]?.cpu ?? {});
  const rows = sum(runs.map(({ copySeconds }) => copySeconds));
  const cpu = names.map((name) =>
    `${name} ${sum(runs.map((run) => run.cpu[name] ?? 0)).toFixed(1)}`
  );
  return `rows ${rows.toFixed(1)} s of ${sum(secondsOf(runs)).toFixed(1)} s; ` +
    `processor seconds: ${cpu.join(", ")}`;
}

function describe({ seconds, copySeconds, cpu, peakMb }: LoadRun): string {
  const used = Object.entries(cpu).map(([name, value]) => `${name} ${value.toFixed(1)}`).join(", ");
  const memory = peakMb === undefined
    ? ""
    : `; peak MB: ${whole(peakMb.source)}, ${whole(peakMb.target)}`;
  return `${seconds.toFixed(2)} s (rows ${
    copySeconds.toFixed(2)
  } s); processor seconds: ${used}${memory}`;
}

function megabytes(bytes: number): string {
  return `${whole(bytes / 1e6)} MB`;
}
