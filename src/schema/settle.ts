/** What came of a plan, to be stored and to be told: an object of which any step was refused stays as it was. */
import type { StoredObject, StoredSchema } from "./applied.ts";
import type { Refusals, StepRefusal } from "./execute.ts";
import type { SchemaObject } from "./object.ts";
import { asideName, type Step } from "./plan/mod.ts";
import { buildingMark, notBuiltMark } from "./policy.ts";
import { withoutContents } from "./refresh.ts";
import { canonicalJson, type SnapshotIndex } from "./snapshot.ts";

export interface Outcome {
  before: SnapshotIndex;
  after: SnapshotIndex;
  steps: readonly Step[];
  refusals: Refusals;
}

interface Hindrance {
  error: string;
  awaitsBuild?: true;
}

/** What is applied now. @param known what was stored before. */
export function settle(outcome: Outcome, known: StoredSchema): StoredSchema {
  const { before, after } = outcome;
  const hindrances = findHindrances(outcome, known);
  const stored: StoredSchema = new Map();
  for (const object of after.byId.values()) {
    const hindrance = hindrances.get(object.id);
    if (hindrance === undefined) {
      stored.set(object.id, { ...asApplied(object, outcome), error: null });
    } else {
      const applied = beforeRefusal(object, outcome);
      stored.set(object.id, { applied, wanted: object, ...hindrance });
    }
  }
  for (const object of before.byId.values()) {
    const hindrance = hindrances.get(object.id);
    if (after.byId.has(object.id) || hindrance === undefined) continue;
    stored.set(object.id, { applied: object, wanted: null, error: hindrance.error });
  }
  return stored;
}

/** By object id. What only waits for the building of an index is no refusal. */
function findHindrances(outcome: Outcome, known: StoredSchema): Map<string, Hindrance> {
  const { before, after, steps, refusals } = outcome;
  const hindrances = new Map<string, Hindrance>();
  for (const step of steps) {
    const refusal = refusals.get(step.id);
    if (refusal === undefined) continue;
    const { object, error } = describeRefusal(step, refusal, [after, before]);
    if (!refusal.isPostponed) {
      hindrances.set(step.object, { error: `${step.action} ${object}: ${error}` });
    } else if (!hindrances.has(step.object)) {
      const awaitsBuild = step.postponed === "build";
      const text = `${buildingMark}: ${object}${awaitsBuild ? "" : ` ${error}`}`;
      hindrances.set(step.object, {
        error: errorOfBefore(step, known.get(step.object), after) ?? text,
        ...(awaitsBuild ? { awaitsBuild } : {}),
      });
    }
  }
  return hindrances;
}

/** Why the building failed the last time, or what was refused before it was put off. */
function errorOfBefore(
  { object: id, postponed }: Step,
  known: StoredObject | undefined,
  after: SnapshotIndex,
): string | undefined {
  const error = known?.error ?? undefined;
  if (error === undefined || known?.wanted === undefined || postponed === undefined) {
    return undefined;
  }
  if (canonicalJson(known.wanted) !== canonicalJson(after.byId.get(id) ?? null)) return undefined;
  return postponed === "table" || error.startsWith(notBuiltMark) ? error : undefined;
}

/** A materialized view is only there: its rows come at the end of a batch. */
function asApplied(
  object: SchemaObject,
  { before, steps }: Outcome,
): { applied: SchemaObject; wanted?: SchemaObject } {
  if (object.kind !== "view" || !object.isMaterialized) return { applied: object };
  const known = before.get("view", object.id);
  const isMade = steps.some((step) =>
    step.object === object.id &&
    step.statements.some((text) => text.startsWith("create materialized view"))
  );
  const applied = isMade
    ? withoutContents(object)
    : known === undefined
    ? { ...object, contents: "adopted" }
    : { ...object, isPopulated: known.isPopulated, contents: known.contents };
  const isFilled = applied.isPopulated === object.isPopulated &&
    applied.contents === object.contents;
  return isFilled ? { applied: object } : { applied, wanted: object };
}

/** As it was, under the name by which it has made room, if it has. */
function whereItIs(
  known: SchemaObject,
  { steps, refusals }: Pick<Outcome, "steps" | "refusals">,
): SchemaObject {
  const id = `${known.id}#aside`;
  const isAside = "name" in known && steps.some((step) => step.id === id) && !refusals.has(id);
  return isAside ? { ...known, name: asideName(known) } : known;
}

/** As it was, but for a new name that it got before something else was refused. */
function beforeRefusal(
  object: SchemaObject,
  { before, steps, refusals }: Outcome,
): SchemaObject | null {
  const known = before.byId.get(object.id);
  if (known === undefined) return null;
  const id = `${object.id}#rename`;
  const isRenamed = steps.some((step) => step.id === id) && !refusals.has(id);
  if (!isRenamed || !("name" in known) || !("name" in object)) {
    return whereItIs(known, { steps, refusals });
  }
  return "schema" in known && "schema" in object
    ? { ...known, name: object.name, schema: object.schema }
    : { ...known, name: object.name };
}

/** How many objects are new, and how many were changed or dropped. */
export function countDone(
  { steps, refusals, before }: Outcome,
): { created: number; changed: number } {
  const done = new Set(
    steps.filter((step) => !refusals.has(step.id)).map((step) => step.object),
  );
  const changed = [...done].filter((id) => before.byId.has(id)).length;
  return { created: done.size - changed, changed };
}

/** What the target refused, without what only waits for an index. */
export function describeRefusals(
  { steps, refusals, before, after }: Outcome,
): { object: string; statement: string; error: string }[] {
  return steps.flatMap((step) => {
    const refusal = refusals.get(step.id);
    if (refusal === undefined || refusal.isPostponed) return [];
    return [describeRefusal(step, refusal, [after, before])];
  });
}

function describeRefusal(
  step: Step,
  { error }: StepRefusal,
  snapshots: readonly SnapshotIndex[],
): { object: string; statement: string; error: string } {
  const nameOf = (id: string) => {
    const [objectId = id] = id.split("#");
    for (const snapshot of snapshots) {
      const object = snapshot.byId.get(objectId);
      if (object !== undefined) return `${object.kind} ${snapshot.nameOf(object)}`;
    }
    return id;
  };
  return {
    object: nameOf(step.object),
    statement: step.action,
    error: step.postponed === "table"
      ? "waits for an index of its table"
      : error.replace(/^waits for (.*)$/, (_text, id: string) => `waits for ${nameOf(id)}`),
  };
}
