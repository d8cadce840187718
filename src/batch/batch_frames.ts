/** The frames of an open batch, in the order that the target applies them (DESIGN §4). */
import { z } from "zod";
import {
  Checksum,
  type Frame,
  type Message,
  type Origin,
  passOn,
  protocolVersion,
  type QualifiedName,
  type TruncatedTable,
} from "../model/mod.ts";
import type { Position, SequenceValue } from "../model/mod.ts";
import { type Connection, DatabaseError, withoutHashes } from "../postgres/mod.ts";
import type { CapturedRelation } from "../capture/mod.ts";
import type { OpenBatch, TableChanges } from "./batch.ts";
import type { SentColumn } from "./columns.ts";
import { type OriginPart, partsOf, truncationOf } from "./origin_parts.ts";
import { assertNames } from "./relation_name.ts";
import { assertTypes } from "./relation_shape.ts";
import { UnreadableTable } from "./unreadable_table.ts";
import { copyChangedRows } from "./rows_query.ts";

export interface FramesOptions {
  /** Epoch of this source. */
  source: string;
  target: string;
  from: Position | null;
  restarts: boolean;
  /** Databases that this one's rows may have been through, where that is news to the target. */
  upstreams: readonly string[];
  /** The load that this ends, for the catch-up of one table. */
  load: { name: string; chunks: number } | null;
  /** At first contact: tables without rows. */
  emptyTables: readonly TruncatedTable[];
  /** Epoch of the target: rows that have been through it do not come back to it. */
  peerEpoch: string;
  /** The schema's objects and hash, where the target's is another. */
  schema: { objects: readonly unknown[]; hash: string } | undefined;
  sequences: readonly SequenceValue[];
  /** The schema that the target knows a schema of the source by. */
  toTargetSchema: (schema: string) => string;
}

/**
 * Streams the batch and ends its transaction before the last frame: the target's work and its answer
 * keep no lock on the source. Where it is not read to its end, the caller ends the transaction.
 */
export async function* batchFrames(
  connection: Connection,
  batch: OpenBatch,
  options: FramesOptions,
): AsyncGenerator<Frame, void, void> {
  let count = 0;
  const frame = (message: Message): Frame => {
    count += 1;
    return { kind: "message", message };
  };
  const { source, target, from, restarts, load, schema, emptyTables, sequences } = options;
  yield {
    kind: "message",
    message: {
      kind: "begin",
      protocol: protocolVersion,
      source,
      target,
      peer: options.peerEpoch,
      from,
      restarts,
      to: batch.to,
      isExact: batch.isExact,
      upstreams: [...options.upstreams],
      load,
    },
  };
  if (schema !== undefined) {
    for (const object of schema.objects) yield frame({ kind: "schemaObject", object });
    yield frame({ kind: "schema", hash: schema.hash, count: schema.objects.length });
  }
  if (emptyTables.length > 0) yield frame({ kind: "emptyTables", tables: [...emptyTables] });
  for (const { origin, tables } of await readTruncated(connection, batch.changes, options)) {
    yield frame({ kind: "truncate", tables, origin });
  }
  for (const changes of batch.changes) {
    const own = changes.columns;
    // A key that the target computes travels too: a row is found by it there.
    const computed = changes.table.key
      .filter((key) => !own.some(({ name }) => name === key.name))
      .map(({ name }) => ({ name, isXml: false }));
    const all = [...own, ...computed];
    for await (const next of tableFrames(connection, { changes, columns: all, options })) {
      yield next.kind === "data" ? next : frame(next.message);
    }
  }
  if (sequences.length > 0) yield frame({ kind: "sequences", values: [...sequences] });
  const tables = batch.changes.map(({ table }) => ({ ...table, oid: table.root }));
  // Nothing is written: the end may go out with the last look.
  await Promise.all([
    assertNames(connection, tables),
    connection.run("commit"),
    assertTypes(
      connection,
      batch.changes.map(({ table: { root }, typeMarks }) => ({ root, typeMarks })),
    ),
  ]);
  const [recorded] = await batch.recorded;
  if (recorded?.status === "rejected") throw recorded.reason;
  yield { kind: "message", message: { kind: "end", count } };
}

async function* tableFrames(
  connection: Connection,
  { changes, columns, options }: {
    changes: TableChanges;
    columns: SentColumn[];
    options: FramesOptions;
  },
): AsyncGenerator<Frame, void, void> {
  const { table, window } = changes;
  if (table.key.some(({ needsSort }) => needsSort)) await connection.run(withoutHashes);
  const parts = await partsFor(connection, changes, options);
  for (const [index, { origin, originSets }] of parts.entries()) {
    const message: Message = {
      kind: "rows",
      table: toTarget(table, options),
      columns: columns.map(({ name }) => name),
      key: table.key.map((column) => column.name),
      isOnly: table.readsOnly,
      origin,
      continues: index < parts.length - 1,
    };
    yield { kind: "message", message };
    const checksum = new Checksum();
    const copy = connection.copyOut(copyChangedRows({
      table,
      columns,
      window,
      ...(originSets === undefined ? {} : { originSets }),
    }));
    let count = 0;
    const counted = async function* () {
      count = yield* copy;
    };
    try {
      for await (const bytes of checksum.over(counted())) yield { kind: "data", bytes };
    } catch (error) {
      throw isOfTable(error) ? new UnreadableTable(table, error) : error;
    }
    yield { kind: "message", message: { kind: "rowsEnd", count, checksum: checksum.value } };
  }
}

/**
 * The catch-up of a load has all rows, whatever they have been through: the target knows whether it may
 * lack its own. And it is always there: it builds the primary key. So is a table with a position of its
 * own, be it without a row: the target sees whether it has what came before.
 */
async function partsFor(
  connection: Connection,
  changes: TableChanges,
  { source, peerEpoch, load }: FramesOptions,
): Promise<OriginPart[]> {
  if (load === null) {
    const parts = await partsOf(connection, changes, { source, peerEpoch });
    const none = { origin: source, originSets: [[]] };
    return parts.length === 0 && changes.hasOwnWindow ? [none] : parts;
  }
  const parts = await partsOf(connection, changes, { source });
  return parts.length === 0 ? [{ origin: source }] : parts;
}

function isOfTable(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.sqlstate !== undefined &&
    (error.failureClass === "operator" || error.failureClass === "data" ||
      error.failureClass === "schema") &&
    !error.sqlstate.startsWith("53");
}

interface Truncation {
  origin: Origin;
  tables: TruncatedTable[];
}

/** Truncated relations under the names that the target has for them. Those that are gone stay out. */
async function readTruncated(
  connection: Connection,
  changes: readonly TableChanges[],
  options: FramesOptions,
): Promise<Truncation[]> {
  const units = new Map<number, { unit: CapturedRelation; origin: Origin }>();
  for (const { table: unit, events } of changes) {
    for (const [relation, own] of Map.groupBy(events, (event) => event.relation)) {
      const found = truncationOf(own, options.peerEpoch);
      if (found === undefined) continue;
      units.set(relation, { unit, origin: passOn(found.origin, options.source) });
    }
  }
  if (units.size === 0) return [];
  const names = await connection.rows(
    z.object({ oid: z.number(), schema: z.string(), name: z.string() }),
    `select c.oid, n.nspname::text as schema, c.relname::text as name
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.oid = any ($1::oid[]) order by c.oid`,
    [[...units.keys()]],
  );
  const byOrigin = new Map<Origin, TruncatedTable[]>();
  for (const { oid, ...name } of names) {
    const found = units.get(oid);
    if (found === undefined) continue;
    const { unit, origin } = found;
    byOrigin.set(origin, [...byOrigin.get(origin) ?? [], {
      ...toTarget(name, options),
      isOnly: unit.readsOnly,
      ...(unit.root === oid ? {} : { root: toTarget(unit, options) }),
    }]);
  }
  return [...byOrigin].map(([origin, tables]) => ({ origin, tables }));
}

function toTarget(name: QualifiedName, options: FramesOptions): QualifiedName {
  return { schema: options.toTargetSchema(name.schema), name: name.name };
}
