/** What a plan does to tables of which an index is being built beside the batches. */
import type { Connection } from "../postgres/mod.ts";
import type { StoredSchema } from "./applied.ts";
import { buildName, dropHalfBuilt, isOfPlace, listHalfBuilt } from "./half_built.ts";
import type { SchemaObject } from "./object.ts";
import { partsOf, type Step } from "./plan/mod.ts";
import { buildingMark } from "./policy.ts";
import type { SnapshotIndex } from "./snapshot.ts";
import type { TargetCatalog } from "./target_catalog.ts";

export interface Snapshots {
  before: SnapshotIndex;
  after: SnapshotIndex;
}

/**
 * Puts off the steps of these tables. One that failed to be built does not count: it may fail for what those steps
 * would mend.
 */
export function spareTables(
  steps: readonly Step[],
  { stored, ...snapshots }: Snapshots & { stored: StoredSchema },
): void {
  const tables = new Set(
    [...stored.values()].flatMap(({ wanted, error, awaitsBuild }) =>
      awaitsBuild && wanted?.kind === "index" && error?.startsWith(buildingMark)
        ? [wanted.table]
        : []
    ),
  );
  if (tables.size === 0) return;
  for (const step of steps) {
    if (tablesOf(step, snapshots).some((id) => tables.has(id))) step.postponed ??= "table";
  }
}

/**
 * Drops what is half built and not wanted any more, and what is of a table that changes: its columns' new types, or a
 * rewrite, would build it in the batch, and rows that it does not allow would have the change refused. What is
 * still wanted is built again.
 */
export async function clearHalfBuilt(
  connection: Connection,
  place: { source: string; target: string },
  { steps, catalog, ...snapshots }: Snapshots & { steps: readonly Step[]; catalog: TargetCatalog },
): Promise<void> {
  const found = await listHalfBuilt(connection);
  if (found.length === 0) return;
  const oidOf = (id: string) => {
    const table = snapshots.before.get("table", id) ?? snapshots.after.get("table", id);
    return table && catalog.table(table)?.row.oid;
  };
  const changing = new Set(
    runnable(steps)
      .flatMap((step) => tablesOf(step, snapshots)).map(oidOf),
  );
  const wanted = new Set(
    steps.filter(({ postponed }) => postponed === "build").map((step) => {
      const index = snapshots.after.get("index", step.object);
      const table = index && oidOf(index.table);
      return index && table && buildName(place, table, index);
    }),
  );
  const stale = found.filter((index) =>
    changing.has(index.table) || (isOfPlace(index, place) && !wanted.has(index.name))
  );
  await dropHalfBuilt(connection, stale);
}

/** Steps that do not wait for what is postponed. They come in the order of their dependencies. */
export function runnable(steps: readonly Step[]): Step[] {
  const waiting = new Set<string>();
  return steps.filter((step) => {
    const isWaiting = step.postponed !== undefined || step.dependsOn.some((id) => waiting.has(id));
    if (isWaiting) { for (const { id } of partsOf(step)) waiting.add(id); }
    return !isWaiting;
  });
}

/** Ids of tables that a step is about. @param counts whether a step about this of a table is one about the table. */
export function tablesOf(
  step: Step,
  { before, after }: Snapshots,
  counts: (object: SchemaObject) => boolean = () => true,
): string[] {
  return partsOf(step).flatMap(({ object: id }) => {
    const object = after.byId.get(id) ?? before.byId.get(id);
    if (object === undefined || !counts(object)) return [];
    if ("table" in object) return [object.table];
    return object.kind === "table" ? [object.id] : [];
  });
}
