/** The trigger installer: which rows changed is written down by triggers that this module keeps. */
export * from "./captured_relation.ts";
export { readFingerprint } from "./fingerprint.ts";
export { captureFunctions, firstVersionWithEventTriggers } from "./functions/mod.ts";
export * from "./install_capture.ts";
export type { EventTriggerState } from "./event_triggers.ts";
export type { Blocker } from "./lock_blockers.ts";
export * from "./vacuum_slots.ts";
export { keyFromText, keyOperand } from "./key_expressions.ts";
