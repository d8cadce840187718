/** Reasons to give a batch up before it has begun, and to look again. */
import { TeleportError } from "../model/mod.ts";

/** The catalogs are not those that capture knows: sync, then look again. */
export function catalogsMoved(why: string): TeleportError {
  return new TeleportError("catalogs_moved", `The catalogs are looked at again: ${why}`);
}

/** More happened than the batch was prepared for: look again. */
export function restartWindow(why: string): TeleportError {
  return new TeleportError("restart_window", `The window is looked at again: ${why}`);
}
