/**
 * Drain: how fast a backlog of small transactions is worked off. It is written while the instances are
 * stopped, or the subscription disabled; the clock runs from the moment that they can work until the
 * target has the last change. Then both sides are compared.
 */
import { deepStrictEqual } from "node:assert/strict";
import { say } from "../pair/mod.ts";
import { connect } from "../postgres/mod.ts";
import { serverCpuSeconds } from "./cpu.ts";
import { caughtUp, type Lane, markArrived, settle, writeMark } from "./lane.ts";
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
import type { Stage } from "./stage.ts";
import { openTeleportLane } from "./teleport_lane.ts";

const changesPerTransaction = 4;
const writers = 2;
const deadlineMs = 600_000;
const comparedTables = ["branches", "tellers", "accounts", "history", "marker"]
  .map((name) => ({ schema: "public", name }));

interface Drained {
  /** From ready to equal. */
  seconds: number;
  startSeconds: number;
  /** Processor seconds meanwhile, by process; servers as a whole. */
  cpu: Record<string, number>;
}

export async function drain({ stage, rounds, isQuick }: SectionOptions): Promise<SectionResult> {
  const scale = isQuick ? 1 : 10;
  const transactions = isQuick ? 12_500 : 125_000;
  await using teleport = await openTeleportLane({ stage, scale });
  await using native = await openNativeLane({ stage, scale });
  const runs: { teleport: Drained[]; native: Drained[] } = { teleport: [], native: [] };
  for (let round = 1; round <= rounds; round++) {
    for (const [name, lane] of [["teleport", teleport], ["native", native]] as const) {
      const drained = await drainOnce(lane, { stage, scale, transactions });
      runs[name].push(drained);
      say(`  round ${round}, ${name}: ${describe(drained, transactions)}`);
    }
  }
  return report(runs, transactions);
}

async function drainOnce(
  lane: Lane,
  { stage, scale, transactions }: { stage: Stage; scale: number; transactions: number },
): Promise<Drained> {
  const { pair } = lane;
  // What the other lane wrote lies in the WAL that a subscription reads.
  const before = await lane.start();
  await caughtUp(pair);
  await before.stop();
  await settle(pair);
  const statement = `set synchronous_commit = off;
    call bench.write_backlog(${transactions / writers}, ${scale})`;
  await Promise.all(Array.from({ length: writers }, () => writeAlone(pair, statement)));
  const mark = await writeMark(pair);
  const servers = () => ({
    "source server": serverCpuSeconds(stage.source.pid),
    "target server": serverCpuSeconds(stage.target.pid),
  });
  const serversBefore = servers();
  const running = await lane.start();
  const arrivedAt = await markArrived(pair, mark, deadlineMs);
  const cpu = { ...running.cpuSeconds(), ...difference(servers(), serversBefore) };
  const { source, target } = await pair.digests(comparedTables);
  deepStrictEqual(target, source, "the target differs after the drain");
  await running.stop();
  const seconds = (arrivedAt - running.readyAt) / 1000;
  return { seconds, startSeconds: running.startMs / 1000, cpu };
}

/** CALL with its commits cannot stand with SET in one message. */
async function writeAlone(pair: Lane["pair"], statements: string): Promise<void> {
  await using session = await connect(pair.source.urlAs(pair.owner));
  for (const statement of statements.split(";")) await session.query(statement);
}

function difference(
  after: Record<string, number>,
  before: Record<string, number>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]),
  );
}

function report(
  runs: { teleport: Drained[]; native: Drained[] },
  transactions: number,
): SectionResult {
  const changes = transactions * changesPerTransaction;
  const rates = {
    teleport: runs.teleport.map(({ seconds }) => changes / seconds),
    native: runs.native.map(({ seconds }) => changes / seconds),
  };
  const withStart = runs.teleport.map(({ seconds, startSeconds }) =>
    changes / (seconds + startSeconds)
  );
  const line = (what: string, ours: number[]): Line => ({
    what,
    teleport: whole(median(ours)),
    native: whole(median(rates.native)),
    ratio: medianRatio(ours, rates.native).toFixed(2),
  });
  const main = line(`drain of ${whole(changes)} changes, changes/s`, rates.teleport);
  return {
    lines: [
      { ...main, ...judged(atLeast(1), medianRatio(rates.teleport, rates.native)) },
      line("the same with the start of the source's process", withStart),
    ],
    notes: (["teleport", "native"] as const).map((name) =>
      `Processor seconds of the drain, ${name}: ${cpuText(medianCpu(runs[name]))}.`
    ),
  };
}

function medianCpu(runs: readonly Drained[]): Record<string, number> {
  const names = Object.keys(runs[0]?.cpu ?? {});
  return Object.fromEntries(
    names.map((name) => [name, median(runs.map(({ cpu }) => cpu[name] ?? 0))]),
  );
}

function cpuText(cpu: Record<string, number>): string {
  return Object.entries(cpu).map(([name, value]) => `${name} ${value.toFixed(1)}`).join(", ");
}

function describe({ seconds, startSeconds, cpu }: Drained, transactions: number): string {
  const rate = whole(transactions * changesPerTransaction / seconds);
  return `${seconds.toFixed(2)} s (start ${startSeconds.toFixed(2)} s), ${rate} changes/s; ` +
    `processor seconds: ${cpuText(cpu)}`;
}
