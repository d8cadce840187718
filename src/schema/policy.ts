/** What the operator of a target wants done about the schema of a source. */

export interface SchemaPolicy {
  /** Whether what the source dropped with its rows or values is dropped here, or held. */
  drops: "apply" | "hold";
  /** Told of what cannot be undone, before the transaction's end. */
  onHazard?: (hazard: string) => void;
  /** Size of a table on the target, in bytes, from which on its new indexes are built beside the batches. */
  concurrentFromBytes?: number;
}

/**
 * A batch waits 1.5 s at most for the locks of its DDL, and an index of 64 MB is built in about that time:
 * what takes no longer may as well hold up writers, and is there when its batch is.
 */
export const defaultConcurrentFromBytes = 64 * 1024 * 1024;

export const defaultPolicy: SchemaPolicy = { drops: "apply" };

/** How the error of a held object begins; see applied_schema. */
export const heldMark = "held";

/** How the error of what waits for the building of an index begins, that of the index itself included. */
export const buildingMark = "building";

/** How the error of an index begins whose building failed; it is tried again. */
export const notBuiltMark = "not built";
