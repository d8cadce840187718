/**
 * A lane: one way from a source database to a target database, which runs or rests. Each lane of a
 * section has databases of its own with the same data on the same two servers.
 */
import { z } from "zod";
import { openPair, type Pair, waitFor } from "../pair/mod.ts";
import { connect, dropDatabase, runSql } from "../postgres/mod.ts";
import type { Stage } from "./stage.ts";
import tablesSql from "./sql/tables.sql" with { type: "text" };
import writersSql from "./sql/writers.sql" with { type: "text" };
import watcherSql from "./sql/watcher.sql" with { type: "text" };

export interface Lane extends AsyncDisposable {
  readonly pair: Pair;
  /** From here on changes travel. */
  start(): Promise<Running>;
}

/** A lane that runs, until it is stopped. */
export interface Running {
  /** When it was able to work, in ms since the Unix epoch: after the start of processes. */
  readonly readyAt: number;
  /** How long the start of processes took. */
  readonly startMs: number;
  /** Processor seconds of its own processes so far, by name; none for what runs inside the servers. */
  cpuSeconds(): Record<string, number>;
  stop(): Promise<void>;
}

export interface LaneOptions {
  stage: Stage;
  /** As of pgbench: 100,000 accounts each. */
  scale: number;
  /** More tables, and their rows. */
  setup?: string;
}

/** Databases with TPC-B's tables filled on the source, nothing that replicates, an empty target. */
export async function openDatabases({ stage, scale, setup = "" }: LaneOptions): Promise<Pair> {
  const rows = `
    insert into branches select n, 0 from generate_series(1, ${scale}) n;
    insert into tellers select n, (n - 1) / 10 + 1, 0 from generate_series(1, ${scale} * 10) n;
    insert into accounts
      select n, (n - 1) / 100000 + 1, 0 from generate_series(1, ${scale} * 100000) n;
    insert into marker values (1, 0);`;
  const pair = await openPair({ servers: stage, setup: tablesSql + rows + setup });
  await runSql(
    superuserUrl(pair, "source"),
    `grant create on database "${pair.source.name}" to
    "${pair.owner.name}"`,
  );
  await pair.write(writersSql);
  await runSql(superuserUrl(pair, "target"), watcherSql);
  return pair;
}

export async function dropDatabases(pair: Pair): Promise<void> {
  await pair[Symbol.asyncDispose]();
  await dropDatabase(pair.source.server, pair.source.name);
  await dropDatabase(pair.target.server, pair.target.name);
}

export function superuserUrl({ source, target }: Pair, side: "source" | "target"): string {
  const { server, name } = side === "source" ? source : target;
  return server.url(name, server.superuser);
}

/** The same state of both sides before a measurement: statistics fresh, nothing left to write. */
export async function settle(pair: Pair): Promise<void> {
  for (const side of ["source", "target"] as const) {
    await runSql(superuserUrl(pair, side), "vacuum analyze");
  }
  for (const side of ["source", "target"] as const) {
    await runSql(superuserUrl(pair, side), "checkpoint");
  }
}

let marks = 0;

/** Writes a change that comes after all others. Returns what it wrote. */
export async function writeMark(pair: Pair): Promise<number> {
  const mark = ++marks;
  await pair.write(`update marker set value = ${mark}`);
  return mark;
}

/** Resolves when the target has a mark, with the moment in ms since the Unix epoch. */
export async function markArrived(pair: Pair, mark: number, deadlineMs: number): Promise<number> {
  await using session = await connect(superuserUrl(pair, "target"));
  const shape = z.array(z.object({ value: z.coerce.number() }));
  const deadline = Date.now() + deadlineMs;
  while (true) {
    const { rows } = await session.query("select value from public.marker");
    const now = Date.now();
    if (shape.parse(rows)[0]?.value === mark) return now;
    if (now > deadline) throw new Error(`The target is not up to date after ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Resolves when the target has all that the source has now. */
export async function caughtUp(pair: Pair, deadlineMs = 120_000): Promise<void> {
  await waitFor(async () => {
    const sql = "select to_regclass('public.marker') is not null as exists";
    return (await runSql(superuserUrl(pair, "target"), sql))[0]?.["exists"] === true;
  }, { what: "the target to have its tables", deadlineMs });
  await markArrived(pair, await writeMark(pair), deadlineMs);
}
