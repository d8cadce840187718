/**
 * Takes CopyData out of a server's byte stream and leaves every other message to the driver's parser.
 *
 * The driver collects each message whole, and a row of a COPY is one message: a value of 200 MB would be
 * 200 MB of memory and more. Message format: one type byte, a length that counts itself, the payload
 * (https://www.postgresql.org/docs/current/protocol-message-formats.html).
 */
import { Buffer } from "node:buffer";

type Listener = (bytes: Buffer) => void;

/** Told of payload: what lies from `start` to `end` in `bytes`, until the call returns. */
export type PayloadListener = (bytes: Buffer, start: number, end: number) => void;

/** The part of a socket that is needed here. */
export interface WireStream {
  pause(): void;
  resume(): void;
  listeners(event: "data"): unknown[];
  on(event: "data", listener: Listener): unknown;
  removeListener(event: "data", listener: Listener): unknown;
}

const headerBytes = 5;
const copyData = 0x64; // d
const readyForQuery = 0x5a; // Z

export class CopyMessages {
  readonly #stream: WireStream;
  readonly #onData: PayloadListener;
  /** The driver's own, while this stands in front of them. */
  #drivers: Listener[] = [];
  readonly #listener: Listener = (bytes) => this.#read(bytes);
  readonly #header = Buffer.alloc(headerBytes);
  #headerUsed = 0;
  /** Payload bytes of the current message that have not come yet. */
  #missing = 0;

  constructor(stream: WireStream, onData: PayloadListener) {
    this.#stream = stream;
    this.#onData = onData;
  }

  /** Stands in front of the driver's parser until the server is ready for the next query. */
  interpose(): void {
    this.#drivers = this.#stream.listeners("data").filter(isListener);
    this.#stream.on("data", this.#listener);
    for (const driver of this.#drivers) this.#stream.removeListener("data", driver);
  }

  /** A narrow row takes a few dozen bytes: nothing is made for a message that lies whole in `bytes`. */
  #read(bytes: Buffer): void {
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#missing > 0) {
        const end = Math.min(offset + this.#missing, bytes.length);
        this.#missing -= end - offset;
        if (this.#header[0] === copyData) this.#onData(bytes, offset, end);
        else this.#hand(bytes.subarray(offset, end));
        offset = end;
        continue;
      }
      if (this.#headerUsed === 0) {
        offset = this.#readWhole(bytes, offset);
        if (offset === bytes.length) return;
      }
      const copied = bytes.copy(this.#header, this.#headerUsed, offset);
      offset += copied;
      this.#headerUsed += copied;
      if (this.#headerUsed < headerBytes) return;
      this.#headerUsed = 0;
      this.#missing = this.#header.readUInt32BE(1) - 4;
      if (this.#header[0] === readyForQuery) return this.#leave(bytes.subarray(offset));
      // The parser may keep what it is given; the header's buffer is used again.
      if (this.#header[0] !== copyData) this.#hand(Buffer.from(this.#header));
    }
  }

  /** Passes on each CopyData that lies whole in `bytes`. @returns where the first other message begins. */
  #readWhole(bytes: Buffer, from: number): number {
    const length = bytes.length;
    let offset = from;
    while (offset + headerBytes <= length && bytes[offset] === copyData) {
      const start = offset + headerBytes;
      const end = offset + 1 + lengthAt(bytes, offset + 1);
      if (end > length) break;
      this.#onData(bytes, start, end);
      offset = end;
    }
    return offset;
  }

  /** The driver may submit its next query while it reads this message: it must be in place again. */
  #leave(rest: Buffer): void {
    for (const driver of this.#drivers) this.#stream.on("data", driver);
    this.#stream.removeListener("data", this.#listener);
    this.#hand(Buffer.concat([this.#header, rest]));
  }

  #hand(bytes: Buffer): void {
    for (const driver of this.#drivers) driver.call(this.#stream, bytes);
  }
}

/** As readUInt32BE does, a few times faster. */
function lengthAt(bytes: Buffer, at: number): number {
  return (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)) >>> 0;
}

function isListener(listener: unknown): listener is Listener {
  return typeof listener === "function";
}
