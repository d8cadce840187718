/** CRC-32 of row data on its way: what the source counted must be what the target stored. */
import { crc32 } from "node:zlib";

export class Checksum {
  #value = 0;

  /** Passes blocks through unchanged while counting them in. */
  async *over(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    for await (const block of blocks) {
      this.#value = crc32(block, this.#value);
      yield block;
    }
  }

  get value(): number {
    return this.#value;
  }
}
