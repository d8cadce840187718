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
import { encodeFrames } from "./frame_codec.ts";

export interface PeerAddress {
  hostname: string;
  port: number;
}

export interface PeerTiming {
  /** Silence in both directions after which the peer counts as dead. */
  idleTimeoutMs: number;
  heartbeatMs: number;
}

export class Peer {
  readonly name: string;
  readonly #base: string;
  readonly #timing: PeerTiming;

  constructor(address: PeerAddress, timing: PeerTiming) {
    const host = address.hostname.includes(":") ? `[${address.hostname}]` : address.hostname;
    this.name = `${host}:${address.port}`;
    this.#base = `http://${this.name}`;
    this.#timing = timing;
  }

  /** @throws Refusal, or TeleportError `peer_unreachable`; so do all of the following. */
  readPosition(source: string, target: string, signal: AbortSignal): Promise<StoredPosition> {
    const query = new URLSearchParams({ source, target });
    return this.#exchange(`/position?${query}`, { method: "GET" }, storedPosition, signal);
  }

  sendBatch(frames: AsyncIterable<Frame>, signal: AbortSignal): Promise<Acknowledgement> {
    return this.#upload("/batches", frames, acknowledgement, signal);
  }

  sendChunk(frames: AsyncIterable<Frame>, signal: AbortSignal): Promise<{ rows: number }> {
    return this.#upload("/chunks", frames, z.object({ rows: z.int().min(0) }), signal);
  }

  runCommand(command: Command, signal: AbortSignal): Promise<CommandResult> {
    const init = { method: "POST", body: JSON.stringify(command) };
    return this.#exchange("/commands", init, commandResult, signal);
  }

  async #upload<Shape extends z.ZodType>(
    path: string,
    frames: AsyncIterable<Frame>,
    shape: Shape,
    signal: AbortSignal,
  ): Promise<z.output<Shape>> {
    // What breaks while frames are made is the real reason; fetch reports only a broken body.
    let failure: { error: unknown } | undefined;
    const watch = new SilenceWatch(this.#timing.idleTimeoutMs);
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
    const init = { method: "POST", body: ReadableStream.from(blocks()) };
    try {
      return await this.#exchange(path, init, shape, signal, watch);
    } catch (error) {
      throw failure === undefined ? error : failure.error;
    }
  }

  async #exchange<Shape extends z.ZodType>(
    path: string,
    init: RequestInit,
    shape: Shape,
    signal: AbortSignal,
    watch = new SilenceWatch(this.#timing.idleTimeoutMs),
  ): Promise<z.output<Shape>> {
    try {
      const response = await fetch(this.#base + path, {
        ...init,
        signal: AbortSignal.any([signal, watch.signal]),
      });
      return readAnswer(await readText(response, watch), shape);
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

async function readText(response: Response, watch: SilenceWatch): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const block of response.body ?? []) {
    watch.touch();
    // Heartbeats are spaces: a commit of hours must not grow the text.
    text = (text + decoder.decode(block, { stream: true })).trimStart();
  }
  return text;
}

/** Aborts after a time without a sign of life. */
class SilenceWatch {
  readonly #controller = new AbortController();
  readonly #timeoutMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.touch();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  touch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => this.#controller.abort(new Error("The peer has gone silent")),
      this.#timeoutMs,
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
