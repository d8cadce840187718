/**
 * COPY ... TO STDOUT as an async iterable of byte blocks, with back-pressure.
 *
 * Speaks to `pg` through its submittable interface (DESIGN §9: pg-copy-streams' `to` hangs on Deno
 * 2.9). While it runs, the socket's bytes pass CopyMessages first, so that a row of any size is never
 * whole in memory; the socket is paused while more than `highWaterBytes` wait for the reader.
 */
import type { Buffer } from "node:buffer";
import { CopyMessages, type WireStream } from "./copy_messages.ts";

const blockBytes = 64 * 1024;
const highWaterBytes = 4 * blockBytes;
/** Of the first block: most tables of a small batch have a few rows, and memory is not free. */
const firstBlockBytes = 4 * 1024;

/** The part of pg's wire connection that a submittable needs. */
export interface WireConnection {
  query(text: string): void;
  stream: WireStream;
}

interface Waiter {
  resolve: () => void;
}

/** One COPY TO. Submit it with `client.query(copy)`, then iterate `blocks()` to its end. */
export class CopyOut {
  /** Rows the server says it sent; known when `blocks()` has ended. */
  rowCount = 0;

  readonly #text: string;
  #wire: WireConnection | undefined;
  #blocks: Uint8Array<ArrayBuffer>[] = [];
  /** Those that the reader is done with: to make one of 64 KB costs more than to fill it. */
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  #queuedBytes = 0;
  #block = new Uint8Array(0);
  #nextBytes = firstBlockBytes;
  #used = 0;
  #isPaused = false;
  #isDone = false;
  #failure: Error | undefined;
  #waiter: Waiter | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  submit(wire: WireConnection): void {
    this.#wire = wire;
    new CopyMessages(wire.stream, (...part) => this.#append(...part)).interpose();
    wire.query(this.#text);
  }

  handleRowDescription(): void {
    this.#failure ??= new Error("The statement of a COPY TO returned rows");
  }

  handleDataRow(): void {}

  handleCommandComplete(message: { text: string }): void {
    this.rowCount = Number(/^COPY (\d+)$/.exec(message.text)?.[1] ?? 0);
  }

  handleEmptyQuery(): void {}

  handlePortalSuspended(): void {}

  handleReadyForQuery(): void {
    this.#end();
  }

  handleError(error: Error): void {
    this.#failure ??= error;
    this.#end();
  }

  /** The blocks in order, each until the next is asked for. Throws the server's error; ends after the server is ready again. */
  async *blocks(): AsyncGenerator<Uint8Array, void, void> {
    while (true) {
      const block = this.#blocks.shift();
      if (block !== undefined) {
        this.#queuedBytes -= block.length;
        if (this.#queuedBytes < highWaterBytes / 2) this.#resume();
        yield block;
        this.#release(block);
      } else if (this.#isDone) {
        if (this.#failure) throw this.#failure;
        return;
      } else {
        this.#resume();
        await new Promise<void>((resolve) => this.#waiter = { resolve });
      }
    }
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  #append(bytes: Buffer, start: number, end: number): void {
    let offset = start;
    while (offset < end) {
      if (this.#used === this.#block.length) this.#nextBlock();
      const copied = Math.min(end - offset, this.#block.length - this.#used);
      copyBytes({ from: bytes, at: offset, length: copied }, this.#block, this.#used);
      offset += copied;
      this.#used += copied;
    }
    if (this.#queuedBytes >= highWaterBytes && !this.#isPaused) {
      this.#isPaused = true;
      this.#wire?.stream.pause();
    }
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#wire?.stream.resume();
  }

  #flushBlock(): void {
    if (this.#used === 0) return;
    this.#blocks.push(this.#block.subarray(0, this.#used));
    this.#queuedBytes += this.#used;
    this.#block = new Uint8Array(0);
    this.#used = 0;
    this.#wake();
  }

  #nextBlock(): void {
    this.#flushBlock();
    this.#block = this.#free.pop() ?? new Uint8Array(this.#nextBytes);
    this.#nextBytes = blockBytes;
  }

  #release({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (buffer.byteLength === blockBytes) this.#free.push(new Uint8Array(buffer));
  }

  #end(): void {
    this.#flushBlock();
    this.#isDone = true;
    this.#wake();
  }

  #wake(): void {
    this.#waiter?.resolve();
    this.#waiter = undefined;
  }
}

interface Part {
  from: Uint8Array;
  at: number;
  length: number;
}

/** Up to here a loop is as fast as a view of the part, and leaves no garbage. */
const longestLoop = 64;

function copyBytes({ from, at, length }: Part, to: Uint8Array, offset: number): void {
  if (length > longestLoop) {
    to.set(from.subarray(at, at + length), offset);
    return;
  }
  for (let index = 0; index < length; index++) to[offset + index] = from[at + index] ?? 0;
}
