/** What `GET /status` tells. Numbers for people: nothing is decided by them. */
import { z } from "zod";
import type { BuildProgress } from "../apply/mod.ts";
import { countEvents } from "../batch/mod.ts";
import { type Config, originPosition, type TeleportError } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { buildingMark, heldMark, listLeftOut } from "../schema/mod.ts";
import { readTarget } from "../state/mod.ts";
import type { CaptureKeeper } from "./capture_keeper.ts";
import { isUnderWay, type LoadedTable, readLoads, tablesOfRun, totalOf } from "./load_report.ts";

const mostEventsCounted = 1_000_000;

/** What a running streamer adds to what the database knows of its target. */
export interface StreamerStatus {
  batches: number;
  rows: number;
  /** Milliseconds since the epoch when the target last had everything. */
  caughtUpAt: number;
  failure: TeleportError | undefined;
}

export interface StatusInput {
  config: Config;
  version: string;
  epoch: string | undefined;
  isActive: boolean;
  keeper: CaptureKeeper | undefined;
  streamers: ReadonlyMap<string, StreamerStatus>;
  /** Of the loads into this database whose indexes are being built. */
  builds: readonly BuildProgress[];
}

export async function readStatus(
  connection: Connection,
  input: StatusInput,
): Promise<Record<string, unknown>> {
  const { config, version, epoch, isActive, keeper } = input;
  const targets: Record<string, unknown> = {};
  for (const name of Object.keys(config.targets)) {
    targets[name] = await targetStatus(connection, name, input);
  }
  return {
    instance: {
      name: config.database.name,
      epoch: epoch ?? null,
      version,
      role: isActive ? "active" : "standby",
    },
    database: {
      hostname: config.database.hostname,
      port: config.database.port,
      database: config.database.database,
      serverVersion: connection.version,
    },
    targets,
    sources: await sourcesStatus(connection),
    indexBuilds: input.builds.map(({ table, ...progress }) => ({ ...table, ...progress })),
    notReplicated: (keeper?.captured ?? []).filter((table) => table.key.length === 0)
      .map(({ schema, name, reason }) => ({ schema, name, reason: reason ?? null })),
  };
}

async function targetStatus(
  connection: Connection,
  name: string,
  { config, streamers }: StatusInput,
): Promise<Record<string, unknown>> {
  const record = await readTarget(connection, name);
  const streamer = streamers.get(name);
  const hasBegun = record !== undefined && record.position !== originPosition;
  const lagEvents = hasBegun
    ? await countEvents(connection, record.position, mostEventsCounted)
    : null;
  const { tables, rate } = await readLoads(connection, name);
  const run = tablesOfRun(tables);
  const endpoint = config.targets[name]?.endpoint;
  const failure = streamer?.failure;
  return {
    endpoint: `${endpoint?.hostname}:${endpoint?.port}`,
    position: hasBegun ? record.position : null,
    isExact: hasBegun ? record.isExact : null,
    lagEvents,
    lagSeconds: streamer === undefined ? null : lagSeconds(streamer, lagEvents),
    batches: streamer?.batches ?? 0,
    rows: streamer?.rows ?? 0,
    error: failure === undefined
      ? null
      : { code: failure.code, message: failure.message, hint: failure.hint ?? null },
    load: run.length === 0 ? null : totalOf(run, rate),
    tables: tables.map(describeTable),
  };
}

function describeTable(table: LoadedTable): Record<string, unknown> {
  const { schema, name, state, phase, isLoaded, since, reason, attempts, seconds } = table;
  return {
    ...{ schema, name, state, phase, isLoaded, since, reason, attempts },
    load: seconds === null && !isUnderWay(table) ? null : {
      chunks: table.chunks,
      chunksDone: table.chunksDone,
      rows: table.rows,
      bytes: table.bytes,
      bytesDone: table.bytesDone,
      bytesPerSecond: table.bytesPerSecond,
      secondsLeft: table.secondsLeft,
      seconds,
      indexSeconds: table.indexSeconds,
    },
  };
}

function lagSeconds({ caughtUpAt }: StreamerStatus, lagEvents: number | null): number {
  return lagEvents === 0 ? 0 : Math.max(0, Date.now() - caughtUpAt) / 1000;
}

async function sourcesStatus(connection: Connection): Promise<Record<string, unknown>[]> {
  const rows = await connection.rows(
    z.object({
      epoch: z.string(),
      target: z.string(),
      position: z.string(),
      isExact: z.boolean(),
      appliedAt: z.string(),
      batches: z.coerce.number(),
      rows: z.coerce.number(),
      refused: z.array(z.string()),
      building: z.array(z.string()),
      heldDrops: z.array(z.string()),
    }),
    `select a.source as epoch, a.target, a.position, a.is_exact as "isExact", a.batches, a.rows,
       pg_catalog.to_char(a.applied_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00"') as "appliedAt",
       array(select s.error from teleport.applied_schema s
             where s.source = a.source and s.target = a.target
               and s.error not like $1 || '%' and s.error not like $2 || '%'
             order by s.error) as refused,
       array(select s.error from teleport.applied_schema s
             where s.source = a.source and s.target = a.target and s.error like $2 || '%'
             order by s.error) as building,
       array(select s.error from teleport.applied_schema s
             where s.source = a.source and s.target = a.target and s.error like $1 || '%'
             order by s.error) as "heldDrops"
     from teleport.applied a order by a.source, a.target`,
    [heldMark, buildingMark],
  );
  const sources: Record<string, unknown>[] = [];
  for (const row of rows) {
    const leftOut = await listLeftOut(connection, row.epoch, row.target);
    sources.push({ ...row, leftOut });
  }
  return sources;
}
