/**
 * Errors of a PostgreSQL server or of the way to it, in teleport's terms.
 *
 * Detail and where fields of the server's message are left out on purpose: they can hold row values.
 */
import { type ErrorCode, type FailureClass, TeleportError } from "../model/mod.ts";
import { classOfSqlstate } from "../model/mod.ts";
// @ts-types="@types-of/pg"
import pg from "pg";

/** A statement or connection failed. `sqlstate` is undefined when no server answered. */
export class DatabaseError extends TeleportError {
  override readonly name = "DatabaseError";
  readonly sqlstate: string | undefined;
  readonly failureClass: FailureClass;
  /** Where the server names them: the table, column and constraint that the error is about. */
  readonly place: { schema?: string; table?: string; column?: string; constraint?: string };

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      sqlstate?: string;
      place?: DatabaseError["place"];
      hint?: string;
      cause?: unknown;
    },
  ) {
    super(code, message, {
      ...(options.hint === undefined ? {} : { hint: options.hint }),
      ...(options.sqlstate === undefined ? {} : { context: { sqlstate: options.sqlstate } }),
      cause: options.cause,
    });
    this.sqlstate = options.sqlstate;
    this.failureClass = options.sqlstate === undefined
      ? "unreachable"
      : classOfSqlstate(options.sqlstate);
    this.place = options.place ?? {};
  }
}

/** Turns whatever the driver threw into a DatabaseError; a TeleportError passes unchanged. */
export function toDatabaseError(error: unknown, server: string): TeleportError {
  if (error instanceof TeleportError) return error;
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    const place = {
      ...(error.schema === undefined ? {} : { schema: error.schema }),
      ...(error.table === undefined ? {} : { table: error.table }),
      ...(error.column === undefined ? {} : { column: error.column }),
      ...(error.constraint === undefined ? {} : { constraint: error.constraint }),
    };
    const code = codeOf(error.code);
    return new DatabaseError(code, `${server}: ${error.message}`, {
      sqlstate: error.code,
      place,
      cause: error,
      ...hintOf(code, error.hint),
    });
  }
  const message = error instanceof Error ? error.message || error.name : String(error);
  return new DatabaseError("database_unreachable", `${server}: ${message}`, {
    hint: "Check that the server runs and that hostname, port and sslmode are right.",
    cause: error,
  });
}

function codeOf(sqlstate: string): ErrorCode {
  if (sqlstate === "42501") return "database_privilege";
  // invalid_authorization, invalid_password, invalid_catalog_name (no such database)
  if (sqlstate.startsWith("28") || sqlstate === "3D000") return "database_refused";
  return classOfSqlstate(sqlstate) === "unreachable"
    ? "database_unreachable"
    : "database_statement";
}

function hintOf(code: ErrorCode, hint: string | undefined): { hint?: string } {
  if (code === "database_refused") {
    return { hint: "Check database.username, database.password and database.database." };
  }
  return hint === undefined ? {} : { hint };
}
