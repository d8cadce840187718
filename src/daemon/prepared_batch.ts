/** A batch that was opened on the source, with all that goes with it to the target. */
import type { BatchRequest, OpenBatch, Participant } from "../batch/mod.ts";
import type { CapturedRelation } from "../capture/mod.ts";
import { type Position, type SequenceValue, travelsWithTarget } from "../model/mod.ts";
import type { EventKinds } from "../state/mod.ts";
import type { FirstTable } from "./first_contact.ts";
import type { SchemaToSend } from "./schema_sender.ts";
import type { TrackedTable } from "./table_registry.ts";

export interface PreparedBatch {
  batch: OpenBatch;
  request: BatchRequest;
  schema: SchemaToSend | undefined;
  captureVersion: number;
  /** Of the schema that was compared; undefined where none was. */
  columns: ReadonlyMap<number, string> | undefined;
  sequences: SequenceValue[];
  upstreams: string[];
  tracked: TrackedTable[];
  firstTables: FirstTable[];
  /** Before its snapshot: the target is as new as that when it has acknowledged the batch. */
  openedAt: number;
}

/** What a look at the queue found; without `from` at first contact. */
export interface Found {
  from?: Position;
  windowFrom?: Position;
  limit?: bigint | undefined;
  events: readonly EventKinds[];
  tracked: TrackedTable[];
  /** The target's position is of a cut window: an exact one follows, whether it has events or not. */
  isAfterCut: boolean;
  sequences: SequenceValue[];
  upstreams: string[];
}

/** Who takes part, and which of them are known to have something to send. */
export function chooseParticipants(
  { events, tracked }: Found,
): { participants: Participant[]; lockRoots: Set<number> } {
  const participants = tracked.flatMap(({ table, progress }): Participant[] => {
    if (travelsWithTarget(progress.state)) return [{ table, own: undefined }];
    return hasOwnTurn({ table, progress }) && progress.position !== null
      ? [{ table, own: progress.position }]
      : [];
  });
  const seen = new Set(events.map((event) => event.relation));
  const lockRoots = participants
    .filter(({ table, own }) =>
      own !== undefined || table.memberOids.some((member) => seen.has(member))
    )
    .map(({ table }) => table.root);
  return { participants, lockRoots: new Set(lockRoots) };
}

/** At first contact: every table in scope, whether it has events or not. */
export function chooseAll(
  tables: readonly CapturedRelation[],
): { participants: Participant[]; lockRoots: Set<number> } {
  return {
    participants: tables.map((table) => ({ table, own: undefined })),
    lockRoots: new Set(tables.map((table) => table.root)),
  };
}

/** Tables with a position of their own whose turn it is to travel. */
export function hasOwnTurn({ progress }: TrackedTable): boolean {
  return progress.state === "rejoining" || (progress.state === "held" && progress.isDue);
}

/** The table, whose turn is now, or not yet. */
export function withTurn({ table, progress }: TrackedTable, isDue: boolean): TrackedTable {
  return { table, progress: { ...progress, isDue } };
}

/** Whether a table is held that took no part. */
export function lacksHeld({ request, tracked }: PreparedBatch): boolean {
  return tracked.some(({ table, progress }) =>
    progress.state === "held" &&
    !request.participants.some((participant) => participant.table.root === table.root)
  );
}

/**
 * Whether the table took part from a position of its own. If it fails in a cut window it waits for a
 * later one: a whole window at each of its turns would keep all others behind under a lasting backlog.
 */
export function hasOwnWindow({ request }: PreparedBatch, root: number | undefined): boolean {
  return request.participants.some(({ table, own }) => table.root === root && own !== undefined);
}

/**
 * Whether the next batch may be opened before this one is acknowledged: there is more behind it, and
 * its acknowledgement can say nothing but that its rows are there.
 */
export function mayBeFollowed(prepared: PreparedBatch): boolean {
  const { batch, request, schema, sequences, upstreams } = prepared;
  return !batch.isExact && request.from !== undefined && schema === undefined &&
    sequences.length === 0 && upstreams.length === 0 && batch.reloads.length === 0 &&
    request.participants.every(({ own }) => own === undefined);
}
