/** Brings a target's schema to a source's snapshot, in the caller's transaction, and records how it went. */
import { type QualifiedName, quoteName } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import {
  appliedOf,
  isReadable,
  loadStoredSchema,
  refusedOf,
  saveStoredSchema,
  wantedOf,
} from "./applied.ts";
import { readBareTables } from "./bare_tables.ts";
import { Bindings } from "./bindings.ts";
import { executeSteps } from "./execute.ts";
import { describeHeld, hazardsOf, keepHeld } from "./held.ts";
import { clearShadows } from "./shadow_tables.ts";
import { clearHalfBuilt, spareTables } from "./building_tables.ts";
import { readLargeTables } from "./large_tables.ts";
import { partsOf, planChanges, rekeyParts, type Unsupported } from "./plan/mod.ts";
import { findDisturbed } from "./left_partitions.ts";
import { findChanged, withoutLost } from "./lost_tables.ts";
import { defaultPolicy, type SchemaPolicy } from "./policy.ts";
import { countDone, describeRefusals, settle } from "./settle.ts";
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
      largeTables: await readLargeTables(connection, options, { before, after, catalog, policy }),
      refusedBefore: refusedOf(stored),
      policy,
    });
    if (options.sparesBuilds) spareTables(plan.steps, { stored, before, after });
    await clearHalfBuilt(connection, options, { steps: plan.steps, before, after, catalog });
    await clearShadows(connection, { steps: plan.steps, before, after, catalog });
    const bindings = plan.steps.length === 0 ? undefined : await Bindings.read(connection, after);
    const refusals = await executeSteps(connection, plan.steps, bindings);
    const steps = plan.steps.flatMap(partsOf);
    const outcome = { before, after, steps, refusals };
    const settled = settle(outcome, stored);
    const wanted = new SnapshotIndex(
      toSnapshot(wantedOf(stored).objects.filter((object) => !isOurs(object, epoch))),
    );
    lost.push(...findDisturbed({ wanted, before, after, catalog, steps, refusals }));
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
  place: Omit<ApplyOptions, "after">,
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
