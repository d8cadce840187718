/**
 * Partitions and children that leave a parent do so before anything else: what is dropped of a parent, or
 * with it, would go from them too. They come to another one last, when they have all that it asks for.
 */
import { quoteLiteral, quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import { attachPartition } from "../render_table.ts";
import { canonicalJson } from "../snapshot.ts";
import type { PlanContext } from "./context.ts";
import makeRoomSql from "./make_room.sql" with { type: "text" };
import { rank } from "./step.ts";

type Table = ObjectOf<"table">;

/** Of tables that both snapshots have. To be called first. */
export function planParents(context: PlanContext): void {
  for (const after of context.after.all("table")) {
    const before = context.before.get("table", after.id);
    if (before === undefined) continue;
    const isMoved = canonicalJson(before.partition) !== canonicalJson(after.partition);
    const kept = before.inherits.filter((id) =>
      after.inherits.includes(id) && !hasComeBack(context, before, id)
    );
    const hasKept = kept.length > 0 || (before.partition !== null && !isMoved);
    if (hasParent(before) && !hasKept) context.reparented.add(after.id);
    if (isMoved && before.partition !== null) {
      leave(context, before, [before.partition.parent], "detach partition");
    }
    leave(context, before, before.inherits.filter((id) => !kept.includes(id)), "no inherit");
    if (isMoved) planAttachment(context, after);
    planInheritance(context, after, after.inherits.filter((id) => !kept.includes(id)));
  }
}

/**
 * Whether a child left a parent and joined it again since: what it has of that parent is its own too from
 * then on, and stays when the parent's goes.
 */
function hasComeBack(context: PlanContext, table: Table, parent: string): boolean {
  const inherited = context.before.ofTable(parent, "column");
  return context.before.ofTable(table.id, "column").some((column) => {
    const now = context.after.get("column", column.id);
    return now !== undefined && now.isInherited && now.isLocal &&
      column.isInherited && !column.isLocal && inherited.some(({ name }) => name === column.name);
  });
}

/** By the names of before. */
function leave(
  context: PlanContext,
  table: Table,
  parents: readonly string[],
  action: "detach partition" | "no inherit",
): void {
  const name = quoteName(table);
  const statements = parents.flatMap((id) => context.before.get("table", id) ?? []).map((parent) =>
    action === "no inherit"
      ? `alter table ${name} no inherit ${quoteName(parent)}`
      : `alter table ${quoteName(parent)} detach partition ${name}`
  );
  context.add(table, action, statements, {
    id: `${table.id}#${action.replaceAll(" ", "-")}`,
    rank: rank.detach,
    dependsOn: [],
  });
}

/** ATTACH comes last: then the partition keeps the names of its own keys, indexes and checks. */
export function planAttachment(context: PlanContext, table: Table): void {
  const parent = table.partition && context.after.get("table", table.partition.parent);
  if (!parent) return;
  const attach = attachPartition(table, parent);
  const joining = { action: "attach partition", parents: [parent.id] };
  join(
    context,
    table,
    joining,
    [attach],
    mayMakeRoom(context, table, parent) ? [makeRoom(table, parent), attach] : undefined,
  );
}

/**
 * Rows may go only where their events are still to come: not from a table that the target had before, and not
 * once the statement was refused, since rows have come beside it.
 */
function mayMakeRoom(context: PlanContext, table: Table, parent: Table): boolean {
  const isOurs = context.before.byId.has(table.id) || context.targetTable(table) === undefined;
  return isOurs && context.before.byId.has(parent.id) && !context.refusedBefore.has(table.id) &&
    !/^default$/i.test(table.partition?.bound ?? "");
}

function makeRoom(table: Table, parent: Table): string {
  const words: Record<string, string> = {
    PARENT: quoteLiteral(quoteName(parent)),
    PART: quoteLiteral(quoteName(table)),
    BOUND: quoteLiteral(table.partition?.bound ?? ""),
  };
  return makeRoomSql.replaceAll(/'(PARENT|PART|BOUND)'/g, (_, word: string) => words[word] ?? "");
}

/** @param parents those that are new. */
export function planInheritance(
  context: PlanContext,
  table: Table,
  parents: readonly string[],
): void {
  const statements = parents.flatMap((id) => context.after.get("table", id) ?? [])
    .map((parent) => `alter table ${quoteName(table)} inherit ${quoteName(parent)}`);
  join(context, table, { action: "inherit", parents }, statements);
}

function join(
  context: PlanContext,
  table: Table,
  { action, parents }: { action: string; parents: readonly string[] },
  statements: readonly string[],
  fallback?: readonly string[],
): void {
  if (statements.length === 0) return;
  context.attaching.add(table.id);
  context.add(table, action, statements, {
    id: `${table.id}#${action.replaceAll(" ", "-")}`,
    rank: rank.attach,
    ...fallback === undefined ? {} : { fallback },
    dependsOn: [
      ...[table.id, `${table.id}#rename`],
      ...parents.flatMap((id) => [id, `${id}#rename`]),
      ...context.after.ofTable(table.id, "constraint").map((constraint) => constraint.id),
      ...context.after.ofTable(table.id, "index").map((index) => index.id),
    ],
  });
}

function hasParent(table: Table): boolean {
  return table.partition !== null || table.inherits.length > 0;
}
