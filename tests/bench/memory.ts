/**
 * Memory: the most that each instance ever has resident (VmHWM) for work that could tempt it to hold things
 * whole. Each case has processes of its own, and ends with equal tables.
 */
import { deepStrictEqual } from "node:assert/strict";
import { type Pair, say } from "../pair/mod.ts";
import { connect } from "../postgres/mod.ts";
import { peakRssMb } from "./cpu.ts";
import { caughtUp, markArrived, openDatabases, settle, writeMark } from "./lane.ts";
import {
  below,
  judged,
  type Line,
  type SectionOptions,
  type SectionResult,
  whole,
} from "./section.ts";
import type { Stage } from "./stage.ts";
import { openTeleportLane, TeleportLane, type TeleportRunning } from "./teleport_lane.ts";

const mostMb = below(150, " MB each");
const deadlineMs = 900_000;

/** In MB. */
interface Peaks {
  source: number;
  target: number;
}

interface Case {
  what: string;
  table: string;
  /** Whether the changes are queued before the instances start. */
  isBacklog?: boolean;
  /** Statements, each a transaction. */
  write: string[];
}

export async function memory({ stage, isQuick }: SectionOptions): Promise<SectionResult> {
  const few = isQuick ? 50_000 : 500_000;
  const many = isQuick ? 100_000 : 1_000_000;
  const setup = `
    create table item (id bigint primary key, amount integer not null, note text not null);
    insert into item select n, 0, repeat('x', 100) from generate_series(1, ${many}) n;
    create table big (id integer primary key, body text);
    alter table big alter body set storage external;`;
  await using lane = await openTeleportLane({ stage, scale: 1, setup });
  const lines: Line[] = [];
  for (const each of casesOf({ few, many, megabytes: isQuick ? 40 : 200 })) {
    lines.push(lineOf(each.what, await measure(lane, each)));
  }
  lines.push(await loadLine(stage, isQuick ? 40 : 200));
  return { lines, notes: [] };
}

/** A table whose rows are there before it is loaded. */
async function loadLine(stage: Stage, megabytes: number): Promise<Line> {
  const setup = `
    create table big (id integer primary key, body text);
    alter table big alter body set storage external;
    insert into big
    select n, ${bodyOf(megabytes, "0123456789")} from generate_series(1, 3) n;`;
  await using lane = new TeleportLane(await openDatabases({ stage, scale: 1, setup }));
  await using running = await startLane(lane);
  await lane.load();
  await caughtUp(lane.pair, deadlineMs);
  const { source, target } = peaksOf(running);
  const digests = await lane.pair.digests([{ schema: "public", name: "big" }]);
  deepStrictEqual(digests.target, digests.source, "big differs");
  const what = `the load of rows of ${megabytes} MB`;
  return lineOf(what, { source, target });
}

async function startLane(lane: TeleportLane): Promise<TeleportRunning & AsyncDisposable> {
  const running = await lane.start();
  return { ...running, [Symbol.asyncDispose]: () => running.stop() };
}

function peaksOf({ source, target }: TeleportRunning): Peaks {
  return { source: peakRssMb(source.pid), target: peakRssMb(target.pid) };
}

function lineOf(what: string, { source, target }: Peaks): Line {
  const cells = `source ${whole(source)} MB, target ${whole(target)} MB`;
  say(`  ${what}: ${cells}`);
  return {
    what: `peak memory, ${what}`,
    teleport: cells,
    ...judged(mostMb, Math.max(source, target)),
  };
}

/** SQL of a text of so many megabytes. */
function bodyOf(megabytes: number, seed: string): string {
  const bytes = new TextEncoder().encode(seed).length;
  return `repeat('${seed}', ${Math.floor(megabytes * 1_000_000 / bytes)})`;
}

function casesOf(size: { few: number; many: number; megabytes: number }): Case[] {
  const { few, many, megabytes } = size;
  const transactions = few / 100;
  const body = (seed: string) => bodyOf(megabytes, seed);
  return [
    { what: "nothing to do", table: "item", write: [] },
    {
      what: `a backlog of ${whole(few)} changed rows`,
      table: "item",
      isBacklog: true,
      write: Array.from(
        { length: transactions },
        (_, n) =>
          `update item set amount = amount + 1 where id between ${n * 100 + 1} and ${
            n * 100 + 100
          }`,
      ),
    },
    {
      what: `one statement that changes ${whole(many)} rows`,
      table: "item",
      write: ["update item set amount = amount + 1"],
    },
    {
      what: `rows of ${megabytes} MB inserted and updated`,
      table: "big",
      write: [
        `insert into big values (1, ${body("0123456789")}), (2, ${body("abcde")})`,
        `update big set body = ${body("\\t\u00e9")} where id = 1`,
        `update big set id = 3 where id = 2`,
      ],
    },
  ];
}

async function measure(
  lane: TeleportLane,
  { table, isBacklog = false, write }: Case,
): Promise<Peaks> {
  const { pair } = lane;
  await settle(pair);
  let mark = isBacklog ? await writeAll(pair, write) : 0;
  const running = await lane.start();
  if (!isBacklog) {
    await caughtUp(pair);
    mark = await writeAll(pair, write);
  }
  await markArrived(pair, mark, deadlineMs);
  const peaks = peaksOf(running);
  await running.stop();
  const { source, target } = await pair.digests([{ schema: "public", name: table }]);
  deepStrictEqual(target, source, `${table} differs`);
  return peaks;
}

async function writeAll(pair: Pair, statements: readonly string[]): Promise<number> {
  await using session = await connect(pair.source.urlAs(pair.owner));
  await session.query("set synchronous_commit = off");
  for (const statement of statements) await session.query(statement);
  return await writeMark(pair);
}
