/**
 * What a test knows of a PostgreSQL server, whether it was started here or named by the environment.
 */

import type { StopMode } from "./postmaster.ts";

/** A login. */
export interface Role {
  name: string;
  password: string;
}

export interface PostgresServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** 10 to 18. */
  readonly major: number;
  readonly superuser: Role;
  /** A connection string, as the superuser where no role is given. */
  url(database: string, role?: Role): string;
  /** Resolves when the process has ended. Rejects on a server that is not ours. */
  stop(mode: StopMode): Promise<void>;
  /** Starts again on the same data and port. Rejects on a server that is not ours. */
  start(): Promise<void>;
  /** Begins a start and crashes in it; to be started again. Rejects on a server that is not ours. */
  crashStarting(): Promise<void>;
  /** The last lines of the server's log; empty for a server that is not ours. */
  logTail(lines?: number): Promise<string>;
  /** Runs at dispose, newest first, only where the server itself outlives us: drop what was made. */
  whenLeaving(action: () => Promise<void>): void;
}
