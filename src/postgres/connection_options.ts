/**
 * libpq-style connection options (config `database.options`) as the driver wants them.
 *
 * The names and their meaning are libpq's: https://www.postgresql.org/docs/current/libpq-connect.html
 */
import { type DatabaseConfig, TeleportError } from "../model/mod.ts";
import type pg from "pg";
import { readFileSync } from "node:fs";
import process from "node:process";

const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
type SslMode = (typeof sslModes)[number];

/** Every option that `database.options` may hold. */
export const knownOptions = [
  "sslmode",
  "sslrootcert",
  "sslcert",
  "sslkey",
  "application_name",
  "connect_timeout",
  "keepalives",
  "keepalives_idle",
  "options",
] as const;

type KnownOption = (typeof knownOptions)[number];

export interface ConnectionOptions {
  config: pg.ClientConfig;
  /** Whether to try once more without TLS when the server has none (libpq's `prefer`). */
  mayFallBackToPlain: boolean;
}

/**
 * @throws TeleportError `config_invalid` on an unknown option, value or unreadable certificate.
 */
export function toConnectionOptions(
  database: DatabaseConfig,
  purpose: string,
): ConnectionOptions {
  const options = readOptions(database.options);
  const sslMode = readSslMode(options.get("sslmode"));
  const connectTimeoutSeconds = readSeconds(options, "connect_timeout", 10);
  const keepAliveIdleSeconds = readSeconds(options, "keepalives_idle", 30);
  const application = options.get("application_name") ?? "teleport";
  const serverOptions = options.get("options");
  const config: pg.ClientConfig = {
    host: database.hostname,
    port: database.port,
    database: database.database,
    user: database.username,
    password: database.password,
    application_name: `${application} ${purpose}`.slice(0, 63),
    connectionTimeoutMillis: connectTimeoutSeconds * 1000,
    keepAlive: options.get("keepalives") !== "0",
    keepAliveInitialDelayMillis: keepAliveIdleSeconds * 1000,
    ssl: sslMode === "disable" || sslMode === "allow" ? false : toTls(sslMode, options, database),
    ...(serverOptions === undefined ? {} : { options: serverOptions }),
  };
  return { config, mayFallBackToPlain: sslMode === "prefer" };
}

function readOptions(raw: DatabaseConfig["options"]): Map<KnownOption, string> {
  const options = new Map<KnownOption, string>();
  for (const [name, value] of Object.entries(raw)) {
    const known = knownOptions.find((candidate) => candidate === name);
    if (known === undefined) {
      throw invalid(
        `database.options.${name} is not known`,
        `Use one of ${knownOptions.join(", ")}.`,
      );
    }
    options.set(known, String(value));
  }
  return options;
}

function readSslMode(value: string | undefined): SslMode {
  if (value === undefined) return "prefer";
  const mode = sslModes.find((candidate) => candidate === value);
  if (mode === undefined) {
    throw invalid(
      `database.options.sslmode is ${JSON.stringify(value)}`,
      `Use one of ${sslModes.join(", ")}.`,
    );
  }
  return mode;
}

function readSeconds(
  options: Map<KnownOption, string>,
  name: KnownOption,
  otherwise: number,
): number {
  const text = options.get(name);
  if (text === undefined) return otherwise;
  if (!/^\d{1,6}$/.test(text)) {
    throw invalid(
      `database.options.${name} is ${JSON.stringify(text)}`,
      "Give whole seconds, 0 for no limit.",
    );
  }
  return Number(text);
}

function toTls(
  mode: SslMode,
  options: Map<KnownOption, string>,
  database: DatabaseConfig,
): NonNullable<pg.ClientConfig["ssl"]> {
  const rootFile = options.get("sslrootcert");
  const certificateFile = options.get("sslcert");
  const keyFile = options.get("sslkey");
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

function readCertificate(option: KnownOption, file: string): string {
  const home = process.env["HOME"] ?? "";
  const path = file.startsWith("~/") ? home + file.slice(1) : file;
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw invalid(
      `database.options.${option}: cannot read ${path}`,
      "Give a readable PEM file.",
      cause,
    );
  }
}

function invalid(message: string, hint: string, cause?: unknown): TeleportError {
  return new TeleportError("config_invalid", message, { hint, cause });
}
