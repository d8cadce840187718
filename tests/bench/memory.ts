/**
 * Memory: the most that each instance ever has resident (VmHWM) for work that could tempt it to hold things
 * whole. Each case has processes of its own, and ends with equal tables.
 */
import { deepStrictEqual } from "node:assert/strict";
import { type Pair, say } from "../pair/mod.ts";
import { connect } from "../postgres/mod.ts";
import { peakRssMb } from "./cpu.ts";
import { caughtUp, markArrived, settle, writeMark } from "./lane.ts";
import {
  below,
  judged,
  type Line,
  type SectionOptions,
  type SectionResult,
  whole,
} from "./section.ts";
import { openTeleportLane, type TeleportLane } from "./teleport_lane.ts";

const mostMb = below(150, " MB each");
const deadlineMs = 900_000;

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
    const peaks = await measure(lane, each);
    const { source, target } = peaks;
    const cells = `source ${whole(source)} MB, target ${whole(target)} MB`;
    say(`  ${each.what}: ${cells}`);
    lines.push({
      what: `peak memory, ${each.what}`,
      teleport: cells,
      ...judged(mostMb, Math.max(source, target)),
    });
  }
  return { lines, notes: [] };
}

function casesOf(size: { few: number; many: number; megabytes: number }): Case[] {
  const { few, many, megabytes } = size;
  const transactions = few / 100;
  const body = (seed: string) =>
    `repeat('${seed}', ${
      Math.floor(megabytes * 1_000_000 / new TextEncoder().encode(seed).length)
    })`;
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
): Promise<{ source: number; target: number }> {
  const { pair } = lane;
  await settle(pair);
  let mark = isBacklog ? await writeAll(pair, write) : 0;
  const running = await lane.start();
  if (!isBacklog) {
    await caughtUp(pair);
    mark = await writeAll(pair, write);
  }
  await markArrived(pair, mark, deadlineMs);
  const peaks = { source: peakRssMb(running.source.pid), target: peakRssMb(running.target.pid) };
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
