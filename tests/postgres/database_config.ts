/** The way to a test database as configurations have it. */
import { configSchema, type DatabaseConfig } from "../../src/model/mod.ts";
import type { Role } from "./server.ts";

/** A server, or a pool in front of one. */
export interface Place {
  host: string;
  port: number;
}

/** The section `database` of a configuration file, named as the database. */
export function databaseSection({ host, port }: Place, database: string, role: Role) {
  return {
    name: database,
    database,
    hostname: host,
    port,
    username: role.name,
    password: role.password,
  };
}

/** The same as it is read from a file. */
export function databaseConfig(place: Place, database: string, role: Role): DatabaseConfig {
  return configSchema.shape.database.parse(databaseSection(place, database, role));
}
