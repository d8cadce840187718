/** Columns and checks that children inherit, when the parent's goes: with it, or not. */
import type { ObjectOf, SchemaObject } from "../object.ts";
import type { PlanContext } from "./context.ts";

type Part = ObjectOf<"column" | "constraint">;

/** Whether the source dropped a part of this table ONLY: what a child inherited of it stays there. */
export function isKeptByChildren(context: PlanContext, part: Part): boolean {
  return context.before.all("table").some((child) =>
    child.inherits.includes(part.table) && !context.reparented.has(child.id) &&
    context.before.ofTable(child.id, part.kind).some((other) =>
      other.name === part.name && other.isInherited && !other.isLocal &&
      context.after.byId.has(other.id)
    )
  );
}

/** The parts of this table's parents that go at the same time, under the same name. */
export function goneOfParents(
  context: PlanContext,
  part: Part,
  gone: readonly SchemaObject[],
): Part[] {
  const table = context.before.get("table", part.table);
  if (table === undefined || !part.isInherited || context.reparented.has(table.id)) return [];
  const parents = [...table.inherits, ...table.partition === null ? [] : [table.partition.parent]];
  return gone.filter((other): other is Part =>
    other.kind === part.kind && other.name === part.name && parents.includes(other.table)
  );
}
