/** What a batch brings of its source's schema, sequences included, and what came of it. */
import type { Acknowledgement, MessageOf, QualifiedName, SequenceValue } from "../model/mod.ts";
import {
  applySequenceValues,
  applySnapshot,
  refreshViews,
  type SchemaObject,
  schemaObject,
  type SchemaPolicy,
} from "../schema/mod.ts";
import { protocolError } from "./frame_reader.ts";
import type { ApplySession } from "./session.ts";
import { recordLost } from "./stored_position.ts";

/** Longest wait for a lock of DDL: readers queue behind it. */
const schemaLockTimeoutMs = 1500;

interface BatchSchemaOptions {
  session: ApplySession;
  begin: MessageOf<"begin">;
  /** Whether this database is a source too. */
  hasTargets: boolean;
  policy: SchemaPolicy;
  /** Of everything but DDL. */
  lockTimeoutMs: number;
  /** Commits new enum labels in a session of its own: they are unusable in their own transaction. */
  addEnumLabels: (objects: SchemaObject[]) => Promise<void>;
}

export class BatchSchema {
  readonly #options: BatchSchemaOptions;
  #objects: SchemaObject[] = [];
  /** Undefined where the batch brought no schema. */
  hash: string | undefined;
  refused: { object: string; error: string }[] = [];
  leftOut: Acknowledgement["leftOut"] = [];
  lostTables: QualifiedName[] = [];
  movesTables = false;
  /** Drops of data and rewrites, for the log. */
  readonly hazards: string[] = [];

  constructor(options: BatchSchemaOptions) {
    this.#options = options;
  }

  addObject({ object }: MessageOf<"schemaObject">): void {
    this.#objects.push(schemaObject.parse(object));
  }

  async apply({ count, hash }: MessageOf<"schema">): Promise<void> {
    const { session, begin, policy, lockTimeoutMs, addEnumLabels } = this.#options;
    const { connection } = session;
    const objects = this.#objects;
    this.#objects = [];
    if (objects.length !== count) {
      throw protocolError(`${objects.length} schema objects arrived, ${count} were sent`);
    }
    await addEnumLabels(objects);
    await session.forgetShapes();
    const { source, target } = begin;
    // Rather give the batch up, and come again.
    await connection.limitLockWaits(schemaLockTimeoutMs);
    const report = await applySnapshot(connection, {
      source,
      target,
      after: { objects },
      policy: { ...policy, onHazard: (hazard) => this.hazards.push(hazard) },
    });
    await connection.limitLockWaits(lockTimeoutMs);
    this.refused = report.refused;
    this.leftOut = report.unsupported.map(({ object, reason, isByDesign = false }) => ({
      ...{ object, reason, isByDesign },
    }));
    this.lostTables = report.lostTables;
    this.movesTables = report.movesTables;
    await recordLost(connection, begin, report.lostTables);
    this.hash = hash;
  }

  async applySequences(values: readonly SequenceValue[]): Promise<void> {
    const { session, hasTargets } = this.#options;
    // A database with targets of its own is written to: its values never go back.
    const { missing, refused } = await applySequenceValues(session.connection, values, {
      isForwardOnly: hasTargets,
    });
    this.refused.push(
      ...missing.map((name) => ({ object: `sequence ${name}`, error: "it is not on the target" })),
      ...refused.map(({ object, error }) => ({ object: `sequence ${object}`, error })),
    );
  }

  /** After the rows. */
  async refreshViews(): Promise<void> {
    const { session, begin, hasTargets } = this.#options;
    const isCatchUp = begin.load !== null;
    if (isCatchUp || !session.mayRefresh) return;
    const { waiting, refused } = await refreshViews(session.connection, begin, {
      followsSource: !hasTargets,
    });
    session.mayRefresh = waiting > 0;
    this.refused.push(...refused);
  }
}
