/** Opens batches on a bench's source and reads what they would send. */
import {
  batchFrames,
  type BatchRequest,
  type OpenBatch,
  openBatch,
  VerifiedRelations,
} from "../../src/batch/mod.ts";
import { type CapturedRelation, listCaptured } from "../../src/capture/mod.ts";
import type { Position } from "../../src/model/mod.ts";
import type { Connection } from "../../src/postgres/mod.ts";
import { recordSent } from "../../src/state/mod.ts";
import type { Bench } from "../capture/bench.ts";
import { waitFor } from "../pair/wait.ts";
import type { Session } from "../postgres/mod.ts";

/** The majors that the tests of batches run on: what they rest on differs between servers. */
export const majors = (Deno.env.get("TELEPORT_TEST_MAJORS") ?? "10,14,18").split(",").map(Number);

export const target = "t";

export interface Reading {
  from: string;
  /** As looked at before. */
  windowFrom?: Position;
  /** The tables' own position, where it is not the target's. */
  own?: Position;
  limit?: bigint | undefined;
  /** As looked at before; default: as they are now. */
  captured?: readonly CapturedRelation[];
  /** Tables to lock in this order; default all that are captured. */
  names?: readonly string[];
}

/** Opens a batch of the named tables in the reader's session. */
export async function openOn(
  { bench, reader }: { bench: Bench; reader: Connection },
  { from, windowFrom, own, limit, captured, names }: Reading,
): Promise<OpenBatch> {
  const known = captured ?? await listCaptured(bench.teleport);
  const tables = names === undefined
    ? [...known]
    : names.flatMap((name) => known.find((table) => table.name === name) ?? []);
  const request: BatchRequest = {
    target,
    from: from as Position,
    windowFrom,
    limit,
    participants: tables.map((table) => ({ table, own })),
    lockRoots: new Set(tables.map(({ root }) => root)),
    verified: new VerifiedRelations(),
    recordSent: (position, isExact) => recordSent(bench.teleport, { target, position, isExact }),
  };
  return await openBatch(reader, request);
}

/** Keys of one table in a batch: rows that are there, rows that are gone. */
export interface Keys {
  present: string[];
  deleted: string[];
}

/** Reads the batch to its end, which commits. Keys are the first column's text, sorted as numbers. */
export async function readKeys(
  reader: Connection,
  batch: OpenBatch,
): Promise<{ keys: Map<string, Keys>; truncated: string[] }> {
  const frames = batchFrames(reader, batch, {
    source: "source",
    target,
    from: null,
    restarts: false,
    upstreams: [],
    load: null,
    emptyTables: [],
    peerEpoch: "target",
    schema: undefined,
    sequences: [],
    toTargetSchema: (schema) => schema,
  });
  const keys = new Map<string, Keys>();
  const truncated: string[] = [];
  let name = "";
  let text = "";
  const decoder = new TextDecoder();
  for await (const frame of frames) {
    if (frame.kind === "data") text += decoder.decode(frame.bytes, { stream: true });
    else if (frame.kind === "message" && frame.message.kind === "rows") {
      name = frame.message.table.name;
      text = "";
    } else if (frame.kind === "message" && frame.message.kind === "truncate") {
      truncated.push(...frame.message.tables.map((table) => table.name));
    } else if (frame.kind === "message" && frame.message.kind === "rowsEnd") {
      const lines = text.split("\n").slice(0, -1).map((line) => line.split("\t"));
      const those = (flag: string) =>
        lines.filter(([first]) => first === flag).map(([, key]) => key ?? "").sort(byNumber);
      const before = keys.get(name) ?? { present: [], deleted: [] };
      keys.set(name, {
        present: [...before.present, ...those("f")].sort(byNumber),
        deleted: [...before.deleted, ...those("t")].sort(byNumber),
      });
    }
  }
  return { keys, truncated };
}

function byNumber(a: string, b: string): number {
  return Number(a) - Number(b);
}

/** Resolves when somebody waits for a lock in the session's database. */
export async function somebodyWaits(session: Session, what: string): Promise<void> {
  await waitFor(async () => {
    const { rows } = await session.query(
      `select 1 from pg_locks l join pg_stat_activity a using (pid)
       where not l.granted and a.datname = current_database()`,
    );
    return rows.length > 0;
  }, { what });
}
