/**
 * The same load by teleport: two processes with the example's configuration that are at work when it is asked
 * for, as the command -mode initial-load asks. The clock runs from there until each table follows.
 */
import { z } from "zod";
import { originPosition } from "../../src/model/mod.ts";
import { Connection } from "../../src/postgres/mod.ts";
import { listTables, readTarget, requestLoad } from "../../src/state/mod.ts";
import { targetName, TeleportProcess, toWritten, waitFor, writeConfig } from "../pair/mod.ts";
import { databaseConfig } from "../postgres/mod.ts";
import { cpuSecondsOf, peakRssMb } from "./cpu.ts";
import { type LoadRun, watchServers } from "./load_run.ts";
import type { LoadStage, LoadTarget } from "./load_stage.ts";
import type { LoadTable } from "./load_tables.ts";
import { activeMessage, endOf, exampleIntervals, exampleSizes } from "./teleport_lane.ts";

/** Each look costs a server that is busy. */
const pollMs = 50;
const deadlineMs = 3_600_000;

/** @param options.load the section `load` of the source's configuration. */
export async function runTeleportLoad(
  stage: LoadStage,
  { tables, load }: { tables: readonly LoadTable[]; load: Record<string, unknown> },
): Promise<LoadRun> {
  await stage.forgetTeleport();
  await using target = await stage.openTarget();
  const files = await writeConfigs(stage, { target, tables, load });
  await using targetProcess = new TeleportProcess(["-config", files.target]);
  await targetProcess.logged(activeMessage);
  await using sourceProcess = new TeleportProcess(["-config", files.source]);
  await sourceProcess.logged(activeMessage);
  const { server, name } = stage.pair.source;
  await using watcher = await Connection.open(
    databaseConfig(server, name, server.superuser),
    "bench",
  );
  const relations = await tablesKnown(watcher, tables);
  const own = () => ({
    "source instance": cpuSecondsOf(sourceProcess.pid),
    "target instance": cpuSecondsOf(targetProcess.pid),
  });
  const before = own();
  const servers = watchServers(stage.stage);
  const begunAt = Date.now();
  await requestLoad(watcher, targetName, relations, { existing: "replace" });
  await tablesFollow(watcher);
  const seconds = (Date.now() - begunAt) / 1000;
  const copySeconds = (await lastChunkAt(watcher) - begunAt) / 1000;
  const after = own();
  const cpu = {
    "source instance": after["source instance"] - before["source instance"],
    "target instance": after["target instance"] - before["target instance"],
    ...servers(),
  };
  const peakMb = { source: peakRssMb(sourceProcess.pid), target: peakRssMb(targetProcess.pid) };
  for (const process of [sourceProcess, targetProcess]) await endOf(process);
  await stage.compare(target, tables);
  return { seconds, copySeconds, cpu, peakMb };
}

async function writeConfigs(
  { pair }: LoadStage,
  { target, tables, load }: {
    target: LoadTarget;
    tables: readonly LoadTable[];
    load: Record<string, unknown>;
  },
): Promise<{ source: string; target: string }> {
  const { hostname, port } = pair.targetConfig.server;
  const shared = { ...exampleSizes, processing_intervals: exampleIntervals };
  const targets = {
    [targetName]: {
      target_expression: tables.map(({ name }) => `public.${name}`),
      endpoint: { hostname, port },
    },
  };
  return {
    source: await writeConfig({ ...toWritten(pair.sourceConfig, targets), ...shared, load }),
    target: await writeConfig({
      ...toWritten({ ...pair.targetConfig, database: target.config }, {}),
      ...shared,
    }),
  };
}

/** Resolves when the target has the tables' columns, so that a load can begin at once. */
async function tablesKnown(watcher: Connection, tables: readonly LoadTable[]): Promise<number[]> {
  let relations: number[] = [];
  await waitFor(async () => {
    const record = await hasState(watcher) ? await readTarget(watcher, targetName) : undefined;
    if (record === undefined || record.position === originPosition) return false;
    relations = (await listTables(watcher, targetName)).map(({ relation }) => relation);
    return relations.length === tables.length;
  }, { what: "the target to have its tables", deadlineMs: 60_000 });
  return relations;
}

async function hasState(watcher: Connection): Promise<boolean> {
  const { exists } = await watcher.row(
    z.object({ exists: z.boolean() }),
    "select pg_catalog.to_regclass('teleport.table_state') is not null as exists",
  );
  return exists;
}

async function tablesFollow(watcher: Connection): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (true) {
    const tables = await listTables(watcher, targetName);
    if (tables.every(({ state, isLoaded }) => state === "streaming" && isLoaded)) return;
    const stuck = tables.find(({ reason }) => reason !== null);
    if (stuck !== undefined) throw new Error(`The load of ${stuck.name} waits: ${stuck.reason}`);
    if (Date.now() > deadline) throw new Error(`The load has not ended after ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** In ms since the Unix epoch. */
async function lastChunkAt(watcher: Connection): Promise<number> {
  const { at } = await watcher.row(
    z.object({ at: z.coerce.number() }),
    `select pg_catalog.date_part('epoch', pg_catalog.max(done_at)) * 1000 as at
     from teleport.chunk`,
  );
  return at;
}
