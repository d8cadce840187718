/**
 * The differ: snapshot × snapshot → ordered steps. Pure; the target's catalog only says what is there
 * already.
 */
import { canonicalJson } from "../snapshot.ts";
import type { SchemaObject } from "../object.ts";
import { planAlteration } from "./alter.ts";
import { findCircles } from "./circles.ts";
import { planComments } from "./comments.ts";
import { PlanContext, type PlanOptions, type Unsupported } from "./context.ts";
import { planCreation } from "./create.ts";
import { planDrops } from "./drop.ts";
import { planParents } from "./parents.ts";
import { belongsToGroup, type Groups, orderRebuilds, planRebuilds } from "./rebuild.ts";
import { planTypedTables } from "./typed_tables.ts";
import { planRenames } from "./rename.ts";
import { mergeGroups, orderSteps, type Step } from "./step.ts";

export { commentsOn } from "./comments.ts";
export { findCircles } from "./circles.ts";
export { rekeyParts } from "./identity.ts";
export { asideName } from "./names.ts";
export type { Unsupported } from "./context.ts";
export { partsOf, type Step } from "./step.ts";

export interface Plan {
  steps: Step[];
  unsupported: Unsupported[];
  /** What stays although the source dropped it, by id. */
  held: PlanContext["held"];
}

/** What has to be done on the target so that it goes from `before` to `after`. */
export function planChanges(options: PlanOptions): Plan {
  const context = new PlanContext(options);
  planParents(context);
  planTypedTables(context);
  planDrops(context);
  planRenames(context);
  const groups = planRebuilds(context);
  markCircles(context);
  const { before, after } = options;
  for (const object of after.byId.values()) {
    const known = before.byId.get(object.id);
    if (known === undefined || isAnother(known, object) || context.rebuilt.has(object.id)) {
      planCreation(context, object);
    } else if (canonicalJson(known) !== canonicalJson(object)) {
      planAlteration(context, object);
    }
  }
  planComments(context);
  orderRebuilds(context, groups);
  orderAfterChanges(context);
  orderAfterNamesakes(context);
  const steps = mergeGroups(context.steps, stepsOf(context, groups));
  return { steps: orderSteps(steps), unsupported: context.unsupported, held: context.held };
}

/** What was left out before is new now; what is left out now is only named. */
function isAnother(known: SchemaObject, object: SchemaObject): boolean {
  return known.kind !== object.kind;
}

/** Views that need each other, over functions too. */
function markCircles(context: PlanContext): void {
  const { after } = context;
  const views = [...after.all("view"), ...after.all("function")].map(({ id }) => id);
  const circles = findCircles(views, (id) => after.byId.get(id)?.dependsOn ?? []);
  for (const id of circles.filter((circle) => circle.length > 1).flat()) context.circles.add(id);
}

/** Texts are in the new names, and what reads a column comes after the change of its type. */
function orderAfterChanges({ steps }: PlanContext): void {
  const ids = new Set(steps.map((step) => step.id));
  for (const step of steps) {
    const changes = step.dependsOn.flatMap((id) => [`${id}#rename`, `${id}#alter-type`])
      .filter((id) => ids.has(id) && id !== step.id);
    if (changes.length > 0) step.dependsOn = [...step.dependsOn, ...changes];
  }
}

/** What takes the name of a dropped object waits for the drop, or REPLACE would take the old for the new. */
function orderAfterNamesakes(context: PlanContext): void {
  const dropped = new Map<string, string>();
  for (const step of context.steps) {
    const object = context.before.byId.get(step.object);
    if (object === undefined || context.after.byId.has(object.id)) continue;
    if (!("schema" in object)) continue;
    const key = namesakeKey(object);
    if (step.id.endsWith("#aside") || !dropped.has(key)) dropped.set(key, step.id);
  }
  if (dropped.size === 0) return;
  for (const step of context.steps) {
    const object = context.after.byId.get(step.object);
    if (object === undefined || !("schema" in object)) continue;
    const drop = dropped.get(namesakeKey(object));
    if (drop !== undefined) step.dependsOn = [...step.dependsOn, drop];
  }
}

function namesakeKey(object: SchemaObject & { schema: string; name: string }): string {
  const inputs = object.kind === "function"
    ? object.inputs
    : object.kind === "definition"
    ? [object.what, object.signature]
    : [];
  return JSON.stringify([object.schema, object.name, inputs]);
}

function stepsOf(context: PlanContext, groups: Groups): Step[][] {
  return groups.map((ids) =>
    context.steps.filter((step) => ids.has(step.object) && belongsToGroup(context, step))
  );
}
