/**
 * Tables whose rows on the target are not the source's after a change of the schema: somebody had dropped them there,
 * and a batch made them again, or a partition left one that is not partitioned alike. A load has to
 * bring them. The target remembers them until that load begins, for an answer may be lost, and the source may
 * end before it has acted on one.
 */
import { displayName, type QualifiedName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { listTables, requestLoad } from "../state/mod.ts";
import type { CaptureKeeper } from "./capture_keeper.ts";
import type { Log } from "./log.ts";
import type { TargetLink } from "./target_link.ts";

/** @param told.isNews they were made again just now: a load that is under way has lost its rows too. */
export async function reloadLost(
  control: Connection,
  { link, keeper, log }: { link: TargetLink; keeper: CaptureKeeper; log: Log },
  told: { lost: readonly QualifiedName[]; isNews: boolean },
): Promise<void> {
  if (told.lost.length === 0) return;
  const queued = told.isNews
    ? []
    : (await listTables(control, link.name)).filter(({ state }) => state === "queued");
  const roots = told.lost.flatMap((table) => link.findRoot(keeper.captured, table) ?? [])
    .filter((root) => !queued.some(({ relation }) => relation === root));
  if (roots.length === 0) return;
  log.error("Tables lack rows on the target, or hold some that left them: they are loaded again", {
    tables: told.lost.map(displayName).join(", "),
  });
  await requestLoad(control, link.name, roots, { existing: null });
}
