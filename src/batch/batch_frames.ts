/** The frames of an open batch, in the order that the target applies them (DESIGN §4). */
import { z } from "zod";
import {
  Checksum,
  type Frame,
  type Message,
  protocolVersion,
  type QualifiedName,
  type TruncatedTable,
} from "../model/mod.ts";
import type { Position, SequenceValue } from "../model/mod.ts";
import { type Connection, DatabaseError } from "../postgres/mod.ts";
import type { CapturedRelation } from "../capture/mod.ts";
import type { OpenBatch, TableChanges } from "./batch.ts";
import type { SentColumn } from "./columns.ts";
import { assertNames } from "./relation_name.ts";
import { UnreadableTable } from "./unreadable_table.ts";
import type { EventSummary } from "./event_summary.ts";
import { anyOrigin, copyChangedRows, type RowsQuery } from "./rows_query.ts";

export interface FramesOptions {
  /** Epoch of this source, and origin of rows first written here. */
  source: string;
  target: string;
  from: Position | null;
  restarts: boolean;
  /** The load that this ends, for the catch-up of one table. */
  load: string | null;
  /** At first contact: tables without rows. */
  emptyTables: readonly TruncatedTable[];
  /** Epoch of the target: its own rows do not come back to it. */
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
      from,
      restarts,
      to: batch.to,
      isExact: batch.isExact,
      load,
    },
  };
  if (schema !== undefined) {
    for (const object of schema.objects) yield frame({ kind: "schemaObject", object });
    yield frame({ kind: "schema", hash: schema.hash, count: schema.objects.length });
  }
  if (emptyTables.length > 0) yield frame({ kind: "emptyTables", tables: [...emptyTables] });
  const tables = await readTruncated(connection, batch.changes, options);
  if (tables.length > 0) yield frame({ kind: "truncate", tables });
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
  await assertNames(
    connection,
    batch.changes.map(({ table }) => ({ ...table, oid: table.root })),
  );
  await connection.run("commit");
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
  const { table, window, events } = changes;
  for (const origin of originsOf(events, options)) {
    const message: Message = {
      kind: "rows",
      table: toTarget(table, options),
      columns: columns.map(({ name }) => name),
      key: table.key.map((column) => column.name),
      isOnly: table.readsOnly,
      origin: typeof origin === "string" ? origin : options.source,
      endsLoad: options.load !== null,
    };
    yield { kind: "message", message };
    const checksum = new Checksum();
    const copy = connection.copyOut(copyChangedRows({ table, columns, window, origin }));
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
 * Rows first written on the target do not go back there. The catch-up of a load is one part whatever
 * the origins, and always there: it builds the primary key.
 */
function originsOf(
  events: readonly EventSummary[],
  options: FramesOptions,
): RowsQuery["origin"][] {
  if (options.load !== null) return [anyOrigin];
  const origins = new Set(
    events.filter((event) => event.kind === "row").map((event) => event.origin),
  );
  // A TRUNCATE that travels takes rows of the target's own with it, of which some came after it.
  const isTruncated = events.some((event) =>
    event.kind === "truncate" && event.origin !== options.peerEpoch
  );
  return [...origins].filter((origin) => isTruncated || origin !== options.peerEpoch);
}

function isOfTable(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.sqlstate !== undefined &&
    (error.failureClass === "operator" || error.failureClass === "data" ||
      error.failureClass === "schema") &&
    !error.sqlstate.startsWith("53");
}

/** Truncated relations under the names that the target has for them. Those that are gone stay out. */
async function readTruncated(
  connection: Connection,
  changes: readonly TableChanges[],
  options: FramesOptions,
): Promise<TruncatedTable[]> {
  const units = new Map<number, CapturedRelation>();
  for (const { table, events } of changes) {
    for (const event of events) {
      if (event.kind !== "truncate" || event.origin === options.peerEpoch) continue;
      units.set(event.relation, table);
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
  return names.map(({ oid, ...name }) => {
    const unit = units.get(oid);
    return {
      ...toTarget(name, options),
      isOnly: unit?.readsOnly ?? false,
      ...(unit === undefined || unit.root === oid ? {} : { root: toTarget(unit, options) }),
    };
  });
}

function toTarget(name: QualifiedName, options: FramesOptions): QualifiedName {
  return { schema: options.toTargetSchema(name.schema), name: name.name };
}
