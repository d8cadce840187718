/**
 * One attempt to build an index of a big table CONCURRENTLY, under a name of its own (schema/half_built.ts). It begins
 * while no batch of its source is at work: whatever of them no longer wants it, or makes its table bare, comes before
 * and is seen, or comes after and makes it give way.
 */
import type { Connection } from "../postgres/mod.ts";
import {
  type BuildPlan,
  findHalfBuilt,
  type IndexBuild,
  isWanted,
  planBuild,
} from "../schema/mod.ts";
import type { BuildSession } from "./build_session.ts";
import type { Ending, LongStatement } from "./long_statement.ts";

/** Longest wait for a batch that is at work. */
const batchWaitMs = 5000;

/** Longest wait for the table's lock, while batches wait. */
const startMs = 1000;
const pauseMs = 20;

export interface BuildOptions {
  session: BuildSession;
  observer: Connection;
  build: IndexBuild;
  /** Told when the index is there for writers, before the next batch. */
  onBegun: () => void;
}

/** @returns "done" where it has only to be named; "given up" where it is not wanted any more. */
export async function buildIndex(options: BuildOptions): Promise<Ending> {
  const { session, observer, build } = options;
  const begun = await begin(options);
  if (typeof begun === "string") return begun;
  const { plan, statement } = begun;
  return await session.finish(statement, {
    table: plan.table.oid,
    isWanted: () => isWanted(observer, build, plan),
  });
}

async function begin(
  options: BuildOptions,
): Promise<{ plan: BuildPlan; statement: LongStatement } | Ending> {
  const { session, observer, build, onBegun } = options;
  return await observer.transaction("read committed", async () => {
    await observer.run(
      "select 1 from teleport.applied where source = $1 and target = $2 for update",
      [build.source, build.target],
    );
    const plan = await planBuild(observer, build);
    if (plan === undefined) return "given up";
    const found = await findHalfBuilt(observer, plan);
    if (found !== undefined) return found.isBuilt ? "done" : "gaveWay";
    const statement = await session.start(plan.statement, plan.searchPath);
    const deadline = performance.now() + startMs;
    while (!await statement.isOverWithin(pauseMs)) {
      if (await findHalfBuilt(observer, plan) !== undefined) break;
      // Somebody holds the table: its name may be another's when the lock is free.
      if (performance.now() < deadline) continue;
      return await statement.cancel() ? "done" : "gaveWay";
    }
    onBegun();
    return { plan, statement };
  }, observer.lockWaitLimit(batchWaitMs));
}
