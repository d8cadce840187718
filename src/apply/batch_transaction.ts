/**
 * One batch = one transaction on the target: schema, truncations, rows, sequences, position.
 *
 * The order matters: deferred foreign keys leave "pending trigger events" that forbid ALTER and
 * TRUNCATE, so the schema comes first and one TRUNCATE names every truncated table (DESIGN §4).
 */
import { z } from "zod";
import {
  type Acknowledgement,
  Checksum,
  displayName,
  epochsOf,
  hasPassed,
  type Message,
  type MessageOf,
  type Origin,
  type Position,
  type QualifiedName,
  quoteList,
  quoteName,
  Refusal,
  TeleportError,
  type TruncatedTable,
} from "../model/mod.ts";
import { DatabaseError, withoutHashes } from "../postgres/mod.ts";
import {
  buildPrimaryKey,
  forgetContents,
  loadAppliedSnapshot,
  MisnamedTables,
  raiseBuildMemory,
  readTableShape,
  type SchemaObject,
  type SchemaPolicy,
  type TableShape,
} from "../schema/mod.ts";
import { passOnAbsent } from "./absent_rows.ts";
import { BatchSchema } from "./batch_schema.ts";
import { type FrameReader, protocolError } from "./frame_reader.ts";
import { HighBitChars } from "./high_bit_chars.ts";
import { type Merge, mergeCatchUp, mergeChanges, readShape } from "./merge.ts";
import { assertPartition, assertSameRows, type Progress } from "./refusal.ts";
import type { ApplySession } from "./session.ts";
import { setOrigin } from "./origin.ts";
import { assertOwnName } from "./own_name.ts";
import { enterTable } from "./table_entry.ts";
import { catchUpShadow, mergeShadow } from "./shadow_merge.ts";
import { type CatchUp, lockPosition, movePosition } from "./stored_position.ts";

/** Longest wait for another session's lock on the target; then the batch is rolled back and retried. */
const lockTimeoutMs = 5000;

const featureNotSupported = "0A000";

export interface AppliedBatch {
  position: Position;
  rows: number;
  refused: { object: string; error: string }[];
  leftOut: Acknowledgement["leftOut"];
  notEmpty: QualifiedName[];
  lostTables: QualifiedName[];
  /** Drops of data and rewrites, for the log. */
  hazards: string[];
}

/** Rows of one table and origin in their staging table. */
interface StagedPart extends Merge {
  count: number;
}

export class BatchTransaction {
  readonly progress: Progress = { current: undefined, touched: [] };
  readonly #session: ApplySession;
  readonly #reader: FrameReader;
  readonly #begin: MessageOf<"begin">;
  readonly #hasTargets: boolean;
  readonly #buildWorkers: number;
  readonly #schema: BatchSchema;
  #notEmpty: QualifiedName[] = [];
  #rows = 0;
  #epoch = "";
  #load: CatchUp | undefined;
  /** Whether rows of this database's own may have gone with a TRUNCATE, some of which came after it. */
  #hasTruncated = false;
  /** Staged parts of the table that is at hand, before its last one has come. */
  readonly #parts: StagedPart[] = [];
  /** What the batch's rows have been through. */
  readonly #upstreams = new Set<string>();

  constructor(options: {
    session: ApplySession;
    reader: FrameReader;
    begin: MessageOf<"begin">;
    /** Whether this database is a source too. */
    hasTargets: boolean;
    policy: SchemaPolicy;
    /** How many builds of indexes share the server's memory. */
    buildWorkers: number;
    /** Commits new enum labels in a session of its own: they are unusable in their own transaction. */
    addEnumLabels: (objects: SchemaObject[]) => Promise<void>;
  }) {
    this.#session = options.session;
    this.#reader = options.reader;
    this.#begin = options.begin;
    this.#hasTargets = options.hasTargets;
    this.#buildWorkers = options.buildWorkers;
    this.#schema = new BatchSchema({ ...options, lockTimeoutMs });
  }

  /** SET commands that its transaction begins with. */
  get settings(): string[] {
    return [
      ...this.#session.connection.lockWaitLimit(lockTimeoutMs),
      "set constraints all deferred",
    ];
  }

  /** Runs inside a transaction that the caller opened with `settings`; the caller commits. */
  async run(epoch: string): Promise<AppliedBatch> {
    const { connection } = this.#session;
    this.#epoch = epoch;
    this.#load = await lockPosition(connection, this.#begin, epoch);
    for (const upstream of this.#begin.upstreams) this.#upstreams.add(upstream);
    let message = await this.#reader.nextMessage();
    while (message.kind !== "end") {
      await this.#apply(message);
      message = await this.#reader.nextMessage();
    }
    this.#checkEnd(message);
    await this.#reader.expectEnd();
    this.progress.current = undefined;
    await this.#schema.refreshViews();
    // The session of catch-ups is none that brings the schema: what it keeps would be in the way of a type's drop.
    if (this.#begin.load !== null) await this.#session.forgetShapes();
    const position = await movePosition(connection, this.#begin, {
      schemaHash: this.#schema.hash,
      movesTables: this.#schema.movesTables,
      rows: this.#rows,
      upstreams: [...this.#upstreams],
    });
    const { refused, leftOut, lostTables, hazards } = this.#schema;
    const notEmpty = this.#notEmpty;
    return { position, rows: this.#rows, refused, leftOut, notEmpty, lostTables, hazards };
  }

  async #apply(message: Message): Promise<void> {
    const [open] = this.#parts;
    const isPart = message.kind === "rows" && open !== undefined &&
      quoteName(message.table) === quoteName(open.rows.table);
    if (open !== undefined && !isPart) throw protocolError("A part of a table's rows is missing");
    switch (message.kind) {
      case "schemaObject":
        return this.#schema.addObject(message);
      case "schema":
        return await this.#schema.apply(message);
      case "emptyTables":
        return await this.#findRows(message.tables);
      case "truncate":
        return await this.#truncate(message);
      case "rows":
        return await this.#applyRows(message);
      case "sequences":
        return await this.#schema.applySequences(message.values);
      case "begin":
      case "rowsEnd":
      case "chunk":
      case "end":
        throw protocolError(`A ${message.kind} message inside a batch`);
      default:
        message satisfies never;
    }
  }

  /** Tables that are empty on the source but not here: they do not follow before a load. */
  async #findRows(tables: readonly TruncatedTable[]): Promise<void> {
    const { connection } = this.#session;
    for (const { schema, name, isOnly } of tables) {
      const table = { schema, name };
      if (await readTableShape(connection, table) === undefined) continue;
      const { hasRows } = await connection.row(
        z.object({ hasRows: z.boolean() }),
        `select exists (select 1 from ${isOnly ? "only " : ""}${quoteName(table)}) as "hasRows"`,
      );
      if (hasRows) this.#notEmpty.push(table);
    }
  }

  async #truncate({ tables, origin }: MessageOf<"truncate">): Promise<void> {
    const { connection } = this.#session;
    const [first] = tables;
    if (first === undefined) return;
    // No chunk has a row of a file that is gone: what is left came later.
    if (this.#load?.mode === "shadow") return;
    this.#hasTruncated = true;
    this.progress.current = first;
    this.progress.touched.push(...tables);
    for (const table of tables) {
      await this.#assertOwnName(table.root ?? table);
      await assertPartition(connection, table);
    }
    this.#notePassed(origin);
    for (const { root, schema, name } of tables) {
      const table = root ?? { schema, name };
      await enterTable(connection, { begin: this.#begin, table, origin, members: [] });
    }
    const names = tables.map((table) => `${table.isOnly ? "only " : ""}${quoteName(table)}`);
    try {
      await connection.savepoint(() => connection.run(`truncate ${names.join(", ")}`));
    } catch (error) {
      const isReferenced = error instanceof DatabaseError && error.sqlstate === featureNotSupported;
      if (!isReferenced) throw error;
      for (const name of names) await connection.run(`delete from ${name}`);
    }
  }

  async #applyRows(rows: MessageOf<"rows">): Promise<void> {
    const { connection, staging } = this.#session;
    this.progress.current = rows.table;
    this.progress.touched.push(rows.table);
    await this.#assertOwnName(rows.table);
    this.#notePassed(rows.origin);
    const name = quoteName(rows.table);
    const shape = this.#session.shapes.get(name) ?? await readShape(connection, rows.table);
    this.#session.shapes.set(name, shape);
    if (shape.needsSort(rows.key)) await connection.run(withoutHashes);
    const stage = await staging.take(rows.table, { ...rows, part: this.#parts.length });
    const checksum = new Checksum();
    const chars = new HighBitChars(connection);
    const count = await connection.copyIn(
      `copy ${stage.name} (${stage.deletedColumn}, ${quoteList(rows.columns)}) from stdin`,
      chars.over(checksum.over(this.#reader.data())),
    );
    await chars.assertNone(rows.table);
    const sent = await this.#reader.expect("rowsEnd");
    assertSameRows(rows.table, sent, { count, checksum: checksum.value });
    await this.#enterTable(rows, shape);
    this.#rows += count;
    this.#parts.push({ rows, shape, staging: stage, count });
    if (!rows.continues) await this.#mergeParts(rows);
  }

  /** The parts of one table, one for each origin, are merged together when the last has come. */
  async #mergeParts(rows: MessageOf<"rows">): Promise<void> {
    const { connection, staging } = this.#session;
    const parts = this.#parts.splice(0);
    const clearing = parts.flatMap((part) => staging.clearing(part.staging, part.count));
    const load = this.#load;
    if (load !== undefined && load.shadow !== null) {
      await this.#mergeShadow(parts, { ...load, shadow: load.shadow });
      return;
    }
    if (load?.mode === "bare") {
      await mergeCatchUp(connection, parts, () => this.#buildPrimaryKey(rows));
      this.#session.shapes.delete(quoteName(rows.table));
      for (const statement of clearing) await connection.run(statement);
      return;
    }
    // A chunk may have brought the same row, which goes on to fewer databases than its change does.
    const rewrites = load !== undefined && load.mode !== "shadow";
    const wanted = parts.filter((part) => this.#isWanted(part))
      .map((part) => ({ ...part, rewrites }));
    const [first] = wanted;
    // What was set last is of the last part, which may not be among them.
    if (first !== undefined && parts.length > 1) await setOrigin(connection, first.rows.origin);
    if (this.#hasTargets) await passOnAbsent(connection, wanted);
    await mergeChanges(connection, wanted, clearing);
  }

  async #mergeShadow(
    parts: readonly StagedPart[],
    { shadow, origin }: CatchUp & { shadow: string },
  ): Promise<void> {
    const { connection, staging } = this.#session;
    const [first] = parts;
    if (first === undefined) return;
    await catchUpShadow(connection, parts, shadow);
    this.progress.isRepeatable = true;
    await mergeShadow(connection, first, { shadow, origin, staging, part: parts.length });
    await forgetContents(connection, this.#begin, first.rows.table);
  }

  /** A load that respects them leaves this database's own rows alone: those here are newer, if they still are. */
  #isWanted({ rows }: StagedPart): boolean {
    return this.#load?.mode !== "respect" || this.#hasTruncated ||
      !hasPassed(rows.origin, this.#epoch);
  }

  async #assertOwnName(table: QualifiedName): Promise<void> {
    const session = this.#session;
    session.misnamed ??= await MisnamedTables.read(session.connection, this.#begin);
    assertOwnName(session.misnamed, table);
  }

  #notePassed(origin: Origin): void {
    for (const epoch of epochsOf(origin)) this.#upstreams.add(epoch);
  }

  /**
   * After the COPY, which may take long: somebody may have changed the table meanwhile, or since its shape
   * was read and its staging table made. A new session makes both anew.
   */
  async #enterTable({ table, origin }: MessageOf<"rows">, shape: TableShape): Promise<void> {
    const { connection } = this.#session;
    const { members } = shape;
    const mark = await enterTable(connection, { begin: this.#begin, table, origin, members });
    if (mark === shape.mark) return;
    throw new Refusal({
      failure: "transient",
      code: "peer_refused",
      table,
      message: `${displayName(table)} has been changed on the target: the batch is applied again`,
    });
  }

  async #buildPrimaryKey(rows: MessageOf<"rows">): Promise<void> {
    const { connection } = this.#session;
    const { source, target } = this.#begin;
    const snapshot = await loadAppliedSnapshot(connection, source, target);
    if (snapshot === undefined) {
      throw new TeleportError("schema_mismatch", "The target has not been sent a schema yet");
    }
    await raiseBuildMemory(connection, this.#buildWorkers);
    await buildPrimaryKey(connection, snapshot, rows.table);
  }

  #checkEnd(end: MessageOf<"end">): void {
    const between = this.#reader.messageCount - 2;
    if (between === end.count) return;
    throw protocolError(`${between} messages arrived, ${end.count} were sent`);
  }
}
