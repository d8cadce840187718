/**
 * The one base error of teleport and the table that says what each failure means.
 *
 * Return or throw a TeleportError; log it once, at the supervisor. `context` holds names and counts,
 * never row values, passwords or tokens.
 */

/** Process exit codes, as `--help` documents them. */
export const exitCode = {
  done: 0,
  runtime: 1,
  usage: 2,
  config: 3,
  database: 4,
  peer: 5,
  stateVersion: 6,
  bug: 70,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Every stable error code. A new code needs a line in `exitCodeOf`, which the compiler asks for. */
export type ErrorCode =
  | "usage"
  | "config_invalid"
  | "config_unreadable"
  | "database_unreachable"
  | "database_refused"
  | "database_statement"
  | "database_privilege"
  | "database_version"
  | "database_pooler"
  | "state_version"
  | "server_address"
  | "peer_unreachable"
  | "peer_protocol"
  | "peer_refused"
  | "position_conflict"
  | "position_lost"
  | "epoch_changed"
  | "table_refused"
  | "schema_mismatch"
  | "target_unknown"
  | "table_unknown"
  | "row_count_mismatch"
  | "restart_window"
  | "gave_way"
  | "catalogs_moved"
  | "bug";

const exitCodeOf = {
  usage: exitCode.usage,
  config_invalid: exitCode.config,
  config_unreadable: exitCode.config,
  database_unreachable: exitCode.database,
  database_refused: exitCode.database,
  database_statement: exitCode.database,
  database_privilege: exitCode.database,
  database_version: exitCode.database,
  database_pooler: exitCode.database,
  state_version: exitCode.stateVersion,
  server_address: exitCode.runtime,
  peer_unreachable: exitCode.peer,
  peer_protocol: exitCode.peer,
  peer_refused: exitCode.peer,
  position_conflict: exitCode.peer,
  position_lost: exitCode.peer,
  epoch_changed: exitCode.database,
  table_refused: exitCode.runtime,
  schema_mismatch: exitCode.runtime,
  target_unknown: exitCode.usage,
  table_unknown: exitCode.usage,
  row_count_mismatch: exitCode.runtime,
  restart_window: exitCode.runtime,
  gave_way: exitCode.runtime,
  catalogs_moved: exitCode.runtime,
  bug: exitCode.bug,
} as const satisfies Record<ErrorCode, ExitCode>;

export interface TeleportErrorOptions {
  /** What the operator does next, one sentence. */
  hint?: string;
  /** Names and counts that place the failure. */
  context?: Record<string, string | number | boolean>;
  cause?: unknown;
}

export class TeleportError extends Error {
  override readonly name: string = "TeleportError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly context: Readonly<Record<string, string | number | boolean>>;

  constructor(code: ErrorCode, message: string, options: TeleportErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.context = options.context ?? {};
  }

  get exitCode(): ExitCode {
    return exitCodeOf[this.code];
  }
}

/** The message of anything thrown, for logs. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
