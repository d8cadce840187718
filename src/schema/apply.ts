/** Brings a target's schema to a source's snapshot, in the caller's transaction, and records how it went. */
import { type QualifiedName, quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import {
  appliedOf,
  isReadable,
  loadStoredSchema,
  refusedOf,
  saveStoredSchema,
  type StoredSchema,
  wantedOf,
} from "./applied.ts";
import { readBareTables } from "./bare_tables.ts";
import { Bindings } from "./bindings.ts";
import type { SchemaObject } from "./object.ts";
import { executeSteps, type Refusals } from "./execute.ts";
import { describeHeld, hazardsOf, keepHeld } from "./held.ts";
import { findDisturbed } from "./left_partitions.ts";
import { findChanged, withoutLost } from "./lost_tables.ts";
import {
  asideName,
  partsOf,
  planChanges,
  rekeyParts,
  type Step,
  type Unsupported,
} from "./plan/mod.ts";
import { defaultPolicy, type SchemaPolicy } from "./policy.ts";
import { withoutContents } from "./refresh.ts";
import { type SchemaSnapshot, SnapshotIndex, toSnapshot } from "./snapshot.ts";
import { TargetCatalog } from "./target_catalog.ts";
import { withTargetPath } from "./target_path.ts";
import { findOurs, isOurs, readEpoch, withOurs } from "./ways.ts";

export interface SchemaReport {
  /** Objects that are new on the target. */
  created: number;
  /** Objects that were changed or dropped. */
  changed: number;
  /** Recorded and tried again with every later snapshot. */
  refused: { object: string; statement: string; error: string }[];
  /** What teleport cannot do about an object, said once. */
  unsupported: Unsupported[];
  /**
   * Tables that somebody dropped on the target, made again without their rows; those that may hold rows of a
   * partition that left them.
   */
  lostTables: QualifiedName[];
  /** Whether a table has another name than before, which may have been another's, or is a part of another table. */
  movesTables: boolean;
}

export interface ApplyOptions {
  source: string;
  target: string;
  after: SchemaSnapshot;
  /** Default: everything is followed. */
  policy?: SchemaPolicy;
}

/**
 * Creates, changes and drops everything but foreign keys. The target's refusals are reported and
 * recorded, never thrown.
 * @throws DatabaseError of the transient and unreachable classes: nothing is done then.
 */
export async function applySnapshot(
  connection: Connection,
  options: ApplyOptions,
): Promise<SchemaReport> {
  const { source, target, policy = defaultPolicy } = options;
  // Another source may be about to make the same objects: they are looked for when it has ended.
  await connection.run("lock table teleport.applied_schema in share row exclusive mode");
  const stored = await loadStoredSchema(connection, source, target);
  const epoch = await readEpoch(connection);
  const ours = findOurs(options.after, stored, { epoch, source });
  // Foreign keys are not planned here, but built from what is stored: ours are nobody else's to build.
  const after = new SnapshotIndex(toSnapshot(
    options.after.objects.filter(({ kind, id }) => kind !== "foreignKey" || !ours.has(id)),
  ));
  // Bodies name what does not exist yet. Part of the caller's transaction only.
  await connection.run("select pg_catalog.set_config('check_function_bodies', 'off', true)");
  return await withTargetPath(connection, after, async () => {
    const applied = rekeyParts(appliedOf(stored), options.after);
    const schemas = schemasOf([applied, options.after]);
    const catalog = await TargetCatalog.read(connection, ({ schema }) => schemas.has(schema));
    const known = withOurs(new SnapshotIndex(applied), after, { ours, epoch });
    const { before, lost } = withoutLost(known, catalog, ours);
    const isKnown = isReadable(stored);
    if (!isKnown) lost.push(...findChanged(stored, after, catalog));
    const plan = planChanges({
      before,
      after,
      catalog,
      version: connection.version,
      bareTables: await readBareTables(connection, options, { before, after }),
      refusedBefore: refusedOf(stored),
      policy,
    });
    const bindings = plan.steps.length === 0 ? undefined : await Bindings.read(connection, after);
    const refusals = await executeSteps(connection, plan.steps, bindings);
    const steps = plan.steps.flatMap(partsOf);
    const outcome = settle({ before, after, steps, refusals });
    const wanted = new SnapshotIndex(
      toSnapshot(wantedOf(stored).objects.filter((object) => !isOurs(object, epoch))),
    );
    lost.push(...findDisturbed({ wanted, before, after, catalog, steps, refusals }));
    keepHeld(outcome, plan, { refusals, before });
    for (const hazard of hazardsOf(steps, refusals, before)) policy.onHazard?.(hazard);
    await saveStoredSchema(connection, { source, target }, { before: stored, after: outcome });
    return {
      ...count(steps, refusals, before),
      refused: [
        ...describeRefusals(steps, refusals, [after, before]),
        ...describeHeld(plan, before).map(({ object, statement, error }) => ({
          object,
          statement,
          error,
        })),
      ],
      unsupported: [...plan.unsupported, ...isKnown ? [] : [adoptedAgain]],
      lostTables: lost,
      movesTables: !isKnown || before.all("table").some((table) => {
        const now = after.get("table", table.id);
        return now !== undefined && (quoteName(now) !== quoteName(table) ||
          now.partition?.parent !== table.partition?.parent);
      }),
    };
  });
}

const adoptedAgain: Unsupported = {
  object: "schema",
  reason:
    "another version of teleport had applied it: what is here has been adopted again, by name; " +
    "what the source dropped since stays",
};

/** Tries again what the target refused of the last snapshot. Undefined where nothing was applied. */
export async function retryRefused(
  connection: Connection,
  place: { source: string; target: string; policy?: SchemaPolicy },
): Promise<SchemaReport | undefined> {
  const stored = await loadStoredSchema(connection, place.source, place.target);
  if (stored.size === 0 || !isReadable(stored)) return undefined;
  return await applySnapshot(connection, { ...place, after: wantedOf(stored) });
}

function schemasOf(snapshots: readonly SchemaSnapshot[]): Set<string> {
  return new Set(
    snapshots.flatMap(({ objects }) =>
      objects.flatMap((object) =>
        object.kind === "table" || object.kind === "view" ? [object.schema] : []
      )
    ),
  );
}

/** What is applied now: an object of which any step was refused stays as it was. */
function settle(result: {
  before: SnapshotIndex;
  after: SnapshotIndex;
  steps: readonly Step[];
  refusals: Refusals;
}): StoredSchema {
  const { before, after, steps, refusals } = result;
  const errors = new Map<string, string>();
  for (const step of steps) {
    const error = refusals.get(step.id);
    if (error === undefined) continue;
    const { object, error: text } = describeRefusal(step, error, [after, before]);
    errors.set(step.object, `${step.action} ${object}: ${text}`);
  }
  const stored: StoredSchema = new Map();
  for (const object of after.byId.values()) {
    const error = errors.get(object.id);
    if (error === undefined) stored.set(object.id, { ...asApplied(object, result), error: null });
    else {
      const applied = beforeRefusal(object, result);
      stored.set(object.id, { applied, wanted: object, error });
    }
  }
  for (const object of before.byId.values()) {
    const error = errors.get(object.id);
    if (after.byId.has(object.id) || error === undefined) continue;
    stored.set(object.id, { applied: whereItIs(object, result), wanted: null, error });
  }
  return stored;
}

interface Outcome {
  before: SnapshotIndex;
  steps: readonly Step[];
  refusals: Refusals;
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
function whereItIs(known: SchemaObject, { steps, refusals }: Outcome): SchemaObject {
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
    return whereItIs(known, { before, steps, refusals });
  }
  return "schema" in known && "schema" in object
    ? { ...known, name: object.name, schema: object.schema }
    : { ...known, name: object.name };
}

function count(
  steps: readonly Step[],
  refusals: Refusals,
  before: SnapshotIndex,
): { created: number; changed: number } {
  const done = new Set(
    steps.filter((step) => !refusals.has(step.id)).map((step) => step.object),
  );
  const changed = [...done].filter((id) => before.byId.has(id)).length;
  return { created: done.size - changed, changed };
}

function describeRefusals(
  steps: readonly Step[],
  refusals: Refusals,
  snapshots: readonly SnapshotIndex[],
): SchemaReport["refused"] {
  return steps.flatMap((step) => {
    const error = refusals.get(step.id);
    return error === undefined ? [] : [describeRefusal(step, error, snapshots)];
  });
}

function describeRefusal(
  step: Step,
  error: string,
  snapshots: readonly SnapshotIndex[],
): SchemaReport["refused"][number] {
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
    error: error.replace(/^waits for (.*)$/, (_text, id: string) => `waits for ${nameOf(id)}`),
  };
}
