/** The way to PostgreSQL: the only module that knows the driver. */
export * from "./connection.ts";
export { DatabaseError } from "./database_error.ts";
export { forVersion } from "./version_lines.ts";
export { withoutHashes } from "./without_hashes.ts";
