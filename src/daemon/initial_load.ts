/**
 * The work of `-mode initial-load`: asks for the load of what a target has not got yet, sees to it
 * that an instance does it, and tells how far it is. Can be left and taken up again at any time.
 */
import { type Config, type ExistingRows, originPosition, TeleportError } from "../model/mod.ts";
import { readLoadProgress } from "../load/mod.ts";
import { Connection } from "../postgres/mod.ts";
import {
  checkEpoch,
  isResumable,
  listTables,
  migrate,
  readTarget,
  registerTarget,
  requestLoad,
  type TableProgress,
  tryInstanceLock,
} from "../state/mod.ts";
import { sleep } from "./backoff.ts";
import { Instance } from "./instance.ts";
import type { Log } from "./log.ts";
import { TargetLink } from "./target_link.ts";

const pollMs = 300;
const timing = { idleTimeoutMs: 120_000, heartbeatMs: 10_000 };

/** One table of the load; `bytes` are of the source's heap files. */
export interface LoadedTable {
  schema: string;
  name: string;
  state: TableProgress["state"];
  reason: string | null;
  rows: number;
  bytes: number;
  bytesDone: number;
}

export interface InitialLoadOptions {
  config: Config;
  target: string;
  version: string;
  log: Log;
  /** Leaves the load to the instance; it goes on without this command, or when it is run again. */
  signal: AbortSignal;
  onProgress: (tables: readonly LoadedTable[]) => void;
}

export interface InitialLoadOutcome {
  tables: readonly LoadedTable[];
  isFinished: boolean;
}

/** @throws TeleportError when a database or the target's instance cannot be reached. */
export async function initialLoad(options: InitialLoadOptions): Promise<InitialLoadOutcome> {
  const { config, target, signal } = options;
  await using connection = await Connection.open(config.database, "initial-load");
  await migrate(connection);
  const runsAlready = !await tryInstanceLock(connection);
  if (!runsAlready) await checkEpoch(connection);
  await restartWhereLost(connection, options);
  // Only the lock's session may hold it: the instance takes it over.
  if (!runsAlready) await connection.run("select pg_catalog.pg_advisory_unlock_all()");
  const instance = runsAlready ? undefined : await Instance.start({ ...options, serves: false });
  try {
    const failed = instance?.finished.then(() => undefined);
    const work = followLoad(connection, options);
    return await (failed === undefined ? work : Promise.race([work, failed.then(() => work)]));
  } finally {
    await instance?.stop();
    if (signal.aborted) options.log.info("Left the load", { target });
  }
}

/** A target whose position is lost begins anew: what it holds is replaced by the load. */
async function restartWhereLost(
  connection: Connection,
  { config, target, log, signal }: InitialLoadOptions,
): Promise<void> {
  const settings = config.targets[target];
  if (settings === undefined) {
    throw new TeleportError("target_unknown", `There is no target ${target}`);
  }
  const { peer } = new TargetLink(target, settings, timing);
  const { epoch } = await checkEpoch(connection);
  const before = await readTarget(connection, target);
  const stored = await peer.readPosition(epoch, target, signal);
  const record = await readTarget(connection, target);
  if (record === undefined || record.position === originPosition || stored.position === null) {
    return;
  }
  // Where an instance moves the target on meanwhile, the position is not lost but old.
  if (stored.position === record.position || before?.position !== record.position) return;
  if (await isResumable(connection, target, stored.position)) return;
  log.warn("The target's position is lost: all of its tables are loaded", { target });
  await registerTarget(connection, target);
}

async function followLoad(
  connection: Connection,
  { target, signal, onProgress, config }: InitialLoadOptions,
): Promise<InitialLoadOutcome> {
  const { existing } = config.load;
  let requested: Set<number> | undefined;
  let tables: LoadedTable[] = [];
  while (!signal.aborted) {
    const record = await readTarget(connection, target);
    if (record !== undefined && record.position !== originPosition) {
      const states = await listTables(connection, target);
      requested ??= await request(connection, states, { target, existing });
      const wanted = requested;
      const known = states.filter(({ relation }) => wanted.has(relation));
      tables = await withProgress(connection, target, known);
      onProgress(tables);
      if (tables.every(({ state }) => state === "streaming")) return { tables, isFinished: true };
    }
    await sleep(pollMs, signal);
  }
  return { tables, isFinished: false };
}

/** Tables that lack rows: those under way already are followed, the others are asked for. */
async function request(
  connection: Connection,
  states: readonly TableProgress[],
  { target, existing }: { target: string; existing: ExistingRows },
): Promise<Set<number>> {
  const missing = states.filter(({ isLoaded, state }) => !isLoaded || state === "rejoining");
  const idle = missing.filter(({ state }) => state === "partial" || state === "held");
  const relations = idle.map(({ relation }) => relation);
  await requestLoad(connection, target, relations, { existing });
  return new Set(missing.map(({ relation }) => relation));
}

async function withProgress(
  connection: Connection,
  target: string,
  states: readonly TableProgress[],
): Promise<LoadedTable[]> {
  const loads = new Map(
    (await readLoadProgress(connection, target)).map((load) => [load.relation, load]),
  );
  return states.map(({ relation, schema, name, state, reason }) => {
    const load = state === "queued" ? undefined : loads.get(relation);
    return {
      schema,
      name,
      state,
      reason,
      rows: load?.rows ?? 0,
      bytes: load?.bytes ?? 0,
      bytesDone: load?.bytesDone ?? 0,
    };
  });
}
