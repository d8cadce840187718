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

type Blocks = AsyncGenerator<Uint8Array<ArrayBuffer>, void, void>;

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
    const watch = new SilenceWatch(this.#timing.idleTimeoutMs);
    // What breaks while frames are made is the real reason; fetch reports only a broken body.
    let failure: { error: unknown } | undefined;
    async function* blocks(encoded: Blocks): Blocks {
      try {
        for await (const block of encoded) {
          yield block;
          watch.touch();
        }
      } catch (error) {
        failure = { error };
        throw error;
      }
    }
    try {
      const encoded = encodeFrames(frames, this.#timing.heartbeatMs);
      const body = await toBody(blocks(encoded), signal);
      return await this.#exchange(path, { method: "POST", body }, shape, signal, watch);
    } catch (error) {
      throw failure === undefined ? error : failure.error;
    } finally {
      watch.stop();
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

/**
 * A body of one block is sent whole: its bytes go out with the headers. As a stream the block would
 * follow them, and wait 40 ms for their acknowledgement (Nagle's algorithm, which fetch leaves on).
 */
async function toBody(blocks: Blocks, signal: AbortSignal): Promise<BodyInit> {
  try {
    const first = await untilAborted(blocks.next(), signal);
    if (first.done) return new Uint8Array(0);
    const second = await untilAborted(blocks.next(), signal);
    if (second.done) return first.value;
    return ReadableStream.from(startWith([first.value, second.value], blocks));
  } catch (error) {
    // Not waited for: whoever makes the blocks may be stuck in the very thing that was given up.
    void Promise.allSettled([blocks.return()]);
    throw error;
  }
}

async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function* startWith(first: readonly Uint8Array<ArrayBuffer>[], rest: Blocks): Blocks {
  try {
    yield* first;
    yield* rest;
  } finally {
    await rest.return();
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
