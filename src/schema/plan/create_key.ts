/** Steps that make constraints and indexes, unless the target has them or the table is being loaded. */
import type { ObjectOf } from "../object.ts";
import { addConstraint, createIndex } from "../render_table.ts";
import { partKey, type PlanContext, type Relation } from "./context.ts";

export function addMissingConstraint(
  context: PlanContext,
  constraint: ObjectOf<"constraint">,
): void {
  const table = context.tableOf(constraint);
  if (table === undefined) return;
  if (!constraint.isEnforced && context.version < 180000) {
    return context.leave(constraint, notEnforced);
  }
  const isAttaching = context.attaching.has(table.id);
  if (constraint.type !== "check" && isWithoutKeys(context, table)) {
    return context.leave(constraint, noKeys);
  }
  // The load's end builds it: the rows of before need not pass.
  if (context.bareTables.has(table.id) && (constraint.type !== "check" || !isAttaching)) return;
  // The parent's statement makes it, unless the partition has to have it before it is attached, or says it again.
  const isCarried = constraint.type === "check" && constraint.isInherited &&
    !constraint.isLocal && !isAttaching;
  if (isCarried || isThere(context, table, constraint)) return;
  context.add(constraint, "add constraint", [addConstraint(constraint, table)], {
    dependsOn: [...constraint.dependsOn, ...context.after.partsOf(constraint.id)],
  });
}

export function createMissingIndex(context: PlanContext, index: ObjectOf<"index">): void {
  const table = context.relationOf(index);
  if (table === undefined || context.bareTables.has(table.id)) return;
  if (isWithoutKeys(context, table)) return context.leave(index, noKeys);
  if (isThere(context, table, index)) return;
  context.add(index, "create index", [createIndex(index, table, context.version)], {
    dependsOn: [...index.dependsOn, ...context.after.partsOf(index.id)],
    ...(isBuiltBeside(context, index, table) ? { postponed: "build" } : {}),
  });
}

/**
 * Whether an index is built beside the batches. Not where the batch needs it: as the key of its rows, in a group
 * that is done as a whole, or where PostgreSQL makes it when the table becomes a partition. Partitioned tables
 * never are: theirs takes up those of the partitions, which may be built beside.
 */
function isBuiltBeside(
  context: PlanContext,
  index: ObjectOf<"index">,
  table: Relation,
): boolean {
  if (!context.largeTables.has(table.id) || context.rebuilt.has(index.id)) return false;
  const isCarried = index.parent !== null && context.before.byId.has(index.parent);
  if (isCarried || context.attaching.has(table.id)) return false;
  const hasPrimary = context.after.ofTable(table.id, "constraint").some((constraint) =>
    constraint.type === "primary" && constraint.key !== null
  );
  return index.key === null || hasPrimary;
}

export const notEnforced = "constraints can be NOT ENFORCED from PostgreSQL 18 on";
const noKeys = "partitioned tables have keys and indexes from PostgreSQL 11 on";

/** Before 11 partitioned tables have no keys and indexes. */
export function isWithoutKeys(context: PlanContext, table: Relation): boolean {
  return table.kind === "table" && table.partitionKey !== null && context.version < 110000;
}

function isThere(
  context: PlanContext,
  table: Relation,
  object: ObjectOf<"constraint"> | ObjectOf<"index">,
): boolean {
  if (context.rebuilt.has(object.id) || context.rebuilt.has(table.id)) return false;
  const found = context.findPart(table, object);
  return found !== undefined && !context.freed.has(partKey(context.nameNow(table), found.name));
}
