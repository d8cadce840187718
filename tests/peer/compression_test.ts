/** Bodies that are compressed on their way: the same frames, in flat memory, and clear errors. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import http from "node:http";
import zlib from "node:zlib";
import { compress, decompress } from "../../src/peer/compression.ts";
import type { Frame } from "../../src/model/mod.ts";
import { Peer, type PeerServer, startServer } from "../../src/peer/mod.ts";

const timing = { idleTimeoutMs: 30_000, heartbeatMs: 5000 };
const never = new AbortController().signal;
const encoder = new TextEncoder();

/** Counts what is in the chunks that it is sent. */
class Counter implements AsyncDisposable {
  bytes = 0;
  sum = 0;
  #server: PeerServer | undefined;

  async start(): Promise<PeerServer> {
    const unasked = () => Promise.reject(new Error("Not asked for"));
    this.#server = await startServer({
      ...{ readPosition: unasked, applyBatch: unasked, runCommand: unasked, readStatus: unasked },
      applyChunk: async (frames) => {
        for await (const frame of frames) {
          if (frame.kind !== "data") continue;
          this.bytes += frame.bytes.length;
          for (const byte of frame.bytes) this.sum = (this.sum * 31 + byte) % 1_000_003;
        }
        return { rows: 7 };
      },
    }, { hostname: "127.0.0.1", port: 0, ...timing });
    return this.#server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.stop(1000);
  }
}

async function* rows(): AsyncGenerator<Frame, void, void> {
  for (let block = 0; block < 40; block++) {
    let text = "";
    for (let row = 0; row < 500; row++) text += `${block * 500 + row}\tname ${row % 13}\t\\N\n`;
    yield await Promise.resolve({ kind: "data", bytes: encoder.encode(text) });
  }
}

Deno.test("what is sent compressed arrives as it was, and fewer bytes are on the way", async () => {
  const sums = new Set<string>();
  for (const compression of ["none", "gzip", "zstd"] as const) {
    await using counter = new Counter();
    const peer = new Peer(await counter.start(), { ...timing, compression });
    strictEqual((await peer.sendChunk(rows(), never)).rows, 7);
    sums.add(`${counter.bytes} ${counter.sum}`);
  }
  strictEqual(sums.size, 1);
});

for (const compression of ["gzip", "zstd"] as const) {
  Deno.test(`${compression} makes rows smaller, and passes each block on before the next`, async () => {
    const gate = Promise.withResolvers<void>();
    async function* slow() {
      yield encoder.encode("a row\n".repeat(5000));
      await gate.promise;
      yield encoder.encode("the end");
    }
    const sent: Uint8Array[] = [];
    let text = "";
    async function* seen() {
      for await (const block of compress(slow(), compression)) {
        sent.push(block);
        yield block;
      }
    }
    for await (const block of decompress(seen(), compression)) {
      text += new TextDecoder().decode(block);
      if (text.length === 30_000) gate.resolve();
    }
    strictEqual(text, `${"a row\n".repeat(5000)}the end`);
    ok(sent.reduce((sum, block) => sum + block.length, 0) < 3000);
  });

  Deno.test(`${compression} asks for a block when it has taken the one before, whose memory is used again`, async () => {
    const memory = new Uint8Array(64 * 1024);
    async function* reusing() {
      for (let block = 1; block <= 30; block++) yield await Promise.resolve(memory.fill(block));
    }
    const seen: number[] = [];
    for await (const block of decompress(compress(reusing(), compression), compression)) {
      for (const byte of new Set(block)) if (seen.at(-1) !== byte) seen.push(byte);
    }
    deepStrictEqual(seen, Array.from({ length: 30 }, (_, index) => index + 1));
  });

  Deno.test(`a ${compression} body that grows without end does so at its reader's pace`, async () => {
    const zeros = new Uint8Array(1024 * 1024);
    async function* many() {
      for (let block = 0; block < 256; block++) yield await Promise.resolve(zeros);
    }
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for await (const part of compress(many(), compression)) parts.push(new Uint8Array(part));
    const bomb = new Uint8Array(await new Blob(parts).arrayBuffer());
    ok(bomb.length < 4_000_000, `${bomb.length} bytes`);
    const before = Deno.memoryUsage().rss;
    let bytes = 0;
    let most = 0;
    for await (const block of decompress(ReadableStream.from([bomb]), compression)) {
      bytes += block.length;
      most = Math.max(most, block.length);
      if (bytes % (32 * 1024 * 1024) === 0) {
        // The reader is slow: what it has not asked for must not be there.
        await new Promise((resolve) => setTimeout(resolve, 20));
        ok(Deno.memoryUsage().rss - before < 150_000_000, "the memory grows with the body");
      }
    }
    strictEqual(bytes, 256 * zeros.length);
    ok(most <= 1024 * 1024);
  });

  Deno.test(`what is not ${compression} is a protocol error, and what breaks a body is told`, async () => {
    const read = async (blocks: AsyncIterable<Uint8Array>) => {
      for await (const _block of decompress(blocks, compression));
    };
    await rejects(read(ReadableStream.from([encoder.encode("rubbish, as it is")])), {
      code: "peer_protocol",
      message: new RegExp(`^The body is not ${compression}: `),
    });
    async function* broken() {
      yield await Promise.resolve(encoder.encode("x"));
      throw new Error("The table is gone");
    }
    await rejects(async () => {
      for await (const _block of compress(broken(), compression));
    }, /The table is gone/);
  });
}

Deno.test("a zstd body whose window would take much memory is refused", async () => {
  const { ZSTD_c_windowLog, ZSTD_c_compressionLevel } = zlib.constants;
  const params = { [ZSTD_c_windowLog]: 27, [ZSTD_c_compressionLevel]: 1 };
  const wide = zlib.createZstdCompress({ params });
  wide.write(new Uint8Array(100_000));
  wide.end(new Uint8Array(100_000));
  await rejects(async () => {
    for await (const _block of decompress(wide, "zstd"));
  }, { code: "peer_protocol" });
});

Deno.test("an encoding that is not known is refused by name", async () => {
  await using counter = new Counter();
  const { port } = await counter.start();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const request = http.request({
    ...{ hostname: "127.0.0.1", port, method: "POST", path: "/chunks" },
    headers: { "content-encoding": "br" },
  }, async (response) => {
    let text = "";
    for await (const block of response) text += new TextDecoder().decode(block);
    resolve(text);
  });
  request.on("error", reject);
  request.end("anything");
  const { problem } = JSON.parse(await promise);
  strictEqual(problem.code, "peer_protocol");
  strictEqual(problem.message, "The body is encoded as br; known here: gzip, zstd");
});
