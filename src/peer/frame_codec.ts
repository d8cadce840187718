/**
 * Frames on the wire: one type byte, a 32-bit big-endian length, the payload.
 *
 * Types: 0 a JSON message, 1 raw COPY bytes, 2 a heartbeat (no payload). The reader holds at most one
 * message, and of data what has come; a frame over its limit, an unknown type, a bad message or a cut body is a protocol error.
 */
import { type Frame, message, TeleportError } from "../model/mod.ts";

const headerBytes = 5;
const maxMessageBytes = 16 * 1024 * 1024;
const maxDataBytes = 1024 * 1024;
const flushBytes = 64 * 1024;

const typeMessage = 0;
const typeData = 1;
const typeHeartbeat = 2;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Encodes frames into blocks of about 64 KB, or of one table; small frames share a block. Each block is used
 * again once the next is asked for, and each frame's payload is taken over before.
 * While `frames` has nothing for `heartbeatMs`, what is there is sent with a heartbeat behind it, so
 * that the reader can tell a slow source from a dead one.
 */
export async function* encodeFrames(
  frames: AsyncIterable<Frame>,
  heartbeatMs: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  const iterator = frames[Symbol.asyncIterator]();
  const beat = new Beat(heartbeatMs);
  const block = new FrameBlock();
  try {
    let next = iterator.next();
    while (true) {
      const result = await beat.orResult(next);
      if (result === "beat") {
        block.add(typeHeartbeat, new Uint8Array(0));
        yield block.take();
        continue;
      }
      if (result.done) break;
      const frame = result.value;
      const [type, payload] = frame.kind === "message"
        ? [typeMessage, encodeMessage(frame.message)] as const
        : [typeData, frame.bytes] as const;
      if (!block.hasRoom(payload)) yield block.take();
      block.add(type, payload);
      if (block.length >= flushBytes || endsPart(frame)) yield block.take();
      next = iterator.next();
    }
    if (block.length > 0) yield block.take();
  } finally {
    beat.stop();
    await iterator.return?.();
  }
}

/** Frames on their way out, one behind the other. */
class FrameBlock {
  readonly #buffer = new Uint8Array(flushBytes + headerBytes + flushBytes);
  #bytes = this.#buffer;
  #used = 0;

  get length(): number {
    return this.#used;
  }

  /** An empty block takes any frame, and keeps room for a heartbeat. */
  hasRoom(payload: Uint8Array): boolean {
    return this.#used === 0 || this.#used + 2 * headerBytes + payload.length <= this.#bytes.length;
  }

  add(type: number, payload: Uint8Array): void {
    const needed = this.#used + 2 * headerBytes + payload.length;
    if (needed > this.#bytes.length) this.#bytes = new Uint8Array(needed);
    this.#bytes[this.#used] = type;
    new DataView(this.#bytes.buffer).setUint32(this.#used + 1, payload.length);
    this.#bytes.set(payload, this.#used + headerBytes);
    this.#used += headerBytes + payload.length;
  }

  /** What is there, until the next frame is added. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.subarray(0, this.#used);
    this.#bytes = this.#buffer;
    this.#used = 0;
    return taken;
  }
}

/** Whether the reader has something to do now: it merges a table while the next one is being read. */
function endsPart(frame: Frame): boolean {
  return frame.kind === "message" &&
    (frame.message.kind === "begin" || frame.message.kind === "rowsEnd");
}

/** @throws TeleportError `peer_protocol` on anything that is not a whole, known frame. */
export async function* decodeFrames(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Frame, void, void> {
  const reader = new ByteReader(body);
  try {
    while (true) {
      const header = await reader.read(headerBytes);
      if (header === undefined) return;
      const length = new DataView(header.buffer, header.byteOffset, headerBytes).getUint32(1);
      assertLength(header[0], length);
      if (header[0] === typeMessage) {
        yield { kind: "message", message: decodeMessage(await reader.readWhole(length)) };
        continue;
      }
      for (let missing = length; missing > 0;) {
        const bytes = await reader.readSome(missing);
        missing -= bytes.length;
        yield { kind: "data", bytes };
      }
    }
  } finally {
    await reader.close();
  }
}

class ByteReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunks: Uint8Array[] = [];
  #available = 0;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#iterator = body[Symbol.asyncIterator]();
  }

  /** Exactly `length` bytes; undefined when the body ends before the first of them. */
  async read(length: number): Promise<Uint8Array | undefined> {
    while (this.#available < length) {
      if (await this.#fill()) continue;
      return this.#available === 0 ? undefined : endsInside();
    }
    return this.#take(length);
  }

  async readWhole(length: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array(0);
    return await this.read(length) ?? endsInside();
  }

  /** What is there, as far as it belongs to the next `length` bytes; at least one. */
  async readSome(length: number): Promise<Uint8Array> {
    if (this.#available === 0 && !await this.#fill()) endsInside();
    return this.#take(Math.min(this.#chunks[0]?.length ?? 0, length));
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  /** @returns false where the body has ended. */
  async #fill(): Promise<boolean> {
    while (true) {
      const result = await this.#iterator.next();
      if (result.done) return false;
      if (result.value.length === 0) continue;
      this.#chunks.push(result.value);
      this.#available += result.value.length;
      return true;
    }
  }

  #take(length: number): Uint8Array {
    this.#available -= length;
    const [first] = this.#chunks;
    if (first !== undefined && first.length > length) {
      this.#chunks[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    const taken: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      const chunk = this.#chunks.shift();
      if (chunk === undefined) throw new RangeError("Taking more bytes than there are");
      if (chunk.length > missing) this.#chunks.unshift(chunk.subarray(missing));
      taken.push(chunk.subarray(0, missing));
      missing -= Math.min(chunk.length, missing);
    }
    const [only] = taken;
    return taken.length === 1 && only !== undefined ? only : concatenate(taken, length);
  }
}

const limits: Readonly<Record<number, number>> = {
  [typeMessage]: maxMessageBytes,
  [typeData]: maxDataBytes,
  [typeHeartbeat]: 0,
};

function assertLength(type: number | undefined, length: number): void {
  const limit = limits[type ?? -1];
  if (limit === undefined) throw protocolError(`Unknown frame type ${type}`);
  if (length > limit) {
    throw protocolError(`A frame of ${length} bytes is over the limit ${limit}`);
  }
}

function endsInside(): never {
  throw protocolError("The body ends inside a frame");
}

function encodeMessage(value: unknown): Uint8Array {
  const bytes = encoder.encode(JSON.stringify(value));
  if (bytes.length > maxMessageBytes) {
    throw protocolError(`A message of ${bytes.length} bytes is over the limit ${maxMessageBytes}`);
  }
  return bytes;
}

function decodeMessage(payload: Uint8Array) {
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(payload));
  } catch (cause) {
    throw protocolError("A message is not JSON", cause);
  }
  const parsed = message.safeParse(json);
  if (parsed.success) return parsed.data;
  throw protocolError("A message of an unknown kind or shape", parsed.error);
}

function concatenate(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function protocolError(text: string, cause?: unknown): TeleportError {
  return new TeleportError("peer_protocol", text, {
    hint: "Run the same version of teleport on both sides.",
    cause,
  });
}

/** Beats while something is waited for; one timer for all that is. */
class Beat {
  readonly #timer: ReturnType<typeof setInterval>;
  #onBeat: (() => void) | undefined;

  constructor(everyMs: number) {
    this.#timer = setInterval(() => this.#onBeat?.(), everyMs);
  }

  orResult<Value>(promise: Promise<Value>): Promise<Value | "beat"> {
    return new Promise((resolve, reject) => {
      this.#onBeat = () => resolve("beat");
      promise.then(resolve, reject);
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
