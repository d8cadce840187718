/**
 * A real PostgreSQL server of our own, on a port and data directory of its own. It ends, and its
 * folder goes, with its dispose or with this process, whichever comes first (see keeper.ts).
 */

import { makeOwnedDirectory } from "./account.ts";
import { type Binaries, fetchBinaries } from "./binaries.ts";
import { fillServerFolder, superuser } from "./data_directory.ts";
import { Keeper } from "./keeper.ts";
import { pickPort } from "./port.ts";
import { Postmaster, type PostmasterOptions, readTail, type StopMode } from "./postmaster.ts";
import { newestMajor } from "./release.ts";
import type { PostgresServer, Role } from "./server.ts";

const host = "127.0.0.1";
const portAttempts = 10;

/** Quick, since no test outlives a crash of the machine; commits stay synchronous as in life. */
const defaultSettings: Readonly<Record<string, string>> = {
  fsync: "off",
  full_page_writes: "off",
  listen_addresses: host,
  log_line_prefix: "%m [%p] %u@%d ",
  log_timezone: "UTC",
  max_connections: "100",
  shared_buffers: "64MB",
  timezone: "UTC",
  unix_socket_directories: "",
};

export interface ServerOptions {
  /** Default 18. */
  major?: number;
  /** On top of the defaults, as in postgresql.conf. */
  settings?: Record<string, string>;
  /** More of the environment of the server's processes, such as LOCPATH. */
  env?: Record<string, string>;
}

/** A server that this process started. */
export interface EmbeddedServer extends PostgresServer {
  readonly dataDirectory: string;
  /** The process id of the postmaster. @throws Error while stopped. */
  readonly pid: number;
}

/** Starts a server; the first one of a major downloads it. */
export async function startServer(options: ServerOptions = {}): Promise<EmbeddedServer> {
  const fetched = await fetchBinaries(options.major ?? newestMajor);
  const binaries = { ...fetched, env: { ...fetched.env, ...options.env } };
  const folder = await makeOwnedDirectory(`teleport-postgres-${binaries.release.major}-`);
  const settings = { ...defaultSettings, ...options.settings };
  const server = new StartedServer({ binaries, folder, settings });
  try {
    await fillServerFolder(folder, fetched);
    await server.startAnywhere();
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

class StartedServer implements EmbeddedServer {
  readonly host = host;
  readonly superuser = superuser;
  readonly #folder: string;
  readonly #binaries: Binaries;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #keeper: Keeper;
  #port = 0;
  #postmaster: Postmaster | undefined;

  constructor(parts: { binaries: Binaries; folder: string; settings: Record<string, string> }) {
    this.#binaries = parts.binaries;
    this.#folder = parts.folder;
    this.#settings = parts.settings;
    this.#keeper = new Keeper(parts.folder);
  }

  get port(): number {
    return this.#port;
  }

  get major(): number {
    return this.#binaries.release.major;
  }

  get dataDirectory(): string {
    return `${this.#folder}/data`;
  }

  get pid(): number {
    if (this.#postmaster === undefined) throw new Error("The server is stopped");
    return this.#postmaster.pid;
  }

  url(database: string, role: Role = superuser): string {
    const login = `${encodeURIComponent(role.name)}:${encodeURIComponent(role.password)}`;
    return `postgres://${login}@${host}:${this.#port}/${encodeURIComponent(database)}`;
  }

  /** Another process may take the port between our look and the start: then the next one. */
  async startAnywhere(): Promise<void> {
    for (let attempt = 1;; attempt++) {
      this.#port = pickPort(host);
      try {
        return await this.start();
      } catch (error) {
        if (attempt === portAttempts || !String(error).includes("already in use")) throw error;
      }
    }
  }

  async start(): Promise<void> {
    await this.#keeper.note("running");
    try {
      this.#postmaster = await Postmaster.start(this.#stopped());
    } catch (error) {
      await this.#keeper.note("stopped");
      throw error;
    }
  }

  async crashStarting(): Promise<void> {
    await this.#keeper.note("running");
    try {
      await Postmaster.crashStarting(this.#stopped());
    } finally {
      await this.#keeper.note("stopped");
    }
  }

  async stop(mode: StopMode): Promise<void> {
    if (this.#postmaster === undefined) throw new Error("The server is stopped already");
    await this.#postmaster.stop(mode);
    this.#postmaster = undefined;
    await this.#keeper.note("stopped");
  }

  async logTail(lines = 50): Promise<string> {
    return await readTail(`${this.#folder}/log`, lines);
  }

  /** Nothing to do: everything in this server goes with it. */
  whenLeaving(): void {}

  /** @throws Error while the server runs. */
  #stopped(): PostmasterOptions {
    if (this.#postmaster !== undefined) throw new Error("The server is running already");
    return {
      binaries: this.#binaries,
      folder: this.#folder,
      settings: { ...this.#settings, port: String(this.#port) },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.#postmaster !== undefined) await this.stop("immediate");
    } finally {
      await this.#keeper[Symbol.asyncDispose]();
    }
  }
}
