/** The target's side of replication: batches, chunks and commands into one database. */
export { Applier } from "./applier.ts";
export type { AppliedBatch } from "./batch_transaction.ts";
export type { BuildProgress } from "./load_end.ts";
