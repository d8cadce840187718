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
  | "cut body"
  /** Connections stay open, and nothing passes until the fault is over. */
  | "hold"
  /** A little passes at a time. */
  | "slow";

const pollMs = 10;
const slowBytes = 2000;

export class Proxy implements AsyncDisposable {
  fault: Fault = "none";
  cutAfterBytes = 1000;
  /** How often a fault has struck. */
  struck = 0;
  /** What clients sent on each connection, while `isRecording`. */
  readonly recorded: Uint8Array[][] = [];
  isRecording = false;
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

  /** Sends what a connection sent once more, past the faults, and reads as many answers. */
  async replay(sent: readonly Uint8Array[]): Promise<string> {
    using server = await Deno.connect({ hostname: "127.0.0.1", port: this.#toPort });
    const requests = sent.map((bytes) => new TextDecoder("latin1").decode(bytes)).join("")
      .match(/(GET|POST) \/\S+ HTTP\/1\.1\r\n/g)?.length ?? 0;
    const writing = (async () => {
      for (const bytes of sent) await writeAll(server, bytes);
    })();
    let answers = "";
    const buffer = new Uint8Array(64 * 1024);
    while (countAnswers(answers) < requests) {
      const read = await server.read(buffer);
      if (read === null) break;
      answers += new TextDecoder().decode(buffer.subarray(0, read));
    }
    await writing;
    return answers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.fault = "none";
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
    const record: Uint8Array[] = [];
    if (this.isRecording) this.recorded.push(record);
    await Promise.all([
      this.#pump(client, server, (bytes) => {
        if (this.isRecording) record.push(bytes.slice());
        passed += bytes.length;
        return this.fault !== "cut body" || passed < this.cutAfterBytes;
      }),
      this.#pump(server, client, () => this.fault !== "lose answer"),
    ]);
    this.#connections.delete(client);
    this.#connections.delete(server);
  }

  async #pass(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
    if (this.fault === "hold") this.struck += 1;
    while (this.fault === "hold") await pause();
    for (let written = 0; written < bytes.length;) {
      const isSlow = this.fault === "slow";
      if (isSlow) {
        this.struck += 1;
        await pause();
      }
      const end = isSlow ? Math.min(written + slowBytes, bytes.length) : bytes.length;
      await writeAll(to, bytes.subarray(written, end));
      written = end;
    }
  }

  /** Copies until an end closes or `allows` says no; then closes both. */
  async #pump(
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    allows: (bytes: Uint8Array) => boolean,
  ): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
        if (!allows(buffer.subarray(0, read))) {
          this.struck += 1;
          break;
        }
        await this.#pass(to, buffer.subarray(0, read));
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

async function writeAll(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await to.write(bytes.subarray(written));
}

/** Heads of answers whose body has come too: each is one line of JSON, or its refusal. */
function countAnswers(text: string): number {
  return text.match(/HTTP\/1\.1 \d{3} [\s\S]*?\r\n\r\n[\s\S]*?\{"(result|problem)"/g)?.length ?? 0;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pollMs));
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
