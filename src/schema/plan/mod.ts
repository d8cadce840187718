/**
 * The differ: snapshot × snapshot → ordered steps. Pure; the target's catalog only says what is there
 * already.
 */
import { canonicalJson } from "../snapshot.ts";
import type { SchemaObject } from "../object.ts";
import { planAlteration } from "./alter.ts";
import { PlanContext, type PlanOptions, type Unsupported } from "./context.ts";
import { planCreation } from "./create.ts";
import { planDrops } from "./drop.ts";
import { planRenames } from "./rename.ts";
import { orderSteps, type Step } from "./step.ts";

export { rekeyParts } from "./identity.ts";
export type { Unsupported } from "./context.ts";
export type { Step } from "./step.ts";

export interface Plan {
  steps: Step[];
  unsupported: Unsupported[];
  /** What stays although the source dropped it, by id. */
  held: PlanContext["held"];
}

/** What has to be done on the target so that it goes from `before` to `after`. */
export function planChanges(options: PlanOptions): Plan {
  const context = new PlanContext(options);
  planDrops(context);
  planRenames(context);
  const { before, after } = options;
  for (const object of after.byId.values()) {
    const known = before.byId.get(object.id);
    if (known === undefined || isAnother(known, object)) planCreation(context, object);
    else if (canonicalJson(known) !== canonicalJson(object)) {
      planAlteration(context, object);
    }
  }
  return { steps: orderSteps(context.steps), unsupported: context.unsupported, held: context.held };
}

/** What was left out before is new now; what is left out now is only named. */
function isAnother(known: SchemaObject, object: SchemaObject): boolean {
  return known.kind !== object.kind;
}
