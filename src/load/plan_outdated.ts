/** Whether a plan still holds; a load whose plan does not begins again. */
import { z } from "zod";
import type { CapturedRelation } from "../capture/mod.ts";
import { displayName, type Position, TeleportError } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import type { LeafMark } from "./chunk_store.ts";
import type { Leaf } from "./leaf.ts";

export class PlanOutdated extends TeleportError {
  override readonly name = "PlanOutdated";
  /** Whether the events since the load began cannot be read by key any more. */
  readonly hasUnreadableEvents: boolean;
  /** Whether a file is another one than the chunks are places of: VACUUM FULL, CLUSTER, TRUNCATE. */
  readonly isRewritten: boolean;

  constructor(why: string, { hasUnreadableEvents = false, isRewritten = false } = {}) {
    super("restart_window", `The load starts again: ${why}`);
    this.hasUnreadableEvents = hasUnreadableEvents;
    this.isRewritten = isRewritten;
  }
}

/** @param leaf as it is now. @throws PlanOutdated where it is not what was planned on. */
export function assertHolds(planned: LeafMark, leaf: Leaf): void {
  const name = `${leaf.schema}.${leaf.name}`;
  if (planned.mark === leaf.marks.file || planned.mark === leaf.marks.columns) return;
  if (planned.mark.startsWith("file ")) {
    throw new PlanOutdated(`${name} was rewritten or truncated`, { isRewritten: true });
  }
  throw new PlanOutdated(`the columns of ${name} changed`);
}

/**
 * To be called in the snapshot that ends the load.
 * @throws PlanOutdated also where a leaf came or went: rows of one that was attached have no events.
 */
export function assertAllHold(planned: readonly LeafMark[], leaves: readonly Leaf[]): void {
  const left = new Map(leaves.map((leaf) => [leaf.leaf, leaf]));
  for (const mark of planned) {
    const leaf = left.get(mark.leaf);
    if (leaf === undefined) throw new PlanOutdated("one of its partitions has gone");
    assertHolds(mark, leaf);
    left.delete(mark.leaf);
  }
  for (const { schema, name } of left.values()) {
    throw new PlanOutdated(`the partition ${schema}.${name} has come`);
  }
}

/**
 * Chunks that were read before a TRUNCATE may lie where the target does not truncate, beside its table: ranges
 * of the key do not outlast one either. One of before the plan is none of these.
 * @throws PlanOutdated
 */
export async function assertNotTruncated(
  connection: Connection,
  { table, after }: { table: CapturedRelation; after: Position },
): Promise<void> {
  const { isTruncated } = await connection.row(
    z.object({ isTruncated: z.boolean() }),
    `select exists (
       select 1 from teleport.event e
       where e.kind = 'truncate' and e.relation = any ($1::oid[])
         and e.txid >= pg_catalog.txid_snapshot_xmin($2::txid_snapshot)
         and not pg_catalog.txid_visible_in_snapshot(e.txid, $2::txid_snapshot)
     ) as "isTruncated"`,
    [table.memberOids, after],
  );
  if (!isTruncated) return;
  throw new PlanOutdated(`${displayName(table)} was truncated`, { isRewritten: true });
}
