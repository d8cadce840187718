/** Decides when the schema and the sequences' values travel with a batch. */
import type { SequenceValue } from "../model/mod.ts";
import type { Connection } from "../postgres/mod.ts";
import { hashSnapshot, readSequenceValues, readSnapshot } from "../schema/mod.ts";
import type { TargetLink } from "./target_link.ts";

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

  /** The schema in the batch's snapshot, where the target has another. */
  async read(connection: Connection): Promise<SchemaToSend | undefined> {
    const { target_expression, apply_schema } = this.#link.config;
    const snapshot = await readSnapshot(connection, {
      expression: target_expression,
      ...(apply_schema === undefined ? {} : { applySchema: apply_schema }),
    });
    const hash = hashSnapshot(snapshot);
    if (hash === this.#peerHash && !this.#link.mustSendSchema) return undefined;
    return { objects: snapshot.objects, hash };
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
