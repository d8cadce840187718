/**
 * Builds, one after another, the indexes that batches left to be built beside them: of tables that are big on the
 * target. Gives way to whatever of teleport's waits for their tables, and tries again what failed or gave way.
 */
import type { Applier } from "../apply/mod.ts";
import { messageOf, quoteName, Refusal } from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import {
  type HalfBuiltIndex,
  type IndexBuild,
  isSeparateName,
  listBuilds,
  listHalfBuilt,
  listLeftBehind,
  planBuild,
  recordFailure,
} from "../schema/mod.ts";
import { BuildSession } from "./build_session.ts";
import { buildIndex } from "./index_build.ts";
import type { Log } from "./log.ts";
import { tellHazard } from "./schema_retrier.ts";
import type { Ending } from "./long_statement.ts";

const longestMs = 60_000;

/** Between two looks. */
const quietMs = 500;

export interface IndexBuilderOptions {
  applier: Applier;
  log: Log;
  /** A session to build in. */
  open: () => Promise<Connection>;
  baseMs: number;
  /** Gives up what is being built. */
  signal: AbortSignal;
}

interface Attempts {
  count: number;
  dueAt: number;
  /** Logged once. */
  error?: string;
}

export class IndexBuilder {
  readonly #options: IndexBuilderOptions;
  readonly #attempts = new Map<string, Attempts>();
  /** Whether an earlier attempt, or an earlier instance, may have left something. */
  #mustClear = true;

  constructor(options: IndexBuilderOptions) {
    this.#options = options;
  }

  /** @returns milliseconds until the next. */
  async step(observer: Connection): Promise<number> {
    const { open, signal } = this.#options;
    const builds = await listBuilds(observer);
    const due = this.#findDue(builds);
    const stale = this.#mustClear ? await listStale(observer, builds) : [];
    if (due === undefined && stale.length === 0) {
      this.#mustClear = false;
      return quietMs;
    }
    await using session = await BuildSession.open({ open, observer, signal });
    this.#mustClear = true;
    const isClear = await clear(session, stale);
    if (isClear && due !== undefined) await this.#attempt(session, { observer, build: due });
    return quietMs;
  }

  #findDue(builds: readonly IndexBuild[]): IndexBuild | undefined {
    const keys = new Set(builds.map(keyOf));
    for (const key of this.#attempts.keys()) if (!keys.has(key)) this.#attempts.delete(key);
    const now = performance.now();
    return builds.find((build) => (this.#attempts.get(keyOf(build))?.dueAt ?? 0) <= now);
  }

  async #attempt(
    session: BuildSession,
    { observer, build }: { observer: Connection; build: IndexBuild },
  ): Promise<void> {
    const { applier } = this.#options;
    const log = this.#options.log.with({ index: build.name, target: build.target });
    const complete = (isBuilt: boolean) =>
      applier.completeBuild(build, { isBuilt, onHazard: (hazard) => tellHazard(log, hazard) });
    try {
      // Somebody may have made what is missing, or taken away what was in the way.
      if (build.hasFailed) await complete(false);
      const isFirst = !this.#attempts.has(keyOf(build));
      log[isFirst ? "info" : "debug"]("An index is being built beside the batches");
      const onBegun = () => applier.forgetShapes();
      const ending = await buildIndex({ session, observer, build, onBegun });
      const isDone = ending === "done" && await complete(true);
      if (isDone) log.info("An index that was built beside the batches is there");
      else this.#tryLater(log, build, ending);
    } catch (error) {
      const failure = error instanceof DatabaseError
        ? error.failureClass
        : error instanceof Refusal
        ? error.problem.failure
        : "unreachable";
      if (failure === "unreachable") throw error;
      this.#tryLater(log, build, "gaveWay", failure === "transient" ? undefined : error);
      if (failure !== "transient") await recordFailure(observer, build, messageOf(error));
    }
  }

  #tryLater(log: Log, build: IndexBuild, ending: Ending, failure?: unknown): void {
    const known = this.#attempts.get(keyOf(build));
    const count = Math.min((known?.count ?? 0) + 1, 20);
    const waitMs = Math.min(this.#options.baseMs * 2 ** count, longestMs);
    const attempts: Attempts = { count, dueAt: performance.now() + waitMs };
    if (failure === undefined) log.debug("An index waits to be built", { ending });
    else {
      attempts.error = messageOf(failure);
      if (attempts.error !== known?.error) {
        log.warn("An index could not be built; it is tried again", { error: failure });
      }
    }
    this.#attempts.set(keyOf(build), attempts);
  }
}

function keyOf({ source, target, object }: IndexBuild): string {
  return JSON.stringify([source, target, object]);
}

/** What is half built and nobody's work any more, or not wanted. */
async function listStale(
  observer: Connection,
  builds: readonly IndexBuild[],
): Promise<HalfBuiltIndex[]> {
  const found = await listHalfBuilt(observer);
  if (found.length === 0) return [];
  const wanted = new Set<string>();
  for (const build of builds) {
    const plan = await planBuild(observer, build);
    if (plan !== undefined) wanted.add(plan.buildName);
  }
  const ofBuilds = found.filter(({ name, isBuilt }) =>
    !isSeparateName(name) && (!isBuilt || !wanted.has(name))
  );
  return [...ofBuilds, ...await listLeftBehind(observer, found)];
}

/** @returns whether all is gone. */
async function clear(session: BuildSession, stale: readonly HalfBuiltIndex[]): Promise<boolean> {
  for (const index of stale) {
    const drop = `drop index concurrently if exists ${quoteName(index)}`;
    const statement = await session.start(drop, "pg_temp");
    const ending = await session.finish(statement, {
      table: index.table,
      isWanted: () => Promise.resolve(true),
    });
    if (ending !== "done") return false;
  }
  return true;
}
