/** Frames to bytes and back, as a request's body takes them: blocks that are used again, compressed or not. */
import { deepStrictEqual, rejects } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Frame } from "../../src/model/mod.ts";
import { compress, decompress } from "../../src/peer/compression.ts";
import { decodeFrames, encodeFrames } from "../../src/peer/frame_codec.ts";
import { Random, say } from "../pair/mod.ts";

const heartbeatMs = 10_000;
const dataSizes = [0, 1, 4, 100, 4096, 65_530, 65_536, 70_000, 200_000];

for (const compression of ["none", "gzip", "zstd"] as const) {
  Deno.test(`frames of any size arrive as they were sent, compression ${compression}`, async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    say(`seed ${seed}`);
    const random = new Random(seed);
    const sent = Array.from({ length: 60 }, () => randomFrame(random));
    const encoded = encodeFrames(reused(sent), heartbeatMs);
    const body = compression === "none" ? encoded : compress(encoded, compression);
    const received = decodeFrames(decompress(
      inPieces(body, random),
      compression === "none" ? undefined : compression,
    ));
    deepStrictEqual(await summary(received), await summary(reused(sent)));
  });
}

Deno.test("a source that is silent for a while sends a sign of life, and no frame of it", async () => {
  const goOn = Promise.withResolvers<void>();
  let isQuiet = true;
  async function* frames(): AsyncGenerator<Frame, void, void> {
    yield { kind: "data", bytes: Buffer.from("before") };
    await goOn.promise;
    yield { kind: "data", bytes: Buffer.from("after") };
  }
  async function* body() {
    for await (const block of encodeFrames(frames(), 5)) {
      yield new Uint8Array(block);
      if (!isQuiet) continue;
      isQuiet = false;
      goOn.resolve();
    }
  }
  deepStrictEqual(await summary(decodeFrames(body())), ["data beforeafter"]);
});

Deno.test("a body that is cut inside a frame is an error wherever it is cut", async () => {
  const frames: Frame[] = [{ kind: "data", bytes: Buffer.from("0123456789") }, end(1)];
  const blocks: Uint8Array[] = [];
  for await (const block of encodeFrames(reused(frames), heartbeatMs)) {
    blocks.push(new Uint8Array(block));
  }
  const whole = Buffer.concat(blocks);
  const dataFrame = 5 + 10;
  for (let length = 1; length < whole.length; length++) {
    if (length === dataFrame) continue;
    const body = reusedBytes([whole.subarray(0, length)]);
    await rejects(summary(decodeFrames(body)), /The body ends inside a frame/, `${length} bytes`);
  }
});

function end(count: number): Frame {
  return { kind: "message", message: { kind: "end", count } };
}

function randomFrame(random: Random): Frame {
  if (random.int(0, 3) === 0) return end(random.int(0, 999));
  const bytes = new Uint8Array(random.pick(dataSizes));
  // Each frame has letters of its own, with a mark at a place of its own.
  bytes.fill(random.int(97, 122));
  if (bytes.length > 0) bytes[random.int(0, bytes.length - 1)] = random.int(48, 57);
  return { kind: "data", bytes };
}

/** As a COPY does: the memory of a frame is another's when the next is asked for. */
async function* reused(frames: readonly Frame[]): AsyncGenerator<Frame, void, void> {
  for (const frame of frames) {
    if (frame.kind === "message") {
      yield frame;
      continue;
    }
    const bytes = new Uint8Array(frame.bytes);
    yield { kind: "data", bytes };
    bytes.fill(0);
  }
}

async function* reusedBytes(blocks: readonly Uint8Array[]) {
  yield* blocks;
}

/** Cut anywhere, as a network does. */
async function* inPieces(
  body: AsyncIterable<Uint8Array>,
  random: Random,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const block of body) {
    for (let offset = 0; offset < block.length;) {
      const length = 1 + random.int(0, 39_999);
      yield new Uint8Array(block.subarray(offset, offset + length));
      offset += length;
    }
  }
}

/** Messages, and the data between them in one: its frames may come in other parts than they were sent in. */
async function summary(frames: AsyncIterable<Frame>): Promise<string[]> {
  const parts: string[] = [];
  let data = "";
  const endData = () => {
    if (data !== "") parts.push(`data ${data}`);
    data = "";
  };
  for await (const frame of frames) {
    if (frame.kind === "data") data += new TextDecoder().decode(frame.bytes);
    else {
      endData();
      parts.push(JSON.stringify(frame.message));
    }
  }
  endData();
  return parts;
}
