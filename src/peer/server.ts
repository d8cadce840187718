/**
 * The HTTP server of an instance: what other instances send to it, and its status.
 *
 * A request whose work fails is still read to its end before the answer goes out: an answer in the
 * middle of an upload reaches most clients as a reset connection, and the reason would be lost.
 */
import {
  type Acknowledgement,
  type Command,
  command,
  type CommandResult,
  type Frame,
  messageOf,
  Refusal,
  type StoredPosition,
  TeleportError,
} from "../model/mod.ts";
import { type Answer, answer } from "./answer.ts";
import { decompress } from "./compression.ts";
import { decodeFrames } from "./frame_codec.ts";
import { type HttpListener, type HttpRequest, listen } from "./http_listener.ts";
import { Silence } from "./silence.ts";

/** What the server does with what it is sent. Failures are thrown, as Refusal where classified. */
export interface Receiver {
  readPosition(source: string, target: string): Promise<StoredPosition>;
  applyBatch(frames: AsyncIterable<Frame>): Promise<Acknowledgement>;
  applyChunk(frames: AsyncIterable<Frame>): Promise<{ rows: number }>;
  runCommand(command: Command): Promise<CommandResult>;
  readStatus(): Promise<unknown>;
}

export interface ServerOptions {
  hostname: string;
  port: number;
  /** Silence after which a sender counts as dead. */
  idleTimeoutMs: number;
  heartbeatMs: number;
}

export type PeerServer = HttpListener;

const maxCommandBytes = 1024 * 1024;

/** @throws TeleportError `server_address` when the address cannot be listened on. */
export async function startServer(
  receiver: Receiver,
  options: ServerOptions,
): Promise<PeerServer> {
  try {
    return await listen(options, (request) => handle(request, receiver, options));
  } catch (cause) {
    throw new TeleportError(
      "server_address",
      `Cannot listen on ${options.hostname}:${options.port}: ${messageOf(cause)}`,
      { hint: "Choose another server.port, or stop what listens there.", cause },
    );
  }
}

async function handle(
  request: HttpRequest,
  receiver: Receiver,
  options: ServerOptions,
): Promise<Answer> {
  const { method, url } = request;
  switch (`${method} ${url.pathname}`) {
    case "GET /status":
      return { status: 200, body: JSON.stringify(await receiver.readStatus()) };
    case "GET /position":
      return await answer(
        receiver.readPosition(
          url.searchParams.get("source") ?? "",
          url.searchParams.get("target") ?? "",
        ),
        options.heartbeatMs,
      );
    case "POST /batches":
      return await receive(request, options, (frames) => receiver.applyBatch(frames));
    case "POST /chunks":
      return await receive(request, options, (frames) => receiver.applyChunk(frames));
    case "POST /commands": {
      const body = new RequestBody(request.body, options.idleTimeoutMs);
      const work = readCommand(body).then(receiver.runCommand);
      return await answer(work, options.heartbeatMs);
    }
    default: {
      const problem = {
        failure: "operator",
        code: "peer_protocol",
        message: `There is no ${method} ${url.pathname} here`,
      };
      return { status: 404, body: JSON.stringify({ problem }) };
    }
  }
}

/** Applies the request's frames; the outcome follows once the body has been read and the work done. */
async function receive<Result>(
  request: HttpRequest,
  options: ServerOptions,
  apply: (frames: AsyncIterable<Frame>) => Promise<Result>,
): Promise<Answer> {
  const body = new RequestBody(request.body, options.idleTimeoutMs);
  const work = apply(decodeFrames(decompress(body.blocks(), request.encoding)));
  // Heartbeats begin while the body still comes: one statement may take longer than any silence.
  const outcome = work.then(
    (result) => body.drain().then(() => result),
    async (error: unknown) => {
      await body.drain();
      throw error;
    },
  );
  return await answer(outcome, options.heartbeatMs);
}

/** A request's bytes, with a limit on silence, that can be read on to the end by somebody else. */
class RequestBody {
  readonly #iterator: HttpRequest["body"];
  readonly #silence: Silence;
  #isEnded = false;
  /** Of the block that is waited for: silence while nobody reads is not the sender's. */
  #giveUp: ((reason: Refusal) => void) | undefined;

  constructor(body: HttpRequest["body"], idleTimeoutMs: number) {
    this.#iterator = body;
    this.#silence = new Silence(
      idleTimeoutMs,
      () => this.#giveUp?.(badRequest("The sender has gone silent")),
    );
  }

  async *blocks(): AsyncGenerator<Uint8Array, void, void> {
    while (true) {
      const block = await this.#next();
      if (block === undefined) return;
      yield block;
    }
  }

  /** Reads what is left and forgets it. A body that breaks on the way has ended too. */
  async drain(): Promise<void> {
    try {
      while (!this.#isEnded && await this.#next() !== undefined);
    } catch (error) {
      if (!(error instanceof TeleportError)) throw error;
    }
  }

  async #next(): Promise<Uint8Array | undefined> {
    this.#silence.touch();
    try {
      const result = await this.#nextOrSilence();
      if (!result.done) return result.value;
      this.#end();
      return undefined;
    } catch (cause) {
      this.#end();
      throw cause instanceof TeleportError
        ? cause
        : badRequest("The request body broke off", cause);
    } finally {
      this.#giveUp = undefined;
    }
  }

  #nextOrSilence(): Promise<IteratorResult<Uint8Array, unknown>> {
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      this.#iterator.next().then(resolve, reject);
    });
  }

  #end(): void {
    this.#isEnded = true;
    this.#silence.stop();
  }
}

async function readCommand(body: RequestBody): Promise<Command> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const block of body.blocks()) {
    text += decoder.decode(block, { stream: true });
    if (text.length <= maxCommandBytes) continue;
    await body.drain();
    throw badRequest("The command is too large");
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw badRequest("The command is not JSON", cause);
  }
  const parsed = command.safeParse(json);
  if (!parsed.success) throw badRequest("The command is of an unknown kind or shape", parsed.error);
  return parsed.data;
}

function badRequest(text: string, cause?: unknown): Refusal {
  return new Refusal({ failure: "transient", code: "peer_protocol", message: text }, cause);
}
