/** Real PostgreSQL servers, databases, roles and connections for tests and the demo. */
export * from "./bouncer.ts";
export * from "./data_copy.ts";
export * from "./database.ts";
export * from "./database_config.ts";
export * from "./embedded_server.ts";
export * from "./locales.ts";
export * from "./pg_dump.ts";
export { availableMajors, newestMajor } from "./release.ts";
export type { StopMode } from "./postmaster.ts";
export type { PostgresServer, Role } from "./server.ts";
export * from "./server_pair.ts";
export * from "./session.ts";
