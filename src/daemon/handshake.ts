/**
 * The handshake of a source with a target: what the target holds, what this source has confirmed, and
 * from where the two go on.
 */
import { originPosition, type StoredPosition, TeleportError } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { confirmPosition, isResumable, readTarget, registerTarget } from "../state/mod.ts";
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
  if (stored.position === null) {
    log.error("The target has lost its position: replication starts anew", {
      hint: `Run: teleport -mode initial-load -load-target ${link.name}`,
    });
    await registerTarget(control, link.name);
  } else if (stored.position !== record.position) {
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
  if (position === null || !await isResumable(control, target, position)) {
    throw new TeleportError(
      "position_lost",
      `Target ${target} holds a position whose events are gone: it was restored from a backup`,
      { hint: `Run: teleport -mode initial-load -load-target ${target}` },
    );
  }
  await confirmPosition(control, { target, position, isExact, peerEpoch: epoch });
}
