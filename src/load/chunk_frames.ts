/** One chunk on its way: a short transaction on the source that locks, looks and copies. */
import {
  Checksum,
  type Frame,
  type Origin,
  protocolVersion,
  type QualifiedName,
  quoteName,
  TeleportError,
} from "../model/mod.ts";
import { assertNames, type SentColumn, sentValue } from "../batch/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { readUpstreams } from "../state/mod.ts";
import { markSent, type StoredChunk } from "./chunk_store.ts";
import { type Leaf, readLeaves } from "./leaf.ts";
import { assertHolds, PlanOutdated } from "./plan_outdated.ts";

const lockTimeoutMs = 2000;

export interface ChunkOptions {
  /** Another session, for the load's own records. */
  control: Connection;
  source: string;
  load: string;
  /** The table under the name that the target has for it. */
  table: QualifiedName;
  columns: readonly SentColumn[];
  key: readonly string[];
  chunk: StoredChunk;
  leaf: Leaf;
}

/**
 * The origin of a load's rows. Which of them were first written elsewhere is not known, so they do not go
 * on to where they may have come from: an older row would overwrite a newer one there.
 */
export function loadOrigin(source: string, upstreams: readonly string[]): Origin {
  return [...upstreams.filter((epoch) => epoch !== source), source].join(",");
}

/** Streams the chunk in a transaction of its own. @throws PlanOutdated */
export async function* chunkFrames(
  connection: Connection,
  { control, source, load, table, columns, key, chunk, leaf }: ChunkOptions,
): AsyncGenerator<Frame, void, void> {
  await connection.run("begin isolation level repeatable read read only");
  try {
    // Before the snapshot: TRUNCATE and rewrites would show an empty table to an older one.
    await connection.lockTables([`only ${quoteName(leaf)}`], {
      mode: "access share",
      timeoutMs: lockTimeoutMs,
    });
    await assertSameMark(connection, leaf, chunk);
    // After the snapshot, before the first row.
    if (!await markSent(control, { load, number: chunk.number })) {
      throw new PlanOutdated("another load has taken its place");
    }
    yield {
      kind: "message",
      message: {
        kind: "chunk",
        protocol: protocolVersion,
        load,
        origin: loadOrigin(source, await readUpstreams(connection)),
        number: chunk.number,
        table,
        columns: columns.map(({ name }) => name),
        key: [...key],
      },
    };
    let count = 0;
    const checksum = new Checksum();
    const copy = connection.copyOut(
      `copy (select ${columns.map((column) => sentValue(column, "t")).join(", ")} from only ${
        quoteName(leaf)
      } t ` +
        `where ${chunk.condition}) to stdout`,
    );
    const counted = async function* () {
      count = yield* copy;
    };
    for await (const bytes of checksum.over(counted())) yield { kind: "data", bytes };
    await assertSameName(connection, leaf);
    yield { kind: "message", message: { kind: "rowsEnd", count, checksum: checksum.value } };
    yield { kind: "message", message: { kind: "end", count: 2 } };
  } finally {
    // Read only: there is nothing to commit, and a rollback ends it after an error too.
    await connection.rollback();
  }
}

async function assertSameName(connection: Connection, leaf: Leaf): Promise<void> {
  await assertNames(connection, [{ ...leaf, oid: leaf.leaf }]).catch((error: unknown) => {
    const hasMoved = error instanceof TeleportError && error.code === "catalogs_moved";
    throw hasMoved ? new PlanOutdated(`the schema of ${leaf.schema}.${leaf.name} changed`) : error;
  });
}

async function assertSameMark(
  connection: Connection,
  leaf: Leaf,
  chunk: StoredChunk,
): Promise<void> {
  const [now] = await readLeaves(connection, leaf.leaf);
  if (now === undefined || now.name !== leaf.name || now.schema !== leaf.schema) {
    throw new PlanOutdated(`${leaf.schema}.${leaf.name} was renamed or dropped`);
  }
  assertHolds(chunk, now);
}
