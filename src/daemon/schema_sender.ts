/** Decides when the schema and the sequences' values travel with a batch. */
import { restartWindow } from "../batch/mod.ts";
import { readFingerprint } from "../capture/mod.ts";
import { messageOf, type SequenceValue } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import {
  hashSnapshot,
  readSequenceValues,
  readSnapshot,
  type SchemaSnapshot,
  withWays,
} from "../schema/mod.ts";
import type { TargetLink } from "./target_link.ts";

/** How often in a row a snapshot is given up because of DDL that ran meanwhile. */
const maxRestarts = 5;

export interface SchemaToSend {
  objects: readonly unknown[];
  hash: string;
}

export class SchemaSender {
  readonly #link: TargetLink;
  readonly #sequenceIntervalMs: number;
  #comparedVersion = -1;
  #peerHash: string | null = null;
  #sequencesAt = 0;
  #sequencesSent = "";
  #restarts = 0;

  constructor(link: TargetLink, sequenceIntervalMs: number) {
    this.#link = link;
    this.#sequenceIntervalMs = sequenceIntervalMs;
  }

  /** What the target says that it has. */
  setPeerHash(hash: string | null): void {
    this.#peerHash = hash;
    this.#comparedVersion = -1;
    this.#sequencesAt = 0;
    this.#sequencesSent = "";
  }

  /** Whether the catalogs may have changed since the last comparison. */
  mustCompare(captureVersion: number): boolean {
    return this.#comparedVersion !== captureVersion || this.#link.mustSendSchema;
  }

  /**
   * The schema in the batch's snapshot, where the target has another.
   * @throws TeleportError `restart_window` where DDL ran meanwhile.
   */
  async read(reader: Connection, control: Connection): Promise<SchemaToSend | undefined> {
    const snapshot = await this.#readSettled(reader, control);
    const hash = hashSnapshot(snapshot);
    if (hash === this.#peerHash && !this.#link.mustSendSchema) return undefined;
    return { objects: snapshot.objects, hash };
  }

  /**
   * The functions of PostgreSQL that deparse look at the catalogs of now, not of the snapshot: names of
   * two moments in one schema, or an error, where DDL was committed since.
   */
  async #readSettled(reader: Connection, control: Connection): Promise<SchemaSnapshot> {
    const { target_expression, apply_schema } = this.#link.config;
    const options = {
      expression: target_expression,
      ...(apply_schema === undefined ? {} : { applySchema: apply_schema }),
    };
    const fingerprint = await readFingerprint(reader);
    const hasMoved = async () => await readFingerprint(control) !== fingerprint;
    let snapshot: SchemaSnapshot;
    try {
      snapshot = await withWays(reader, await readSnapshot(reader, options), options);
    } catch (error) {
      if (await hasMoved()) throw restartWindow(`the schema changed: ${messageOf(error)}`);
      throw error;
    }
    // Under DDL without end a mixed one is better than none: it is compared again with the next look.
    if (this.#restarts < maxRestarts && await hasMoved()) {
      this.#restarts += 1;
      throw restartWindow("the schema changed while it was read");
    }
    this.#restarts = 0;
    return snapshot;
  }

  /** To be called when a batch with what `read` returned has been acknowledged. */
  compared(captureVersion: number, sent: SchemaToSend | undefined): void {
    this.#comparedVersion = captureVersion;
    this.#link.mustSendSchema = false;
    if (sent !== undefined) this.#peerHash = sent.hash;
  }

  /** Sequence values that differ from those last sent; looked at every interval. */
  async changedSequences(connection: Connection): Promise<SequenceValue[]> {
    if (Date.now() - this.#sequencesAt < this.#sequenceIntervalMs) return [];
    return await this.currentSequences(connection);
  }

  /** As `changedSequences`, now. */
  async currentSequences(connection: Connection): Promise<SequenceValue[]> {
    const { target_expression, apply_schema } = this.#link.config;
    const values = await readSequenceValues(connection, {
      expression: target_expression,
      ...(apply_schema === undefined ? {} : { applySchema: apply_schema }),
    });
    this.#sequencesAt = Date.now();
    return JSON.stringify(values) === this.#sequencesSent ? [] : values;
  }

  sentSequences(values: readonly SequenceValue[]): void {
    if (values.length > 0) this.#sequencesSent = JSON.stringify(values);
  }
}
