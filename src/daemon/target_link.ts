/** What belongs to one target: its configuration, the way to it, and what is in its scope. */
import type { CapturedRelation } from "../capture/mod.ts";
import {
  matchesExpression,
  type QualifiedName,
  quoteName,
  soleSchemaOf,
  type TargetConfig,
} from "../model/mod.ts";
import { Peer, type PeerOptions } from "../peer/mod.ts";

export class TargetLink {
  readonly name: string;
  readonly config: TargetConfig;
  readonly peer: Peer;
  /** Set when the schema has to be sent whether or not its hash is known to differ. */
  mustSendSchema = false;
  /**
   * Set when a foreign key of a table that keeps its rows while it is loaded has refused some: those keys go then,
   * as they do at once for a table that loses its rows.
   */
  keysAreInTheWay = false;
  /** By relation, name, columns and partitions in the schema that the target was last known to have. */
  columns: ReadonlyMap<number, string> = new Map();
  /** Resolves when every batch that is being made or on its way has ended, one way or the other. */
  batchEnded: Promise<void> = Promise.resolve();

  constructor(name: string, config: TargetConfig, peer: PeerOptions) {
    this.name = name;
    this.config = config;
    this.peer = new Peer(config.endpoint, peer);
  }

  /** Has `batchEnded` wait for this too. */
  track(batch: Promise<unknown>): void {
    this.batchEnded = Promise.allSettled([this.batchEnded, batch]).then(() => undefined);
  }

  readonly toTargetSchema = (schema: string): string => {
    const { apply_schema, target_expression } = this.config;
    if (apply_schema === undefined) return schema;
    return schema === soleSchemaOf(target_expression) ? apply_schema : schema;
  };

  /** Whether the target gets the table's rows: a tree of partitions goes whole, by any of its names. */
  takes(table: CapturedRelation): boolean {
    return table.variant !== "none" && table.key.length > 0 &&
      table.tree.some((name) => matchesExpression(this.config.target_expression, name));
  }

  /** The unit that the target knows by this name; the TRUNCATE of a partition names that alone. */
  findRoot(captured: readonly CapturedRelation[], there: QualifiedName): number | undefined {
    const isNamed = (table: QualifiedName) => quoteName(this.toTarget(table)) === quoteName(there);
    const found = captured.find(isNamed) ?? captured.find(({ tree }) => tree.some(isNamed));
    return found?.root;
  }

  toTarget(table: QualifiedName): QualifiedName {
    return { schema: this.toTargetSchema(table.schema), name: table.name };
  }
}
