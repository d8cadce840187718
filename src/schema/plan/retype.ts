/** Types and collations that are replaced by others while columns use them, and columns that carry such a change. */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { SchemaObject } from "../object.ts";
import { objectWord } from "../render.ts";
import { canonicalJson } from "../snapshot.ts";
import type { PlanContext } from "./context.ts";
import { asideName } from "./names.ts";
import { rank } from "./step.ts";

/** A column or composite type that gets another type or collation before the old one can go. */
export function isRetyped(context: PlanContext, origin: string, dependant: SchemaObject): boolean {
  if (!/^(type|collation):/.test(origin) || context.after.byId.has(origin)) return false;
  const after = context.after.byId.get(dependant.id);
  if (dependant.kind === "column" && after?.kind === "column") {
    return after.typeIdentity !== dependant.typeIdentity;
  }
  return dependant.kind === "composite" && after?.kind === "composite" &&
    canonicalJson(after.attributes) !== canonicalJson(dependant.attributes);
}

/**
 * The old type leaves its name, which the new one may have, and goes when nothing uses it any more. So does
 * a type that it consists of, after it.
 * @returns what has to go before what.
 */
export function planAside(context: PlanContext, id: string): [string, string][] {
  const asideId = `${id}#aside`;
  const type = context.before.byId.get(id);
  const drop = context.steps.find((step) => step.id === id);
  const isPlanned = context.steps.some((step) => step.id === asideId);
  if (isPlanned || drop === undefined || type === undefined || !("schema" in type)) return [];
  const word = objectWord(type);
  const aside = asideName(type);
  const isAside = "name" in type && type.name === aside;
  context.add(
    type,
    "set aside",
    isAside ? [] : [
      `alter ${word} ${quoteName(type)} rename to ${quoteIdentifier(aside)}`,
    ],
    { id: asideId, rank: rank.aside, dependsOn: [] },
  );
  drop.statements = [`drop ${word} ${quoteName({ schema: type.schema, name: aside })}`];
  drop.dependsOn = [...drop.dependsOn, asideId];
  const consistsOf = type.dependsOn.filter((needed) =>
    needed.startsWith("type:") && !context.after.byId.has(needed)
  );
  return consistsOf.flatMap((needed): [string, string][] => [
    [needed, id],
    ...planAside(context, needed),
  ]);
}

/** The column of a parent carries the change of those of its partitions and children. */
export function linkInherited(
  context: PlanContext,
  origins: readonly string[],
  links: [string, string][],
): void {
  const inherited = origins.flatMap((id) => context.after.get("column", id) ?? [])
    .filter((column) => column.isInherited);
  for (const column of inherited) {
    const table = context.after.get("table", column.table);
    const parents = table === undefined
      ? []
      : table.partition === null
      ? table.inherits
      : [table.partition.parent];
    for (const parent of parents) {
      const carrier = context.after.columnsOf(parent).find(({ name }) => name === column.name);
      if (carrier !== undefined) links.push([carrier.id, column.id]);
    }
  }
}
