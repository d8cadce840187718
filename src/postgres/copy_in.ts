/**
 * COPY ... FROM STDIN, with back-pressure.
 *
 * Speaks to `pg` through its submittable interface, as CopyOut does. What is written is gathered into one
 * buffer, which goes out as one CopyData message: a header in a packet of its own would wake the server for
 * nothing.
 */

const headerBytes = 5;
const payloadBytes = 128 * 1024;
/** Of the first message: most tables of a small batch have a few rows, and memory is not free. */
const firstPayloadBytes = 8 * 1024;
const copyData = 0x64; // d
const copyDone = Uint8Array.of(0x63, 0, 0, 0, 4); // c

/** The part of pg's wire connection that is needed here. */
interface WireConnection {
  query(text: string): void;
  stream: { write(bytes: Uint8Array, written: (error?: Error | null) => void): unknown };
}

/** One COPY FROM. Submit it with `client.query(copy)`, then `write` and `end`. */
export class CopyIn {
  /** Rows the server says it stored; known when `end()` has resolved. */
  rowCount = 0;

  readonly #text: string;
  #buffer = new Uint8Array(headerBytes + firstPayloadBytes);
  #used = headerBytes;
  #wire: WireConnection | undefined;
  #isReady = false;
  #isDone = false;
  #failure: Error | undefined;
  #wake: () => void = () => {};

  constructor(text: string) {
    this.#text = text;
  }

  submit(wire: WireConnection): void {
    this.#wire = wire;
    wire.query(this.#text);
  }

  handleCopyInResponse(): void {
    this.#isReady = true;
    this.#wake();
  }

  handleRowDescription(): void {
    this.#failure ??= new Error("The statement of a COPY FROM returned rows");
  }

  handleDataRow(): void {}

  handleCommandComplete(message: { text: string }): void {
    this.rowCount = Number(/^COPY (\d+)$/.exec(message.text)?.[1] ?? 0);
  }

  handleEmptyQuery(): void {}

  handlePortalSuspended(): void {}

  handleReadyForQuery(): void {
    if (!this.#isReady) this.#failure ??= new Error("The statement is not a COPY FROM STDIN");
    this.#isDone = true;
    this.#wake();
  }

  handleError(error: Error): void {
    this.#failure ??= error;
    this.#isDone = true;
    this.#wake();
  }

  /** Takes `block` over at once; it may be used again afterwards. @throws the server's error. */
  async write(block: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    for (let offset = 0; offset < block.length;) {
      const part = block.subarray(offset, offset + this.#buffer.length - this.#used);
      this.#buffer.set(part, this.#used);
      this.#used += part.length;
      offset += part.length;
      if (this.#used === this.#buffer.length) await this.#flush();
    }
  }

  /** Resolves when the server has stored all of it. @throws the server's error. */
  async end(): Promise<void> {
    await this.#flush();
    this.#wire?.stream.write(copyDone, () => {});
    await this.#until(() => this.#isDone);
  }

  async #flush(): Promise<void> {
    await this.#until(() => this.#isReady);
    if (this.#used === headerBytes) return;
    const message = this.#buffer.subarray(0, this.#used);
    message[0] = copyData;
    new DataView(message.buffer).setUint32(1, message.length - 1);
    let isWritten = false;
    this.#wire?.stream.write(message, (error) => {
      if (error) this.#failure ??= error;
      isWritten = true;
      this.#wake();
    });
    // Never used again: a runtime that says too early that it is written would store other rows, unnoticed.
    this.#buffer = new Uint8Array(headerBytes + payloadBytes);
    this.#used = headerBytes;
    await this.#until(() => isWritten);
  }

  /** @throws what the server said, or became of the connection, first. */
  async #until(isReached: () => boolean): Promise<void> {
    while (this.#failure === undefined && !isReached()) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }
}
