/**
 * The work of the commands that load: they ask for the load of what a target has not got yet, or of tables by
 * name, see to it that an instance does it, and tell how far it is. Each can be left and taken up again at any time:
 * all that is known of a load is in the database.
 */
import { type Config, type ExistingRows, originPosition, TeleportError } from "../model/mod.ts";
import { Connection } from "../postgres/mod.ts";
import {
  checkEpoch,
  isCancellable,
  isResumable,
  listTables,
  migrate,
  readTarget,
  registerTarget,
  requestCancel,
  requestLoad,
  type TableProgress,
  tryInstanceLock,
} from "../state/mod.ts";
import { sleep } from "./backoff.ts";
import { Instance } from "./instance.ts";
import {
  isUnderWay,
  type LoadedTable,
  type LoadReport,
  readLoads,
  tablesOfLastRun,
  tablesOfRun,
  totalOf,
} from "./load_report.ts";
import type { Log } from "./log.ts";
import { chooseTables } from "./table_choice.ts";
import { TargetLink } from "./target_link.ts";

const pollMs = 300;
const timing = { idleTimeoutMs: 120_000, heartbeatMs: 10_000 };

/** How a reload goes about rows that the target has. */
export type ReloadMode = Exclude<ExistingRows, "refuse">;

/**
 * `load`: whatever lacks rows. `reload`: these tables, whether they have their rows or not; one whose load is on its
 * way is only followed. `cancel`: what is queued or on its way, of these tables or of all. Tables are named as
 * `schema.name`.
 */
export type LoadRequest =
  | { kind: "load" }
  | { kind: "reload"; tables: readonly string[]; existing?: ReloadMode }
  | { kind: "cancel"; tables: readonly string[] };

export interface InitialLoadOptions {
  config: Config;
  target: string;
  version: string;
  log: Log;
  /** Default: `load`. */
  request?: LoadRequest;
  /** Leaves the work to the instance; it goes on without this command, or when it is run again. */
  signal: AbortSignal;
  /** Told as soon as it is known whether this command does an instance's work. */
  onBegin?: (runs: { isInstance: boolean }) => void;
  onProgress: (report: LoadReport) => void;
}

export interface InitialLoadOutcome {
  report: LoadReport;
  /**
   * `done`: all tables have arrived, or for `cancel` none is on its way. `left`: the signal came first.
   * `incomplete`: the load of some was cancelled or given up meanwhile.
   */
  end: "done" | "left" | "incomplete";
  /** Whether the command did the instance's work, which then has ended with it. */
  isInstance: boolean;
  /** Whether anything had to be done at all. */
  hadWork: boolean;
  /** As `end` is `done`. */
  isFinished: boolean;
}

const nothing: LoadReport = { tables: [], total: totalOf([], null) };

/** @throws TeleportError when a database or the target's instance cannot be reached, or a table is not known. */
export async function initialLoad(options: InitialLoadOptions): Promise<InitialLoadOutcome> {
  const { config, target, signal, request = { kind: "load" } } = options;
  await using connection = await Connection.open(config.database, "initial-load");
  await migrate(connection);
  const isInstance = await tryInstanceLock(connection);
  if (isInstance) await checkEpoch(connection);
  if (request.kind === "load") await restartWhereLost(connection, options);
  // Only the lock's session may hold it: the instance takes it over.
  if (isInstance) await connection.run("select pg_catalog.pg_advisory_unlock_all()");
  const instance = isInstance ? await Instance.start({ ...options, serves: false }) : undefined;
  options.onBegin?.({ isInstance });
  try {
    const failed = instance?.finished.then(() => undefined);
    const work = followWork(connection, { ...options, request });
    const followed = await (failed === undefined ? work : Promise.race([
      work,
      failed.then(() => work),
    ]));
    return { ...followed, isInstance, isFinished: followed.end === "done" };
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

type Followed = Pick<InitialLoadOutcome, "report" | "end" | "hadWork">;

async function followWork(
  connection: Connection,
  { config, target, signal, onProgress, request }: InitialLoadOptions & { request: LoadRequest },
): Promise<Followed> {
  let wanted: ReadonlySet<number> | undefined;
  let report = nothing;
  let hadWork = true;
  while (!signal.aborted) {
    if (await hasBegun(connection, target)) {
      wanted ??= await begin(connection, { target, request, existing: config.load.existing });
      const { tables, rate } = await readLoads(connection, target);
      if (request.kind === "load" && wanted.size === 0) {
        // Somebody who was away while it ended still wants to know how it went.
        hadWork = false;
        wanted = new Set(tablesOfLastRun(tables).map(({ relation }) => relation));
      }
      const known = tables.filter(({ relation }) => wanted?.has(relation));
      report = { tables: known, total: totalOf(known, rate) };
      onProgress(report);
      if (!known.some(isWaitedFor(request))) {
        const isDone = request.kind === "cancel" ||
          known.every(({ phase }) => phase === "streaming");
        return { report, hadWork: hadWork && wanted.size > 0, end: isDone ? "done" : "incomplete" };
      }
    }
    await sleep(pollMs, signal);
  }
  return { report, hadWork, end: "left" };
}

/** Until the first batch is there, no table is known. */
async function hasBegun(connection: Connection, target: string): Promise<boolean> {
  const record = await readTarget(connection, target);
  return record !== undefined && record.position !== originPosition;
}

function isWaitedFor({ kind }: LoadRequest): (table: LoadedTable) => boolean {
  return kind === "cancel" ? ({ phase }) => phase === "cancelling" : isUnderWay;
}

/** Makes the request. @returns the tables that it is about. */
async function begin(
  connection: Connection,
  { target, request, existing }: {
    target: string;
    request: LoadRequest;
    existing: ExistingRows;
  },
): Promise<Set<number>> {
  const states = await listTables(connection, target);
  switch (request.kind) {
    case "load": {
      // Tables that lack rows: those on their way already are followed, the others are asked for.
      const missing = states.filter(({ isLoaded, state }) => !isLoaded || state === "rejoining");
      await requestLoad(connection, target, relationsOf(missing.filter(isIdle)), {
        existing,
      });
      return new Set(relationsOf(tablesOfRun((await readLoads(connection, target)).tables)));
    }
    case "reload": {
      const chosen = chooseTables(states, request.tables);
      await requestLoad(connection, target, relationsOf(chosen.filter(isIdle)), {
        // What came from here is loaded again also where the rows of others are refused.
        existing: request.existing ?? existing,
      });
      return new Set(relationsOf(chosen));
    }
    case "cancel": {
      const chosen = request.tables.length === 0 ? states : chooseTables(states, request.tables);
      const given = chosen.filter(isCancellable);
      await requestCancel(connection, target, relationsOf(given));
      return new Set(relationsOf(given));
    }
  }
}

/** Whether no load of the table is queued or on its way, so that one has to be asked for. */
function isIdle({ state }: TableProgress): boolean {
  return !["queued", "loading", "rejoining"].includes(state);
}

function relationsOf(tables: readonly { relation: number }[]): number[] {
  return tables.map(({ relation }) => relation);
}
