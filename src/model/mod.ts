/** What every module shares: names, positions, messages, configuration shape and errors. */
export * from "./checksum.ts";
export * from "./config.ts";
export * from "./error.ts";
export * from "./event_kind.ts";
export * from "./existing_rows.ts";
export * from "./expression.ts";
export * from "./identifier.ts";
export * from "./load_name.ts";
export * from "./load_phase.ts";
export * from "./message.ts";
export * from "./origin.ts";
export * from "./position.ts";
export * from "./refusal.ts";
export * from "./secret.ts";
export * from "./sqlstate.ts";
export * from "./table_state.ts";
