/** Steps for statistics objects. */
import { quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import { afterRename, type PlanContext, withSchema } from "./context.ts";
import { rank } from "./step.ts";

type Statistics = ObjectOf<"statistics">;

export function createStatistics(context: PlanContext, object: Statistics): void {
  const table = context.tableOf(object);
  if (table === undefined) return;
  const name = quoteName(object);
  const isThere = context.catalog.statistics.has(name) && !context.freed.has(name);
  if (isThere) return setTarget(context, undefined, object);
  const { version } = context;
  const kinds = object.kinds.filter((kind) => kind !== "mcv" || version >= 120000);
  if (version < 100000) {
    return context.leave(object, "statistics are objects from PostgreSQL 10 on");
  }
  if (object.hasExpressions && version < 140000) {
    return context.leave(object, "expressions have statistics from PostgreSQL 14 on");
  }
  if (kinds.length < object.kinds.length) {
    context.leave(object, "statistics have most common values from PostgreSQL 12 on");
    if (kinds.length === 0) return;
  }
  const list = object.isSingleExpression ? "" : ` (${kinds.join(", ")})`;
  context.add(object, "create statistics", [
    `create statistics ${name}${list} on ${object.columns} from ${quoteName(table)}`,
  ], { dependsOn: withSchema(context, object) });
  setTarget(context, undefined, object);
}

/** @param before undefined where it is new. */
export function setTarget(
  context: PlanContext,
  before: Statistics | undefined,
  after: Statistics,
): void {
  if ((before?.target ?? null) === after.target) return;
  if (context.version < 130000) {
    return context.leave(after, "statistics objects have a target from PostgreSQL 13 on");
  }
  context.add(after, "set statistics", [
    `alter statistics ${quoteName(after)} set statistics ${after.target ?? -1}`,
  ], { id: `${after.id}#target`, dependsOn: [...afterRename(after), after.id] });
}

/** It goes with its table, and by itself with the last of its columns. */
export function dropStatistics(context: PlanContext, object: Statistics): void {
  if (context.after.get("table", object.table) === undefined || context.version < 100000) return;
  context.freed.add(quoteName(object));
  context.add(object, "drop", [`drop statistics if exists ${quoteName(object)}`], {
    rank: rank.drop,
    dependsOn: [],
  });
}
