/**
 * The handshake of a source with a target: what the target holds, what this source has confirmed, and
 * from where the two go on.
 */
import { originPosition, type StoredPosition, TeleportError } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { readTarget, registerTarget, resumeTarget } from "../state/mod.ts";
import type { Log } from "./log.ts";
import type { TargetLink } from "./target_link.ts";

/**
 * @returns what the target holds. Where that is of a time that is over, the first batch replaces it.
 * @throws TeleportError `position_lost`; Refusal; `peer_unreachable`.
 */
export async function shakeHands(
  control: Connection,
  { link, epoch, log, signal }: {
    link: TargetLink;
    epoch: string;
    log: Log;
    signal: AbortSignal;
  },
): Promise<StoredPosition> {
  const stored = await link.peer.readPosition(epoch, link.name, signal);
  const record = await readTarget(control, link.name);
  if (record === undefined || record.position === originPosition) {
    if (record === undefined) await registerTarget(control, link.name);
    return stored;
  }
  if (record.peerEpoch !== null && record.peerEpoch !== stored.epoch) {
    // Rows that came from the former database are sent to this one: it may lack them.
    log.warn("The target is another database than before, restored or copied", {
      before: record.peerEpoch,
      now: stored.epoch,
    });
  }
  if (stored.position === null) {
    log.error("The target has lost its position: replication starts anew", {
      hint: `Run: teleport -mode initial-load -load-target ${link.name}`,
    });
    await registerTarget(control, link.name);
  } else if (stored.position !== record.position || stored.epoch !== record.peerEpoch) {
    await resumeFrom(control, link.name, stored);
  }
  return stored;
}

/** A lost acknowledgement leaves the target ahead by a position that the ledger knows. */
async function resumeFrom(
  control: Connection,
  target: string,
  { position, isExact, epoch }: StoredPosition,
): Promise<void> {
  const isResumed = position !== null &&
    await resumeTarget(control, { target, position, isExact, peerEpoch: epoch });
  if (!isResumed) {
    throw new TeleportError(
      "position_lost",
      `Target ${target} holds a position whose events are gone: it was restored from a backup`,
      { hint: `Run: teleport -mode initial-load -load-target ${target}` },
    );
  }
}
