/**
 * Objects that have to be dropped and made again: those that no ALTER or REPLACE brings from one form to
 * the other, and what depends on them or stands in the way of a dropped object or a changed column. All of
 * them are known to the snapshot, so nothing is lost; drops and creations that belong together are one step.
 */
import { quoteIdentifier, quoteName } from "../../model/mod.ts";
import type { ObjectOf, SchemaObject } from "../object.ts";
import { dropObject } from "../render.ts";
import { partKey, type PlanContext } from "./context.ts";
import { needsNewDefinition } from "./definition.ts";
import { schemaNow } from "./rename.ts";
import { isRetyped, linkInherited, planAside } from "./retype.ts";
import { rank, type Step } from "./step.ts";
import { needsNewView } from "./view.ts";

/** Origins and what has to go for them, as sets of ids of objects. */
export type Groups = ReadonlySet<string>[];

/** Marks what is rebuilt, plans its drops, and says what belongs together. After drops and renames. */
export function planRebuilds(context: PlanContext): Groups {
  const dependants = dependantsOf(context);
  const origins = findOrigins(context);
  const links: [string, string][] = [];
  const open = [...origins];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const dependant of dependants.get(id) ?? []) {
      if (isRetyped(context, id, dependant)) {
        links.push([id, dependant.id], ...planAside(context, id));
      }
      if (!standsInTheWay(context, id, dependant)) continue;
      links.push([id, dependant.id]);
      if (!context.after.byId.has(dependant.id)) continue;
      if (context.rebuilt.has(dependant.id)) continue;
      context.rebuilt.add(dependant.id);
      open.push(dependant.id);
    }
  }
  linkInherited(context, origins, links);
  const linked = new Set(links.flat());
  for (const step of context.steps) {
    if (isDrop(step) && linked.has(step.object)) useNamesOfNow(context, step);
  }
  for (const id of context.rebuilt) planDrop(context, id, links);
  for (const step of context.steps) {
    const blocked = links.filter(([origin]) => origin === step.object && step.rank === rank.drop);
    step.dependsOn = [...step.dependsOn, ...blocked.map(([, id]) => wayStep(context, id))];
  }
  return toGroups([...context.rebuilt], links);
}

/** After everything is planned: drops before what they make way for, creations after it. */
export function orderRebuilds(context: PlanContext, groups: Groups): void {
  for (const step of context.steps) {
    if (isDrop(step)) continue;
    const isCreation = context.rebuilt.has(step.object) && !isRename(step);
    const group = groups.find((ids) => ids.has(step.object));
    if (group === undefined) continue;
    if (isCreation) {
      step.dependsOn = [
        ...step.dependsOn,
        `${step.object}#drop`,
        ...[...group].filter((id) => !context.rebuilt.has(id)).flatMap(originSteps),
      ];
    } else if (step.id === typeStep(step.object)) {
      const inTheWay = [...group].filter((id) => context.rebuilt.has(id) || standsIn(context, id));
      step.dependsOn = [...step.dependsOn, ...inTheWay.map((id) => wayStep(context, id))];
    }
  }
}

/** Whether the step is done or undone with the others of its group. */
export function belongsToGroup(context: PlanContext, step: Step): boolean {
  if (context.rebuilt.has(step.object)) return !isRename(step);
  return !context.after.byId.has(step.object) || step.id === typeStep(step.object);
}

/** The step that changes a column's type, or a composite type's attributes. */
function typeStep(id: string): string {
  return id.startsWith("column:") ? `${id}#alter-type` : id;
}

/** The step that takes an object out of the way of a drop. */
function wayStep(context: PlanContext, id: string): string {
  if (context.rebuilt.has(id)) return `${id}#drop`;
  return context.after.byId.has(id) ? typeStep(id) : id;
}

function originSteps(id: string): string[] {
  return [id, typeStep(id)];
}

/** Ids of what goes. What is held is in nobody's way. */
function droppedBy({ steps, held }: PlanContext): string[] {
  return steps.filter(isDrop).map((step) => step.object).filter((id) => !held.has(id));
}

function isDrop(step: Step): boolean {
  return step.rank === rank.drop;
}

function isRename(step: Step): boolean {
  return step.id.endsWith("#rename") || step.id.endsWith("#aside");
}

/** Objects that are kept or dropped by what they needed before. */
function dependantsOf(context: PlanContext): Map<string, SchemaObject[]> {
  const dependants = new Map<string, SchemaObject[]>();
  const dropped = new Set(droppedBy(context));
  for (const object of context.before.byId.values()) {
    const isKept = context.after.byId.get(object.id)?.kind === object.kind;
    if (!isKept && !dropped.has(object.id)) continue;
    for (const needed of new Set(object.dependsOn)) {
      const list = dependants.get(needed);
      if (list) list.push(object);
      else dependants.set(needed, [object]);
    }
  }
  return dependants;
}

/** What is dropped, what changes its type, and what has to be made anew: the last are rebuilt themselves. */
function findOrigins(context: PlanContext): string[] {
  const origins = new Set(droppedBy(context));
  for (const after of context.after.byId.values()) {
    const before = context.before.byId.get(after.id);
    if (before === undefined) continue;
    if (needsToBeNew(before, after)) {
      context.rebuilt.add(after.id);
      origins.add(after.id);
    } else if (
      before.kind === "column" && after.kind === "column" &&
      before.typeIdentity !== after.typeIdentity
    ) origins.add(after.id);
  }
  return [...origins];
}

function needsToBeNew(before: SchemaObject, after: SchemaObject): boolean {
  if (before.kind === "view" && after.kind === "view") return needsNewView(before, after);
  if (before.kind === "definition" && after.kind === "definition") {
    return needsNewDefinition(before, after);
  }
  if (before.kind === "function" && after.kind === "function") {
    return before.identity !== "" &&
      (before.identity !== after.identity || before.defaultCount > after.defaultCount);
  }
  return false;
}

/** Most drops come before all renames; one that belongs to a group comes after them. */
function useNamesOfNow(context: PlanContext, step: Step): void {
  const object = context.before.byId.get(step.object);
  if (object === undefined) return;
  const owner = "table" in object ? context.before.get("table", object.table) : object;
  if (owner === undefined || !("schema" in owner)) return;
  const kept = context.after.byId.get(owner.id);
  const schema = context.before.all("schema").find(({ name }) => name === owner.schema);
  const [from, to] = kept !== undefined && "schema" in kept
    ? [quoteName(owner), quoteName(kept)]
    : [
      `${quoteIdentifier(owner.schema)}.`,
      `${quoteIdentifier(schemaNow(context, owner.schema))}.`,
    ];
  step.statements = step.statements.map((text) => text.replace(from, () => to));
  step.dependsOn = [...step.dependsOn, `${owner.id}#rename`, ...schema ? [schema.id] : []];
}

/** A dropped view or function. */
function standsIn(context: PlanContext, id: string): boolean {
  const object = context.before.byId.get(id);
  return !context.after.byId.has(id) && (object?.kind === "view" || object?.kind === "function");
}

/** A changed type carries keys, indexes and defaults along; a drop does not. */
function standsInTheWay(context: PlanContext, origin: string, dependant: SchemaObject): boolean {
  const isKept = context.after.byId.get(origin)?.kind === "column";
  // What is dropped itself is ordered among the drops, and only a changed column has to wait for it.
  if (!context.after.byId.has(dependant.id)) return isKept && standsIn(context, dependant.id);
  switch (dependant.kind) {
    case "view":
    case "function":
    case "definition":
      return true;
    case "default":
    case "index":
      return !isKept;
    case "constraint":
      return !isKept && dependant.type !== "primary";
    default:
      return false;
  }
}

/** Under the names of now: renames come first. */
function planDrop(context: PlanContext, id: string, links: readonly [string, string][]): void {
  const object = context.after.byId.get(id);
  const statement = object && dropStatement(context, object);
  if (object === undefined || statement === undefined) return;
  const dependants = links.filter(([origin]) => origin === id).map(([, other]) => `${other}#drop`);
  context.add(object, "drop", [statement], {
    id: `${id}#drop`,
    rank: rank.drop,
    dependsOn: [`${id}#rename`, ...dependants],
  });
}

function dropStatement(context: PlanContext, object: SchemaObject): string | undefined {
  switch (object.kind) {
    case "view":
    case "function":
    case "definition":
      return dropObject(object);
    case "index":
      // A partition's goes with that of the whole.
      return object.parent === null ? dropObject(object) : undefined;
    case "default":
    case "constraint":
      return dropPart(context, object);
    default:
      return undefined;
  }
}

function dropPart(
  context: PlanContext,
  part: ObjectOf<"default" | "constraint">,
): string | undefined {
  const table = context.after.get("table", part.table);
  if (table === undefined) return undefined;
  if (part.kind === "constraint") {
    if (part.isInherited) return undefined;
    context.freed.add(partKey(context.nameNow(table), part.name));
    return `alter table ${quoteName(table)} drop constraint if exists ${
      quoteIdentifier(part.name)
    }`;
  }
  const column = context.after.get("column", part.column);
  return column &&
    `alter table only ${quoteName(table)} alter column ${
      quoteIdentifier(column.name)
    } drop default`;
}

function toGroups(rebuilt: readonly string[], links: readonly [string, string][]): Groups {
  const groups = new Map<string, Set<string>>();
  const groupOf = (id: string) => {
    const group = groups.get(id) ?? new Set([id]);
    groups.set(id, group);
    return group;
  };
  rebuilt.forEach(groupOf);
  for (const [one, other] of links) {
    const [kept, merged] = [groupOf(one), groupOf(other)];
    if (kept === merged) continue;
    for (const id of merged) {
      kept.add(id);
      groups.set(id, kept);
    }
  }
  return [...new Set(groups.values())];
}
