/**
 * Requests to one address, with bodies that stream, each on a connection of its own: where the peer has
 * closed a kept one, Deno 2.9 sends the headers again by itself, and hangs for a body that has gone.
 *
 * node:http and not fetch: fetch leaves Nagle's algorithm on, so a block that ends a body waits for the
 * acknowledgement of the one before, 40 ms with most peers. That is five times what a small batch takes.
 */
import http from "node:http";

export interface HttpRequest {
  method: "GET" | "POST";
  path: string;
  /** Read once, as fast as the peer takes it. */
  body?: AsyncIterable<Uint8Array>;
  /** What the body is encoded with, for its reader. Default: none. */
  encoding?: string;
  signal: AbortSignal;
  /** Called for each block of the answer. */
  onBlock: () => void;
}

export class HttpClient {
  readonly #agent = new http.Agent({ keepAlive: false });
  readonly #address: { hostname: string; port: number };

  constructor({ hostname, port }: { hostname: string; port: number }) {
    this.#address = { hostname, port };
  }

  /**
   * Sends a request and resolves with the text of its answer, whatever its status.
   * @throws what broke first: the signal's reason, the body's own error, an Error of the network.
   */
  async exchange(
    { method, path, body, encoding = "none", signal, onBlock }: HttpRequest,
  ): Promise<string> {
    signal.throwIfAborted();
    const headers = encoding === "none" ? {} : { "content-encoding": encoding };
    const request = http.request({ ...this.#address, agent: this.#agent, method, path, headers });
    request.setNoDelay(true);
    const first = Promise.withResolvers<never>();
    const stop = new AbortController();
    const giveUp = () => {
      stop.abort();
      request.destroy();
    };
    const onAbort = () => {
      first.reject(signal.reason);
      giveUp();
    };
    signal.addEventListener("abort", onAbort);
    const upload = send(body, request, stop.signal);
    upload.catch(first.reject);
    try {
      return await Promise.race([readAnswer(request, onBlock), first.promise]);
    } finally {
      // A signal that depends on one of the process is kept for as long as somebody listens to it.
      signal.removeEventListener("abort", onAbort);
      // Whoever answers before the request has been read wants no more of it.
      if (!request.writableFinished) giveUp();
    }
  }
}

/**
 * Sends the body block by block, each as a copy: its memory may be used again for the next, and Deno 2.7 says
 * that a block is written before it is.
 * @throws what broke, the body itself or the connection.
 */
async function send(
  body: AsyncIterable<Uint8Array> | undefined,
  request: http.ClientRequest,
  stopped: AbortSignal,
): Promise<void> {
  let giveUp: ((reason: unknown) => void) | undefined;
  stopped.addEventListener("abort", () => giveUp?.(stopped.reason));
  for await (const block of body ?? []) {
    stopped.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      giveUp = reject;
      request.write(new Uint8Array(block), (error) => error ? reject(error) : resolve());
    });
  }
  request.end();
}

async function readAnswer(request: http.ClientRequest, onBlock: () => void): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  request.on("response", resolve);
  request.on("error", reject);
  request.on("close", () => reject(new Error("The connection was closed before the answer")));
  const response = await promise;
  const decoder = new TextDecoder();
  let text = "";
  for await (const block of response) {
    onBlock();
    // Heartbeats are spaces: a commit of hours must not grow the text.
    text = (text + decoder.decode(block, { stream: true })).trimStart();
  }
  return text;
}
