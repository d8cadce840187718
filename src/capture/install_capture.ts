/**
 * Installs capture on every table that a target names, and keeps it as it should be.
 *
 * Idempotent: the first start, every later look after the catalogs changed, and the repair of disabled
 * triggers are the same call. Tables are done one by one, each in a transaction of its own with a
 * lock_timeout: one that somebody blocks is reported and tried again at the next call.
 */
import { z } from "zod";
import type { QualifiedName, TargetExpression } from "../model/mod.ts";
import { displayName, messageOf } from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import { type CapturedRelation, listCaptured } from "./captured_relation.ts";
import { type EventTriggerState, installEventTriggers } from "./event_triggers.ts";
import { type Blocker, listBlockers } from "./lock_blockers.ts";
import selectFindings from "./queries/findings.sql" with { type: "text" };
import selectUnseenReplica from "./queries/unseen_replica_writers.sql" with { type: "text" };
import selectUnseen from "./queries/unseen_subscriptions.sql" with { type: "text" };
import selectWarnings from "./queries/warnings.sql" with { type: "text" };
import { noteRewrites } from "./rewrites.ts";
import { writeWanted } from "./wanted.ts";

export interface InstallOptions {
  /** What each target wants. */
  expressions: readonly { target: string; expression: TargetExpression }[];
  useEventTriggers: boolean;
  /** The longest wait for a table's lock. */
  lockTimeoutMs: number;
}

/** A relation whose rows are not replicated now, or not all of them, and why. */
export interface RefusedRelation extends QualifiedName {
  reason: string;
  /** Who holds the locks; only where it failed for a lock, then the next call tries again. */
  blockers?: Blocker[];
}

export interface CaptureReport {
  relations: CapturedRelation[];
  refused: RefusedRelation[];
  /** Whether anything was installed, repaired or retired. */
  changed: boolean;
  eventTriggers: EventTriggerState;
  warnings: string[];
}

const pendingRow = z.object({
  top: z.coerce.number(),
  schema: z.string(),
  name: z.string(),
  isTree: z.boolean(),
});
type Pending = z.output<typeof pendingRow>;

const findingRow = z.object({ schema: z.string(), name: z.string(), reason: z.string() });

/** As large as a partition may be: all events of its rows are written now. */
const unlimitedBytes = "9223372036854775807";

export async function installCapture(
  connection: Connection,
  options: InstallOptions,
): Promise<CaptureReport> {
  const wantsMore = await writeWanted(connection, options.expressions);
  const { state, warnings } = await installEventTriggers(connection, options.useEventTriggers);
  const refused: RefusedRelation[] = [];
  let changed = wantsMore;
  for (const pending of await listPending(connection)) {
    const outcome = await syncTable(connection, pending, options.lockTimeoutMs);
    if (typeof outcome === "boolean") changed ||= outcome;
    else refused.push(outcome);
  }
  await connection.run("select teleport.sweep_functions()");
  await noteRewrites(connection, { hasEventTriggers: state === "installed" });
  const findings = await connection.rows(findingRow, selectFindings);
  const failed = new Set(refused.map(displayName));
  return {
    relations: await listCaptured(connection),
    refused: [...refused, ...findings.filter((finding) => !failed.has(displayName(finding)))],
    changed,
    eventTriggers: state,
    warnings: [...warnings, ...await listWarnings(connection)],
  };
}

async function listWarnings(connection: Connection): Promise<string[]> {
  const texts = [selectWarnings, selectUnseenReplica];
  if (connection.version >= 100000) texts.push(selectUnseen);
  const warnings: string[] = [];
  for (const text of texts) {
    const rows = await connection.rows(z.object({ warning: z.string() }), text);
    warnings.push(...rows.map(({ warning }) => warning));
  }
  return warnings;
}

async function listPending(connection: Connection): Promise<Pending[]> {
  return await connection.rows(
    pendingRow,
    `select p.top::bigint as top, coalesce(n.nspname::text, '(dropped)') as schema,
       coalesce(r.relname::text, p.top::text) as name,
       exists (select 1 from pg_catalog.pg_inherits i where i.inhparent = p.top) as "isTree"
     from teleport.pending_capture(null) as p (top)
     left join pg_catalog.pg_class r on r.oid = p.top
     left join pg_catalog.pg_namespace n on n.oid = r.relnamespace
     order by 2, 3`,
  );
}

/** Whether anything changed, or why not now. */
async function syncTable(
  connection: Connection,
  pending: Pending,
  lockTimeoutMs: number,
): Promise<boolean | RefusedRelation> {
  // A tree locks several relations. Giving up before anybody's deadlock_timeout makes sure that a
  // deadlock with a writer never ends the writer.
  const patience = pending.isTree
    ? Math.min(lockTimeoutMs, 0.9 * await readDeadlockTimeoutMs(connection))
    : lockTimeoutMs;
  try {
    return await syncWithin(connection, pending, patience);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.failureClass === "unreachable") throw error;
    if (!isTimeout(error)) {
      return { schema: pending.schema, name: pending.name, reason: messageOf(error) };
    }
  }
  const blockers = await listBlockers(connection, pending.top);
  const isOnlyAutovacuum = blockers.length > 0 &&
    blockers.every(({ isAutovacuum }) => isAutovacuum);
  if (isOnlyAutovacuum && patience < lockTimeoutMs) {
    // An autovacuum worker gives way, but only to who waits longer than deadlock_timeout.
    try {
      return await syncWithin(connection, pending, lockTimeoutMs);
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.failureClass !== "transient") throw error;
    }
  }
  const mode = connection.version >= 90500 ? "SHARE ROW EXCLUSIVE" : "ACCESS EXCLUSIVE";
  return {
    schema: pending.schema,
    name: pending.name,
    reason: `it is locked: no ${mode} lock within ${Math.round(patience)} ms`,
    blockers,
  };
}

async function syncWithin(
  connection: Connection,
  pending: Pending,
  lockTimeoutMs: number,
): Promise<boolean> {
  return await connection.transaction("read committed", async () => {
    // Before 9.3 the statement as a whole: without partitions it has nothing to do for long but wait.
    const limit = connection.version >= 90300 ? "lock_timeout" : "statement_timeout";
    await connection.run(`set local ${limit} = ${Math.max(1, Math.round(lockTimeoutMs))}`);
    const { hasChanged } = await connection.row(
      z.object({ hasChanged: z.boolean() }),
      `select teleport.sync_capture($1::oid, $2::bigint) as "hasChanged"`,
      [pending.top, unlimitedBytes],
    );
    return hasChanged;
  });
}

/** lock_not_available, or query_canceled. */
function isTimeout({ sqlstate }: DatabaseError): boolean {
  return sqlstate === "55P03" || sqlstate === "57014";
}

async function readDeadlockTimeoutMs(connection: Connection): Promise<number> {
  const { milliseconds } = await connection.row(
    z.object({ milliseconds: z.coerce.number() }),
    "select setting as milliseconds from pg_catalog.pg_settings where name = 'deadlock_timeout'",
  );
  return milliseconds;
}
