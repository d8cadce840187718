/**
 * Judges every batch: what the target holds after it must be what the source held in the batch's own
 * snapshot, to the byte.
 *
 * The source is read inside of each batch's transaction, before it is sent, and remembered by the
 * position that the batch leads to. What the target holds is read together with its position, when the
 * next batch has been opened: the earlier one is acknowledged or has failed then, and the position says
 * which. So a retried batch needs no thought.
 */
import { z } from "zod";
import type { OpenBatch } from "../../src/batch/mod.ts";
import { type Position, TeleportError } from "../../src/model/mod.ts";
import type { Connection } from "../../src/postgres/mod.ts";
import {
  compareContents,
  type Contents,
  countRows,
  type Difference,
  listReplicatedTables,
  readContents,
  type ReplicatedTable,
} from "./contents.ts";
import emptiedSince from "./emptied_since.sql" with { type: "text" };

interface Remembered {
  position: Position;
  isExact: boolean;
  contents: Contents;
  /** What the batch had, for the message of a failure. */
  summary: string;
}

/** What is wrong with a batch that was applied. */
export interface Verdict {
  summary: string;
  differences: Difference[];
}

/** Sessions of the oracle, as superuser; the batches' own session comes with each. */
export interface OracleSessions {
  source: Connection;
  target: Connection;
}

export interface OracleCounts {
  /** Exact batches whose outcome was compared. */
  verified: number;
  /** Applied batches that were cut, and have no outcome to compare with. */
  cut: number;
  /** Rows compared in all. */
  rows: number;
  /** Batches opened. */
  attempts: number;
  /** Batches opened that had a TRUNCATE. */
  truncating: number;
}

export class Oracle {
  readonly #sessions: OracleSessions;
  /** Tables that are compared, of schema public in the source. */
  readonly tables: readonly ReplicatedTable[];
  readonly #targetSchema: string;
  /** Since the last batch that is known to be applied, that one included. */
  #remembered: Remembered[] = [];
  #verified: Position | undefined;
  #failure: Error | undefined;
  readonly #counts: OracleCounts = {
    verified: 0,
    cut: 0,
    rows: 0,
    attempts: 0,
    truncating: 0,
  };

  private constructor(sessions: OracleSessions, tables: ReplicatedTable[], targetSchema: string) {
    this.#sessions = sessions;
    this.tables = tables;
    this.#targetSchema = targetSchema;
  }

  static async open(sessions: OracleSessions, targetSchema: string): Promise<Oracle> {
    return new Oracle(sessions, await listReplicatedTables(sessions.source), targetSchema);
  }

  get counts(): Readonly<OracleCounts> {
    return this.#counts;
  }

  /** @throws what was found wrong. */
  assertWell(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** To be called in a batch's own snapshot before it is sent. */
  async onBatch(batch: OpenBatch, snapshot: Connection): Promise<void> {
    this.#counts.attempts += 1;
    await this.verify();
    if (batch.reloads.length > 0) {
      const names = batch.reloads.map(({ table, reason }) => `${table.name} (${reason})`);
      this.#fail(new Error(`Tables are to be loaded again: ${names.join(", ")}`));
    }
    const contents = await this.#readSource(batch, snapshot);
    if (batch.changes.some(({ events }) => events.some(({ kind }) => kind === "truncate"))) {
      this.#counts.truncating += 1;
    }
    this.#remembered.push({
      position: batch.to,
      isExact: batch.isExact,
      contents,
      summary: summarize(batch),
    });
  }

  /** Compares what the target holds now with the source at the position that the target is at. */
  async verify(): Promise<void> {
    this.assertWell();
    const stored = await this.#readTarget();
    if (stored === undefined) return;
    const place = this.#remembered.findIndex(({ position }) => position === stored.position);
    const applied = this.#remembered[place];
    if (applied === undefined) {
      return this.#fail(new Error(`The target is at ${stored.position}, which was never sent`));
    }
    const isNew = applied.position !== this.#verified;
    this.#verified = applied.position;
    this.#remembered = this.#remembered.slice(place);
    await this.#assertStreaming();
    if (!applied.isExact) {
      if (isNew) this.#counts.cut += 1;
      return;
    }
    const differences = compareContents(applied.contents, stored.contents);
    if (differences.length > 0) {
      return this.#fail(new BatchDiffers({ summary: applied.summary, differences }));
    }
    if (!isNew) return;
    this.#counts.verified += 1;
    this.#counts.rows += countRows(applied.contents);
  }

  /** Compares both sides as they are now. To be called when nobody writes and all has been applied. */
  async verifyRest(): Promise<void> {
    try {
      await this.verify();
    } finally {
      this.assertWell();
    }
    const stored = await this.#readTarget();
    const contents = await readContents(this.#sessions.source, "public", this.tables);
    const differences = compareContents(contents, stored?.contents ?? new Map());
    if (differences.length === 0) return;
    throw new BatchDiffers({ summary: "none, both are at rest", differences });
  }

  /** Position and contents of one moment; undefined before the first batch, which brings the tables. */
  async #readTarget(): Promise<{ position: string; contents: Contents } | undefined> {
    // A batch that its source gave up may commit while we read, and a TRUNCATE is not MVCC-safe.
    while (true) {
      const read = await this.#readTargetOnce();
      const [now] = await this.#sessions.target.rows(
        z.object({ position: z.string() }),
        "select position from teleport.applied",
      );
      if (read?.position === now?.position) return read;
    }
  }

  #readTargetOnce(): Promise<{ position: string; contents: Contents } | undefined> {
    const { target } = this.#sessions;
    return target.transaction("repeatable read read only", async () => {
      const [applied] = await target.rows(
        z.object({ position: z.string() }),
        "select position from teleport.applied",
      );
      if (applied === undefined) return undefined;
      const contents = await readContents(target, this.#targetSchema, this.tables);
      return { ...applied, contents };
    });
  }

  /**
   * A table that was truncated between the snapshot and our look cannot be read in that snapshot any
   * more. One that the batch reads is locked. Of any other, nothing has changed in the batch's window:
   * it is what it was at the batch's start.
   */
  async #readSource(batch: OpenBatch, snapshot: Connection): Promise<Contents> {
    const contents = new Map(await readContents(snapshot, "public", this.tables));
    const emptied = await snapshot.rows(
      z.object({ oid: z.number(), name: z.string() }),
      emptiedSince,
    );
    const inBatch = new Set(batch.changes.flatMap(({ table }) => table.memberOids));
    const [start] = this.#remembered;
    for (const { oid, name } of emptied) {
      if (inBatch.has(oid)) {
        this.#fail(
          new Error(`The batch did not lock ${name} against TRUNCATE: ${summarize(batch)}`),
        );
      }
      const rows = start?.isExact ? start.contents.get(name) : undefined;
      if (rows === undefined) contents.delete(name);
      else contents.set(name, rows);
    }
    return contents;
  }

  async #assertStreaming(): Promise<void> {
    const others = await this.#sessions.source.rows(
      z.object({ name: z.string(), state: z.string(), reason: z.string().nullable() }),
      `select table_name as name, state, reason from teleport.table_state where state <> 'streaming'`,
    );
    if (others.length === 0) return;
    const names = others.map(({ name, state, reason }) => `${name} is ${state}: ${reason}`);
    this.#fail(new Error(`Tables left the batches:\n${names.join("\n")}`));
  }

  #fail(failure: Error): never {
    this.#failure ??= failure;
    // A failure that the streamer tries again: each attempt ends here.
    throw new TeleportError("peer_protocol", "The oracle has seen a failure");
  }
}

/** The target differs from the source's snapshot. */
export class BatchDiffers extends Error {
  override readonly name = "BatchDiffers";
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    const tables = verdict.differences.map(({ table, onlyInSource, onlyInTarget }) =>
      [
        `${table}:`,
        ...onlyInSource.map((row) => `  only in the source: ${row}`),
        ...onlyInTarget.map((row) => `  only in the target: ${row}`),
      ].join("\n")
    );
    super(`After a batch the target differs\n${tables.join("\n")}\nThe batch: ${verdict.summary}`);
    this.verdict = verdict;
  }
}

function summarize({ to, isExact, changes }: OpenBatch): string {
  const tables = changes.map(({ table, window, events }) =>
    `${table.name} after ${window.from}${
      window.limit === undefined ? "" : ` below ${window.limit}`
    }: ${events.map(({ kind, relation }) => `${kind} of ${relation}`).join(", ")}`
  );
  return `${isExact ? "exact" : "cut"}, to ${to}\n  ${tables.join("\n  ")}`;
}
