/** One request, or a part of one, is one transaction, whose failure is told to the source as a Refusal. */
import { TeleportError } from "../model/mod.ts";
import { type Progress, toRefusal } from "./refusal.ts";
import type { ApplySession } from "./session.ts";

export async function inTransaction<Result>(
  session: ApplySession,
  progress: Progress,
  work: () => Promise<Result>,
  settings: readonly string[] = [],
): Promise<Result> {
  const { connection } = session;
  try {
    return await connection.transaction("read committed", work, settings);
  } catch (error) {
    if (!connection.isUsable || error instanceof TeleportError === false) throw error;
    throw await toRefusal(error, progress, connection);
  }
}
