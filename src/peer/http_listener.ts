/**
 * HTTP/1.1 on an address: requests with bodies that stream in, answers of JSON text. Knows nothing of what
 * is asked.
 *
 * node:http and not Deno.serve: where a body came faster than it was read, Deno.serve of 2.9 moved all
 * that waited in memory for each block that was read; a row of 200 MB took minutes (2.7 did not).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { messageOf } from "../model/mod.ts";
import type { Answer } from "./answer.ts";

export interface HttpRequest {
  /** As in `POST`. */
  method: string;
  url: URL;
  /** What the body says that it is encoded with. */
  encoding: string | undefined;
  /** Throws where the connection breaks off. */
  body: AsyncIterator<Uint8Array, unknown, undefined>;
}

export interface HttpListener {
  hostname: string;
  port: number;
  /** Stops accepting, lets running requests end, but no longer than `deadlineMs`. */
  stop(deadlineMs: number): Promise<void>;
}

const headers = { "content-type": "application/json", "cache-control": "no-store" };

/** Rejects when the address cannot be listened on. */
export async function listen(
  address: { hostname: string; port: number },
  handle: (request: HttpRequest) => Promise<Answer>,
): Promise<HttpListener> {
  const server = createServer((request, response) => {
    serve(request, response, handle).catch(() => response.destroy());
  });
  // A body may come for hours, and silence is its reader's to judge; senders keep their connections.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(address.port, address.hostname, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
  return { ...addressOf(server, address), stop: (deadlineMs) => stop(server, deadlineMs) };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (request: HttpRequest) => Promise<Answer>,
): Promise<void> {
  const { status, body } = await handle({
    method: request.method ?? "",
    url: new URL(request.url ?? "/", "http://localhost"),
    encoding: request.headers["content-encoding"],
    body: request[Symbol.asyncIterator](),
  }).catch((error: unknown): Answer => {
    const problem = { failure: "operator", code: "bug", message: messageOf(error) };
    return { status: 500, body: JSON.stringify({ problem }) };
  });
  response.writeHead(status, headers);
  if (typeof body === "string") {
    response.end(body);
    return;
  }
  for await (const text of body) {
    if (response.destroyed) return;
    response.write(text);
  }
  response.end();
}

async function stop(server: Server, deadlineMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection whose request ends now is kept by its sender: it would hold the server open.
  const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
  const timer = setTimeout(() => server.closeAllConnections(), deadlineMs);
  server.closeIdleConnections();
  await closed;
  clearInterval(sweep);
  clearTimeout(timer);
}

const sweepMs = 50;

/** The port as bound, where 0 asked for any. */
function addressOf(
  server: Server,
  { hostname, port }: { hostname: string; port: number },
): { hostname: string; port: number } {
  const bound = server.address();
  return typeof bound === "object" && bound !== null
    ? { hostname: bound.address, port: bound.port }
    : { hostname, port };
}
