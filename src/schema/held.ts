/** What is said and stored of drops: those that are held, and those that were done with rows or values. */
import type { StoredSchema } from "./applied.ts";
import type { Refusals } from "./execute.ts";
import type { Plan, Step } from "./plan/mod.ts";
import { heldMark } from "./policy.ts";
import type { SnapshotIndex } from "./snapshot.ts";

/** Held objects stay applied, under the names that they have now, and wait for their drop. */
export function keepHeld(
  stored: StoredSchema,
  plan: Plan,
  { refusals, before }: { refusals: Refusals; before: SnapshotIndex },
): void {
  const errors = new Map(
    describeHeld(plan, before).map((
      { id, object, error },
    ) => [id, `${heldMark}: ${object} ${error}`]),
  );
  for (const [id, { object }] of plan.held) {
    if (refusals.has(id)) continue;
    stored.set(id, { applied: object, wanted: null, error: errors.get(id) ?? heldMark });
  }
}

export function describeHeld(
  plan: Plan,
  before: SnapshotIndex,
): { id: string; object: string; statement: string; error: string }[] {
  return [...plan.held].flatMap(([id, { reason }]) => {
    const object = before.byId.get(id);
    if (object === undefined) return [];
    const name = `${object.kind} ${before.nameOf(object)}`;
    return [{ id, object: name, statement: "drop", error: reason }];
  });
}

/** What cannot be undone, or takes long under a lock, of the steps that were done. */
export function hazardsOf(
  steps: readonly Step[],
  refusals: Refusals,
  before: SnapshotIndex,
): string[] {
  return steps.flatMap((step) => {
    const object = before.byId.get(step.object);
    if (object === undefined || refusals.has(step.id)) return [];
    const name = before.nameOf(object);
    if (step.action === "drop" && object.kind === "table") {
      return [`${name} is dropped with its rows`];
    }
    if (step.action === "drop" && object.kind === "column" && object.generated === null) {
      return [`${name} is dropped with its values`];
    }
    if (step.action === "alter type" && object.kind === "column") {
      return [`the type of ${name} changes, which may rewrite its table`];
    }
    return [];
  });
}
