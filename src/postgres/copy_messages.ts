/**
 * Takes CopyData out of a server's byte stream and leaves every other message to the driver's parser.
 *
 * The driver collects each message whole, and a row of a COPY is one message: a value of 200 MB would be
 * 200 MB of memory and more. Message format: one type byte, a length that counts itself, the payload
 * (https://www.postgresql.org/docs/current/protocol-message-formats.html).
 */
import { Buffer } from "node:buffer";

type Listener = (bytes: Buffer) => void;

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
  readonly #onData: Listener;
  /** The driver's own, while this stands in front of them. */
  #drivers: Listener[] = [];
  readonly #listener: Listener = (bytes) => this.#read(bytes);
  readonly #header = Buffer.alloc(headerBytes);
  #headerUsed = 0;
  /** Payload bytes of the current message that have not come yet. */
  #missing = 0;

  constructor(stream: WireStream, onData: Listener) {
    this.#stream = stream;
    this.#onData = onData;
  }

  /** Stands in front of the driver's parser until the server is ready for the next query. */
  interpose(): void {
    this.#drivers = this.#stream.listeners("data").filter(isListener);
    this.#stream.on("data", this.#listener);
    for (const driver of this.#drivers) this.#stream.removeListener("data", driver);
  }

  #read(bytes: Buffer): void {
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#missing > 0) {
        const part = bytes.subarray(offset, offset + this.#missing);
        offset += part.length;
        this.#missing -= part.length;
        this.#pass(part);
        continue;
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

  #pass(part: Buffer): void {
    if (this.#header[0] === copyData) this.#onData(part);
    else this.#hand(part);
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

function isListener(listener: unknown): listener is Listener {
  return typeof listener === "function";
}
