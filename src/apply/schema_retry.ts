/** Tries again what this database refused of its sources' schemas: nothing else may ever send them again. */
import type { Connection } from "../postgres/mod.ts";
import {
  type IndexBuild,
  listRefused,
  nameBuilt,
  refreshViews,
  retryRefused,
  type SchemaPolicy,
  type SchemaReport,
} from "../schema/mod.ts";
import type { ApplySession } from "./session.ts";
import { recordLost } from "./stored_position.ts";

/** Longest wait for a lock: readers queue behind it. */
const lockTimeoutMs = 1500;

export interface RetryOutcome {
  /** Objects that were made, changed or dropped. */
  done: number;
  /** Objects that are still refused. */
  refused: number;
}

/**
 * One transaction for all of a source and target, in the session of their batches: what that one holds of
 * dropped types is in the way of nobody else.
 */
export async function retryPlace(
  session: ApplySession,
  place: { source: string; target: string },
  { policy, hasTargets }: { policy: SchemaPolicy; hasTargets: boolean },
): Promise<RetryOutcome> {
  const { connection } = session;
  return await betweenBatches(session, place, async () => {
    const report = await retrySchema(connection, place, { policy, sparesBuilds: true });
    const views = await refreshViews(connection, place, { followsSource: !hasTargets });
    return {
      done: (report?.created ?? 0) + (report?.changed ?? 0) + views.refreshed,
      refused: (report?.refused.length ?? 0) + views.refused.length,
    };
  });
}

/**
 * Takes up what waits for an index that is built beside the batches.
 * @param options.build that is built and gets its name.
 * @returns false where that is not wanted any more.
 */
export async function completeBuild(
  session: ApplySession,
  place: { source: string; target: string },
  { policy, build }: { policy: SchemaPolicy; build: IndexBuild | undefined },
): Promise<boolean> {
  const { connection } = session;
  return await betweenBatches(session, place, async () => {
    const isThere = build !== undefined && await nameBuilt(connection, build);
    if (build === undefined || isThere) {
      await retrySchema(connection, place, { policy, withBuilds: true });
    }
    return isThere;
  });
}

async function betweenBatches<Result>(
  session: ApplySession,
  { source, target }: { source: string; target: string },
  work: () => Promise<Result>,
): Promise<Result> {
  const { connection } = session;
  return await connection.transaction("read committed", async () => {
    await connection.run(
      "select 1 from teleport.applied where source = $1 and target = $2 for update",
      [source, target],
    );
    await session.forgetShapes();
    return await work();
  }, connection.lockWaitLimit(lockTimeoutMs));
}

/**
 * In the caller's transaction. Undefined where nothing is refused.
 * @param options.withBuilds also where nothing but indexes that are built beside the batches is missing.
 */
export async function retrySchema(
  connection: Connection,
  { source, target }: { source: string; target: string },
  { policy, sparesBuilds = false, withBuilds = false }: {
    policy: SchemaPolicy;
    sparesBuilds?: boolean;
    withBuilds?: boolean;
  },
): Promise<SchemaReport | undefined> {
  const refused = await listRefused(connection, policy, { withBuilds });
  if (!refused.some((place) => place.source === source && place.target === target)) return;
  const report = await retryRefused(connection, { source, target, policy, sparesBuilds });
  if (report !== undefined) {
    await recordLost(connection, { source, target }, report.lostTables);
  }
  return report;
}
