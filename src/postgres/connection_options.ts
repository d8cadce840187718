/**
 * libpq-style connection options (config `database.options`) as the driver wants them.
 *
 * Names, values and defaults are checked and filled in by the configuration's schema; their meaning
 * is libpq's: https://www.postgresql.org/docs/current/libpq-connect.html
 */
import { type DatabaseConfig, TeleportError } from "../model/mod.ts";
import type pg from "pg";
import { readFileSync } from "node:fs";
import process from "node:process";

type DatabaseOptions = DatabaseConfig["options"];

export interface ConnectionOptions {
  config: pg.ClientConfig;
  /** Whether to try once more without TLS when the server has none (libpq's `prefer`). */
  mayFallBackToPlain: boolean;
}

/**
 * @throws TeleportError `config_invalid` on an unreadable certificate.
 */
export function toConnectionOptions(
  database: DatabaseConfig,
  purpose: string,
): ConnectionOptions {
  const options = database.options;
  const mode = options.sslmode;
  const config: pg.ClientConfig = {
    host: database.hostname,
    port: database.port,
    database: database.database,
    user: database.username,
    password: database.password,
    application_name: `${options.application_name} ${purpose}`.slice(0, 63),
    connectionTimeoutMillis: options.connect_timeout * 1000,
    keepAlive: options.keepalives !== 0,
    keepAliveInitialDelayMillis: options.keepalives_idle * 1000,
    ssl: mode === "disable" || mode === "allow" ? false : toTls(database),
    ...(options.options === undefined ? {} : { options: options.options }),
  };
  return { config, mayFallBackToPlain: mode === "prefer" };
}

function toTls(database: DatabaseConfig): NonNullable<pg.ClientConfig["ssl"]> {
  const { sslmode: mode, sslrootcert: rootFile, sslcert: certificateFile, sslkey: keyFile } =
    database.options;
  // As libpq: with a root certificate given, `require` verifies the chain too.
  const verifies = mode === "verify-ca" || mode === "verify-full" ||
    (mode === "require" && rootFile !== undefined);
  return {
    rejectUnauthorized: verifies,
    ...(mode === "verify-full" ? { servername: database.hostname } : {}),
    ...(mode === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
    ...(rootFile === undefined || rootFile === "system"
      ? {}
      : { ca: readCertificate("sslrootcert", rootFile) }),
    ...(certificateFile === undefined ? {} : { cert: readCertificate("sslcert", certificateFile) }),
    ...(keyFile === undefined ? {} : { key: readCertificate("sslkey", keyFile) }),
  };
}

function readCertificate(option: keyof DatabaseOptions, file: string): string {
  const home = process.env["HOME"] ?? "";
  const path = file.startsWith("~/") ? home + file.slice(1) : file;
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new TeleportError(
      "config_invalid",
      `database.options.${option}: cannot read ${path}`,
      { hint: "Give a readable PEM file.", cause },
    );
  }
}
