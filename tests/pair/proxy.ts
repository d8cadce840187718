/**
 * A TCP proxy between two instances that misbehaves on demand: the faults of a network, by name.
 */

export type Fault =
  /** Everything passes. */
  | "none"
  /** New connections are closed at once. */
  | "refuse"
  /** The request passes, its answer never arrives: the target has committed, the source cannot know. */
  | "lose answer"
  /** The connection is cut after `cutAfterBytes` of a request. */
  | "cut body";

export class Proxy implements AsyncDisposable {
  fault: Fault = "none";
  cutAfterBytes = 1000;
  /** How often a fault has struck. */
  struck = 0;
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #running: Promise<void>;
  readonly #toPort: number;

  constructor(toPort: number) {
    this.#toPort = toPort;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#running = this.#accept();
  }

  /** Cuts what is open, so that the next request meets the fault that is set now. */
  cutAll(): void {
    for (const connection of this.#connections) close(connection);
    this.#connections.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cutAll();
    await this.#running;
  }

  async #accept(): Promise<void> {
    const sessions: Promise<void>[] = [];
    for await (const client of this.#listener) sessions.push(this.#serve(client));
    await Promise.all(sessions);
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    if (this.fault === "refuse") {
      this.struck += 1;
      return close(client);
    }
    const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#toPort })
      .catch(() => undefined);
    if (server === undefined) return close(client);
    this.#connections.add(client).add(server);
    let passed = 0;
    await Promise.all([
      this.#pump(client, server, (bytes) => {
        passed += bytes;
        return this.fault !== "cut body" || passed < this.cutAfterBytes;
      }),
      this.#pump(server, client, () => this.fault !== "lose answer"),
    ]);
    this.#connections.delete(client);
    this.#connections.delete(server);
  }

  /** Copies until an end closes or `allows` says no; then closes both. */
  async #pump(
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    allows: (bytes: number) => boolean,
  ): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
        if (!allows(read)) {
          this.struck += 1;
          break;
        }
        for (let written = 0; written < read;) {
          written += await to.write(buffer.subarray(written, read));
        }
      }
    } catch (error) {
      // A peer that resets, or a socket closed by the other direction: the connection ends.
      if (!isClosed(error)) throw error;
    } finally {
      close(from);
      close(to);
    }
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted || error instanceof Deno.errors.NotConnected;
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
