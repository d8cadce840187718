/** Tries again what this database refused of its sources' schemas: nothing else may ever send them again. */
import type { Connection } from "../postgres/mod.ts";
import {
  listRefused,
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
  return await connection.transaction("read committed", async () => {
    await connection.run(
      "select 1 from teleport.applied where source = $1 and target = $2 for update",
      [place.source, place.target],
    );
    await session.forgetShapes();
    const report = await retrySchema(connection, place, policy);
    const views = await refreshViews(connection, place, { followsSource: !hasTargets });
    return {
      done: (report?.created ?? 0) + (report?.changed ?? 0) + views.refreshed,
      refused: (report?.refused.length ?? 0) + views.refused.length,
    };
  }, connection.lockWaitLimit(lockTimeoutMs));
}

/** In the caller's transaction. Undefined where nothing is refused. */
export async function retrySchema(
  connection: Connection,
  { source, target }: { source: string; target: string },
  policy: SchemaPolicy,
): Promise<SchemaReport | undefined> {
  const refused = await listRefused(connection, policy);
  if (!refused.some((place) => place.source === source && place.target === target)) return;
  const report = await retryRefused(connection, { source, target, policy });
  if (report !== undefined) {
    await recordLost(connection, { source, target }, report.lostTables);
  }
  return report;
}
