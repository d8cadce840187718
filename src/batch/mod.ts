/** The event batcher: from queued events to one consistent batch of current rows. */
export {
  type BatchRequest,
  type OpenBatch,
  openBatch,
  type Participant,
  type TableChanges,
} from "./batch.ts";
export { batchFrames, type FramesOptions } from "./batch_frames.ts";
export { assertNames } from "./relation_name.ts";
export { readColumnMarks } from "./relation_shape.ts";
export { UnreadableTable } from "./unreadable_table.ts";
export { readColumns, type SentColumn, sentValue } from "./columns.ts";
export {
  countEvents,
  type EventSummary,
  findLimit,
  summarizeEvents,
  type Window,
} from "./event_summary.ts";
export { VerifiedRelations } from "./verified_relations.ts";
export { restartWindow } from "./restart.ts";
