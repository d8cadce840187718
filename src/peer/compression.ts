/**
 * Bodies that are compressed on their way. Each block is flushed, so that a heartbeat or the end of a table
 * does not wait for what comes after it.
 *
 * Neither side holds more than a few blocks, whatever a sender makes of its ratio: what is decompressed is asked
 * for block by block, and a zstd window over 8 MB is refused.
 */
import type { Transform } from "node:stream";
import zlib from "node:zlib";
import { type LoadConfig, messageOf, TeleportError } from "../model/mod.ts";

export type Compression = LoadConfig["compression"];

const chunkSize = 64 * 1024;
const maxWindowLog = 23;

const { Z_SYNC_FLUSH, ZSTD_e_flush, ZSTD_d_windowLogMax } = zlib.constants;

const compressors = {
  gzip: () => zlib.createGzip({ chunkSize, flush: Z_SYNC_FLUSH }),
  zstd: () => zlib.createZstdCompress({ chunkSize, flush: ZSTD_e_flush }),
} as const satisfies Record<Exclude<Compression, "none">, () => Transform>;

const decompressors: Readonly<Record<string, () => Transform>> = {
  gzip: () => zlib.createGunzip({ chunkSize }),
  zstd: () =>
    zlib.createZstdDecompress({ chunkSize, params: { [ZSTD_d_windowLogMax]: maxWindowLog } }),
} satisfies Record<Exclude<Compression, "none">, () => Transform>;

export function compress(
  blocks: AsyncIterable<Uint8Array>,
  compression: Exclude<Compression, "none">,
): AsyncIterable<Uint8Array> {
  return through(copies(blocks), compressors[compression]());
}

/** A block is used again once the next is asked for; the compressor reads it beside that, in a thread. */
async function* copies(
  blocks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const block of blocks) yield new Uint8Array(block);
}

/**
 * @param encoding as the sender names it; undefined or `identity` for none.
 * @throws TeleportError `peer_protocol`, when it is read, for an encoding that is not known, and for what is not
 *   of that encoding.
 */
export async function* decompress(
  blocks: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  if (encoding === undefined || encoding === "identity") return yield* blocks;
  const open = Object.hasOwn(decompressors, encoding) ? decompressors[encoding] : undefined;
  if (open === undefined) {
    throw new TeleportError(
      "peer_protocol",
      `The body is encoded as ${encoding}; known here: ${Object.keys(decompressors).join(", ")}`,
      { hint: "Run the same version of teleport on both sides, or set load.compression to none." },
    );
  }
  try {
    yield* through(blocks, open());
  } catch (cause) {
    if (cause instanceof TeleportError) throw cause;
    throw new TeleportError("peer_protocol", `The body is not ${encoding}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function* through(
  blocks: AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncGenerator<Uint8Array, void, void> {
  // What breaks while blocks are made is the real reason, whatever the transform makes of it.
  let failure: { error: unknown } | undefined;
  const feeding = feed(blocks, transform).catch((error: unknown) => {
    failure = { error };
    transform.destroy(error instanceof Error ? error : undefined);
  });
  try {
    yield* transform;
  } catch (error) {
    throw failure === undefined ? error : failure.error;
  } finally {
    transform.destroy();
    // Blocks are not asked for any more when this is over: somebody else may read on.
    await feeding;
  }
}

/** Asks for the next block when one has been taken over: it may use the same memory. */
async function feed(blocks: AsyncIterable<Uint8Array>, transform: Transform): Promise<void> {
  let giveUp: () => void = () => {};
  transform.once("close", () => giveUp());
  for await (const block of blocks) {
    if (transform.destroyed) return;
    await new Promise<void>((resolve, reject) => {
      giveUp = resolve;
      transform.write(block, (error) => error ? reject(error) : resolve());
    });
  }
  transform.end();
}
