/** What every module shares: names, positions, messages, configuration shape and errors. */
export * from "./config.ts";
export * from "./error.ts";
export * from "./expression.ts";
export * from "./identifier.ts";
export * from "./sqlstate.ts";
