/**
 * The way to another instance: its position, batches, chunks and commands over HTTP.
 */
import { z } from "zod";
import {
  type Acknowledgement,
  acknowledgement,
  type Command,
  type CommandResult,
  commandResult,
  type Frame,
  messageOf,
  type StoredPosition,
  storedPosition,
  TeleportError,
} from "../model/mod.ts";
import { readAnswer } from "./answer.ts";
import { compress, type Compression } from "./compression.ts";
import { encodeFrames } from "./frame_codec.ts";
import { HttpClient, type HttpRequest } from "./http_client.ts";
import { Silence } from "./silence.ts";

export interface PeerAddress {
  hostname: string;
  port: number;
}

export interface PeerTiming {
  /** Silence in both directions after which the peer counts as dead. */
  idleTimeoutMs: number;
  heartbeatMs: number;
}

export interface PeerOptions extends PeerTiming {
  /** Of batches and chunks on their way. Default: none. */
  compression?: Compression;
}

export class Peer {
  readonly name: string;
  readonly #http: HttpClient;
  readonly #timing: PeerTiming;
  readonly #compression: Compression;

  constructor(address: PeerAddress, options: PeerOptions) {
    const host = address.hostname.includes(":") ? `[${address.hostname}]` : address.hostname;
    this.name = `${host}:${address.port}`;
    this.#http = new HttpClient(address);
    this.#timing = options;
    this.#compression = options.compression ?? "none";
  }

  /** @throws Refusal, or TeleportError `peer_unreachable`; so do all of the following. */
  readPosition(source: string, target: string, signal: AbortSignal): Promise<StoredPosition> {
    const query = new URLSearchParams({ source, target });
    return this.#exchange({ method: "GET", path: `/position?${query}` }, storedPosition, signal);
  }

  sendBatch(frames: AsyncIterable<Frame>, signal: AbortSignal): Promise<Acknowledgement> {
    return this.#upload("/batches", frames, acknowledgement, signal);
  }

  sendChunk(frames: AsyncIterable<Frame>, signal: AbortSignal): Promise<{ rows: number }> {
    return this.#upload("/chunks", frames, z.object({ rows: z.int().min(0) }), signal);
  }

  runCommand(command: Command, signal: AbortSignal): Promise<CommandResult> {
    const body = ReadableStream.from([new TextEncoder().encode(JSON.stringify(command))]);
    return this.#exchange({ method: "POST", path: "/commands", body }, commandResult, signal);
  }

  async #upload<Shape extends z.ZodType>(
    path: string,
    frames: AsyncIterable<Frame>,
    shape: Shape,
    signal: AbortSignal,
  ): Promise<z.output<Shape>> {
    const watch = new SilenceWatch(this.#timing.idleTimeoutMs);
    // What breaks while frames are made is the real reason, whatever became of the request first.
    let failure: { error: unknown } | undefined;
    const heartbeatMs = this.#timing.heartbeatMs;
    async function* blocks() {
      try {
        for await (const block of encodeFrames(frames, heartbeatMs)) {
          yield block;
          watch.touch();
        }
      } catch (error) {
        failure = { error };
        throw error;
      }
    }
    const compression = this.#compression;
    const body = compression === "none" ? blocks() : compress(blocks(), compression);
    const request = { method: "POST", path, body, encoding: compression } as const;
    try {
      return await this.#exchange(request, shape, signal, watch);
    } catch (error) {
      throw failure === undefined ? error : failure.error;
    }
  }

  async #exchange<Shape extends z.ZodType>(
    request: Pick<HttpRequest, "method" | "path" | "body" | "encoding">,
    shape: Shape,
    signal: AbortSignal,
    watch = new SilenceWatch(this.#timing.idleTimeoutMs),
  ): Promise<z.output<Shape>> {
    try {
      const text = await this.#http.exchange({
        ...request,
        signal: AbortSignal.any([signal, watch.signal]),
        onBlock: () => watch.touch(),
      });
      return readAnswer(text, shape);
    } catch (cause) {
      if (cause instanceof TeleportError || signal.aborted) throw cause;
      throw new TeleportError(
        "peer_unreachable",
        `No answer from the instance at ${this.name}: ${messageOf(cause)}`,
        {
          hint: "Start the target's instance, or mend endpoint.hostname and endpoint.port.",
          cause,
        },
      );
    } finally {
      watch.stop();
    }
  }
}

/** Aborts after a time without a sign of life. */
class SilenceWatch {
  readonly #controller = new AbortController();
  readonly #silence: Silence;

  constructor(timeoutMs: number) {
    const reason = new Error("The peer has gone silent");
    this.#silence = new Silence(timeoutMs, () => this.#controller.abort(reason));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  touch(): void {
    this.#silence.touch();
  }

  stop(): void {
    this.#silence.stop();
  }
}
