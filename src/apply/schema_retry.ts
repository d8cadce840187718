/** Tries again what this database refused of its sources' schemas: nothing else may ever send them again. */
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import {
  listRefused,
  refreshViews,
  retryRefused,
  type SchemaPolicy,
  type SchemaReport,
} from "../schema/mod.ts";
import { recordLost } from "./stored_position.ts";

/** Longest wait for a lock: readers queue behind it. */
const lockTimeoutMs = 1500;

export interface RetryOutcome {
  /** Objects that were made, changed or dropped. */
  done: number;
  /** Objects that are still refused. */
  refused: number;
}

/** One transaction for each source and target; a batch of theirs waits, or is waited for. */
export async function retrySchemas(
  connection: Connection,
  { policy, hasTargets }: { policy: SchemaPolicy; hasTargets: boolean },
): Promise<RetryOutcome> {
  const outcome = { done: 0, refused: 0 };
  for (const place of await listRefused(connection, policy)) {
    try {
      await connection.transaction("read committed", async () => {
        await connection.run(
          "select 1 from teleport.applied where source = $1 and target = $2 for update",
          [place.source, place.target],
        );
        const report = await retrySchema(connection, place, policy);
        if (report === undefined) return;
        const views = await refreshViews(connection, place, { followsSource: !hasTargets });
        outcome.done += report.created + report.changed + views.refreshed;
        outcome.refused += report.refused.length + views.refused.length;
      }, connection.lockWaitLimit(lockTimeoutMs));
    } catch (error) {
      // Somebody holds a lock; the next turn comes.
      if (!(error instanceof DatabaseError) || error.failureClass !== "transient") throw error;
      outcome.refused += 1;
    }
  }
  return outcome;
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
