/**
 * The ways that objects have come. Where databases replicate to each other, what one got from another is part of its
 * schema too, and would come back there: late, it would undo what has been done meanwhile, and be undone in turn, for
 * ever. So an object says which databases it has come through, and one that it comes back to leaves it alone.
 */
import { z } from "zod";
import type { Connection } from "../postgres/mod.ts";
import { appliedOf, loadStoredSchema, type StoredSchema } from "./applied.ts";
import type { SchemaObject } from "./object.ts";
import { renamedSchema, type SnapshotOptions } from "./read/mod.ts";
import { type SchemaSnapshot, SnapshotIndex, toSnapshot } from "./snapshot.ts";

/** This database's epoch; empty before it has one. */
export async function readEpoch(connection: Connection): Promise<string> {
  const [row] = await connection.rows(
    z.object({ epoch: z.string() }),
    "select epoch from teleport.instance",
  );
  return row?.epoch ?? "";
}

/** What has been read here for a target, with the ways that it has come here. In the same transaction. */
export async function withWays(
  connection: Connection,
  snapshot: SchemaSnapshot,
  options: SnapshotOptions,
): Promise<SchemaSnapshot> {
  const places = await connection.rows(
    z.object({ source: z.string(), target: z.string() }),
    "select source, target from teleport.applied order by source, target",
  );
  if (places.length === 0) return snapshot;
  const epoch = await readEpoch(connection);
  const ways = new Map<string, string[]>();
  for (const { source, target } of places) {
    const applied = appliedOf(await loadStoredSchema(connection, source, target));
    const there = new SnapshotIndex(inTargetNames(applied, options));
    for (const object of there.byId.values()) {
      const { via = [] } = object;
      if (!via.includes(epoch)) ways.set(nameKey(object, there), [...via, source]);
    }
  }
  const index = new SnapshotIndex(snapshot);
  return toSnapshot(snapshot.objects.map((object) => {
    const via = ways.get(nameKey(object, index));
    return via === undefined ? object : { ...object, via };
  }));
}

/** Names as `readSnapshot` gives them, which may rename one schema. */
function inTargetNames(snapshot: SchemaSnapshot, options: SnapshotOptions): SchemaSnapshot {
  const { applySchema } = options;
  const from = renamedSchema(options);
  if (from === undefined || applySchema === undefined) return snapshot;
  return toSnapshot(
    snapshot.objects.map((object) =>
      "schema" in object && object.schema === from
        ? { ...object, schema: applySchema }
        : object.kind === "schema" && object.name === from
        ? { ...object, name: applySchema }
        : object
    ),
  );
}

/** The same for an object of two databases. */
function nameKey(object: SchemaObject, index: SnapshotIndex): string {
  const rest = object.kind === "function"
    ? object.inputs
    : object.kind === "definition"
    ? [object.what, object.signature]
    : object.kind === "comment"
    ? [index.byId.get(object.on)?.kind, object.part?.kind, object.part?.name]
    : [];
  return JSON.stringify([object.kind, index.nameOf(object), ...rest]);
}

/**
 * Which objects of a source's new snapshot are this database's own. Where both had one before they were linked, each
 * would leave it to the other: the one with the smaller epoch has it.
 */
export function findOurs(
  after: SchemaSnapshot,
  stored: StoredSchema,
  { epoch, source }: { epoch: string; source: string },
): ReadonlySet<string> {
  const isTheirs = (id: string) => {
    const known = stored.get(id)?.applied;
    return epoch > source && known !== undefined && known !== null && !isOurs(known, epoch);
  };
  return new Set(
    after.objects.filter((object) => isOurs(object, epoch) && !isTheirs(object.id))
      .map(({ id }) => id),
  );
}

export function isOurs({ via = [] }: SchemaObject, epoch: string): boolean {
  return via.includes(epoch);
}

/** `before` as it must look for a plan that leaves our own objects alone, whatever has become of them. */
export function withOurs(
  before: SnapshotIndex,
  after: SnapshotIndex,
  { ours, epoch }: { ours: ReadonlySet<string>; epoch: string },
): SnapshotIndex {
  const objects = [...before.byId.values()].filter((object) =>
    after.byId.has(object.id) ? !ours.has(object.id) : !isOurs(object, epoch)
  );
  return new SnapshotIndex(
    toSnapshot([...objects, ...[...ours].flatMap((id) => after.byId.get(id) ?? [])]),
  );
}
