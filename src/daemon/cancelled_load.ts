/**
 * A load that somebody cancelled: the target gives up what came of it, then the table counts as not loaded. Until the
 * target has answered, the table stays `cancelling`: its rows there may be half of a load's.
 */
import type { CapturedRelation } from "../capture/mod.ts";
import { loadOrigin, type SessionPool } from "../load/mod.ts";
import { displayName, messageOf, TeleportError } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import {
  delayCancel,
  endCancelled,
  nameCancel,
  readUpstreams,
  type TableProgress,
} from "../state/mod.ts";
import type { Log } from "./log.ts";
import type { TargetLink } from "./target_link.ts";

const retryMs = 2000;

export interface CancelledLoad {
  sessions: SessionPool;
  source: string;
  signal: AbortSignal;
  link: TargetLink;
  log: Log;
  table: CapturedRelation;
  progress: TableProgress;
}

/** Runs while nothing of the load does. What the target cannot do yet is tried again. */
export async function cancelLoad(cancelled: CancelledLoad): Promise<void> {
  const { sessions, signal, link, progress, table } = cancelled;
  const log = cancelled.log.with({ table: displayName(table) });
  try {
    const state = await sessions.use(async (control) => {
      await abandon(control, cancelled);
      return await endCancelled(control, link.name, progress);
    });
    log.warn("The load was cancelled: the table is not loaded", { state });
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof TeleportError)) throw error;
    // Asked for anew, or ended by an instance that took over.
    if (error.code === "restart_window") return;
    const reason = `Its load is being cancelled: ${messageOf(error)}`;
    await sessions.use((control) =>
      delayCancel(control, link.name, { relation: progress.relation, reason, retryMs })
    );
    if (progress.reason !== reason) log.warn("The load cannot be cancelled yet", { error });
  }
}

async function abandon(
  control: Connection,
  { link, source, signal, table }: CancelledLoad,
): Promise<void> {
  const origin = loadOrigin(source, await readUpstreams(control));
  await link.peer.runCommand({
    kind: "abandonLoad",
    source,
    target: link.name,
    load: await nameCancel(control),
    origin,
    table: { ...link.toTarget(table), isOnly: table.readsOnly },
  }, signal);
}
