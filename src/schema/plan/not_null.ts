/**
 * NOT NULL as a constraint of its own, with a name: PostgreSQL 18 and later. A column says for every version
 * whether it takes nulls; here is only what goes beyond that, for targets that can.
 */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { ObjectOf } from "../object.ts";
import { addConstraint, isInlineNotNull } from "../render_table.ts";
import { afterRename, partKey, type PlanContext } from "./context.ts";
import { rank } from "./step.ts";

type Constraint = ObjectOf<"constraint">;

export const firstWithNotNull = 180000;

/** Whether a constraint's steps make the column NOT NULL, so that the column's need not. */
export function hasNotNullConstraint(context: PlanContext, column: ObjectOf<"column">): boolean {
  return context.version >= firstWithNotNull && column.isNotNull &&
    context.after.ofTable(column.table, "constraint").some((constraint) =>
      constraint.column === column.id
    );
}

/** Adds one that the target lacks, and gives one that is there its name and its reach. */
export function planNotNull(context: PlanContext, constraint: Constraint): void {
  const table = context.tableOf(constraint);
  const column = constraint.column === null
    ? undefined
    : context.after.get("column", constraint.column);
  if (table === undefined || column === undefined) return;
  if (context.version < firstWithNotNull) {
    if (!constraint.isValidated) {
      context.leave(constraint, "NOT NULL can be NOT VALID from PostgreSQL 18 on");
    }
    return;
  }
  const name = context.targetColumn(table, column)?.name;
  const there = name === undefined ? undefined : context.targetTable(table)?.constraints
    .find((row) => row.type === "n" && row.columns[0] === name);
  const isGoing = there !== undefined && !there.is_validated &&
    context.freed.has(partKey(context.nameNow(table), there.name));
  if (there === undefined || isGoing) return addNotNull(context, constraint, { table, column });
  const statements: string[] = [];
  if (there.name !== constraint.name && !constraint.isInherited) {
    const names = [there.name, constraint.name].map((each) => quoteIdentifier(each));
    statements.push(`alter table ${quoteName(table)} rename constraint ${names.join(" to ")}`);
  }
  const { definition, is_validated: isValidated } = there;
  statements.push(...changeReach({ definition, isValidated }, constraint, table));
  context.add(constraint, "name not null", statements, {
    rank: rank.notNull,
    dependsOn: [...afterRename(constraint), `${column.id}#rename`, `${table.id}#rename`],
  });
}

function addNotNull(
  context: PlanContext,
  constraint: Constraint,
  { table, column }: { table: ObjectOf<"table">; column: ObjectOf<"column"> },
): void {
  const isNewColumn = context.targetColumn(table, column) === undefined;
  if (isNewColumn && isInlineNotNull(constraint, column, table)) return; // said where the column is
  const isAttaching = context.attaching.has(table.id);
  const isCarried = constraint.isInherited && !isAttaching;
  const isLater = !constraint.isValidated && context.bareTables.has(table.id);
  if (isCarried || isLater) return;
  context.add(constraint, "add not null", [addConstraint(constraint, table)], {
    rank: rank.notNull,
    dependsOn: [...afterRename(constraint), column.id, `${column.id}#rename`],
  });
}

export function alterNotNull(context: PlanContext, before: Constraint, after: Constraint): void {
  const table = context.tableOf(after);
  if (table === undefined || context.version < firstWithNotNull) return;
  const statements = changeReach(before, after, table);
  // Said again of the child it stays when the parent's goes, and is there again where that went first.
  if (after.isLocal && !before.isLocal) statements.push(addConstraint(after, table));
  context.add(after, "alter not null", statements, {
    rank: rank.notNull,
    dependsOn: [...afterRename(after), `${table.id}#rename`],
  });
}

function changeReach(
  before: Pick<Constraint, "definition" | "isValidated">,
  after: Constraint,
  table: ObjectOf<"table">,
): string[] {
  const name = quoteIdentifier(after.name);
  const isInheritable = (text: string) => !/ NO INHERIT\b/.test(text);
  const actions: string[] = [];
  if (isInheritable(before.definition) !== isInheritable(after.definition)) {
    const word = isInheritable(after.definition) ? "inherit" : "no inherit";
    actions.push(`alter constraint ${name} ${word}`);
  }
  if (!before.isValidated && after.isValidated) actions.push(`validate constraint ${name}`);
  return actions.map((action) => `alter table ${quoteName(table)} ${action}`);
}
