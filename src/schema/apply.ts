/** Brings a target's schema to a source's snapshot, in the caller's transaction, and records how it went. */
import { type QualifiedName, quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { appliedOf, loadStoredSchema, saveStoredSchema, wantedOf } from "./applied.ts";
import { readBareTables } from "./bare_tables.ts";
import type { SchemaObject } from "./object.ts";
import { executeSteps } from "./execute.ts";
import { describeHeld, hazardsOf, keepHeld } from "./held.ts";
import { clearHalfBuilt, spareTables } from "./building_tables.ts";
import { readLargeTables } from "./large_tables.ts";
import { partsOf, planChanges, rekeyParts, type Unsupported } from "./plan/mod.ts";
import { defaultPolicy, type SchemaPolicy } from "./policy.ts";
import { countDone, describeRefusals, settle } from "./settle.ts";
import { type SchemaSnapshot, SnapshotIndex, toSnapshot } from "./snapshot.ts";
import { TargetCatalog } from "./target_catalog.ts";
import { withTargetPath } from "./target_path.ts";

export interface SchemaReport {
  /** Objects that are new on the target. */
  created: number;
  /** Objects that were changed or dropped. */
  changed: number;
  /** Recorded and tried again with every later snapshot. */
  refused: { object: string; statement: string; error: string }[];
  /** What teleport cannot do about an object, said once. */
  unsupported: Unsupported[];
  /** Tables that somebody dropped on the target: made again, without their rows. */
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
  /** Leaves tables alone of which an index is being built: the building would have to give way. */
  sparesBuilds?: boolean;
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
  const after = new SnapshotIndex(toSnapshot(options.after.objects));
  // Bodies name what does not exist yet. Part of the caller's transaction only.
  await connection.run("select pg_catalog.set_config('check_function_bodies', 'off', true)");
  return await withTargetPath(connection, after, async () => {
    const applied = rekeyParts(appliedOf(stored), options.after);
    const schemas = schemasOf([applied, options.after]);
    const catalog = await TargetCatalog.read(connection, ({ schema }) => schemas.has(schema));
    const { before, lost } = withoutLost(new SnapshotIndex(applied), catalog);
    const plan = planChanges({
      before,
      after,
      catalog,
      version: connection.version,
      bareTables: await readBareTables(connection, options, { before, after }),
      largeTables: await readLargeTables(connection, options, { before, after, catalog, policy }),
      policy,
    });
    if (options.sparesBuilds) spareTables(plan.steps, { stored, before, after });
    await clearHalfBuilt(connection, options, { steps: plan.steps, before, after, catalog });
    const refusals = await executeSteps(connection, plan.steps);
    const steps = plan.steps.flatMap(partsOf);
    const outcome = { before, after, steps, refusals };
    const settled = settle(outcome, stored);
    keepHeld(settled, plan, { refusals, before });
    for (const hazard of hazardsOf(steps, refusals, before)) policy.onHazard?.(hazard);
    await saveStoredSchema(connection, { source, target }, { before: stored, after: settled });
    return {
      ...countDone(outcome),
      refused: [
        ...describeRefusals(outcome),
        ...describeHeld(plan, before).map(({ object, statement, error }) => ({
          object,
          statement,
          error,
        })),
      ],
      unsupported: plan.unsupported,
      lostTables: lost,
      movesTables: before.all("table").some((table) => {
        const now = after.get("table", table.id);
        return now !== undefined && (quoteName(now) !== quoteName(table) ||
          now.partition?.parent !== table.partition?.parent);
      }),
    };
  });
}

/** Tries again what the target refused of the last snapshot. Undefined where nothing was applied. */
export async function retryRefused(
  connection: Connection,
  place: Omit<ApplyOptions, "after">,
): Promise<SchemaReport | undefined> {
  const stored = await loadStoredSchema(connection, place.source, place.target);
  if (stored.size === 0) return undefined;
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

/**
 * What somebody dropped on the target counts as not applied, so that it is made again. For a table that
 * is said: its rows are gone.
 */
function withoutLost(
  before: SnapshotIndex,
  catalog: TargetCatalog,
): { before: SnapshotIndex; lost: QualifiedName[] } {
  const tables = before.all("table").filter((table) => catalog.table(table) === undefined);
  const ids = new Set(tables.map((table) => table.id));
  const isLost = (object: SchemaObject): boolean => {
    if ("table" in object) return ids.has(object.table);
    switch (object.kind) {
      case "table":
        return ids.has(object.id);
      case "sequence":
        return object.owner?.isIdentity
          ? ids.has(object.owner.table)
          : !catalog.sequences.has(quoteName(object));
      case "enum":
      case "composite":
      case "domain":
      case "range":
        return !catalog.types.has(quoteName(object));
      case "view":
        return catalog.view(object) === undefined;
      case "function":
        return !catalog.hasFunction(object);
      case "definition":
        return !catalog.hasDefinition(object);
      default:
        return false;
    }
  };
  const kept = [...before.byId.values()].filter((object) => !isLost(object));
  return {
    before: new SnapshotIndex({ objects: kept }),
    lost: tables.map(({ schema, name }) => ({ schema, name })),
  };
}
