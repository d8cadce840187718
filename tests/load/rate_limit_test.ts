/** A limit on bytes a second, of all loads of an instance together. */
import { ok, rejects, strictEqual } from "node:assert/strict";
import { RateLimit } from "../../src/load/mod.ts";
import type { Frame } from "../../src/model/mod.ts";
import { Peer, startServer } from "../../src/peer/mod.ts";

const never = new AbortController().signal;

async function* blocks(count: number, bytes: number): AsyncGenerator<Frame, void, void> {
  for (let block = 0; block < count; block++) {
    yield await Promise.resolve({ kind: "data", bytes: new Uint8Array(bytes) });
  }
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

Deno.test("loads that share a limit together send no more than it says", async () => {
  const limit = new RateLimit(1_000_000);
  let bytes = 0;
  const read = async () => {
    for await (const frame of limit.over(blocks(10, 50_000), never)) {
      if (frame.kind === "data") bytes += frame.bytes.length;
    }
  };
  const seconds = await secondsOf(() => Promise.all([read(), read()]));
  strictEqual(bytes, 1_000_000);
  // The last block need not wait until it is paid for, and a tenth of a second is given in advance.
  ok(seconds > 0.8, `${seconds} s`);
});

Deno.test("a wait for the limit ends when the load does", async () => {
  const limit = new RateLimit(1);
  const stop = new AbortController();
  const read = async () => {
    for await (const _frame of limit.over(blocks(2, 65_536), stop.signal)) {
      stop.abort(new Error("The load was cancelled"));
    }
  };
  await rejects(read(), /The load was cancelled/);
});

Deno.test("a limit far below a block's bytes lets heartbeats through: nobody takes the load for dead", async () => {
  const timing = { idleTimeoutMs: 6000, heartbeatMs: 200 };
  let bytes = 0;
  const unasked = () => Promise.reject(new Error("Not asked for"));
  const server = await startServer({
    ...{ readPosition: unasked, applyBatch: unasked, runCommand: unasked, readStatus: unasked },
    applyChunk: async (frames) => {
      for await (const frame of frames) if (frame.kind === "data") bytes += frame.bytes.length;
      return { rows: 1 };
    },
  }, { hostname: "127.0.0.1", port: 0, ...timing });
  const send = async (compression: "none" | "gzip" | "zstd") => {
    const limit = new RateLimit(8_000);
    const peer = new Peer(server, { ...timing, compression });
    await peer.sendChunk(limit.over(blocks(2, 65_536), never), never);
  };
  const seconds = await secondsOf(() => Promise.all([send("none"), send("gzip"), send("zstd")]));
  strictEqual(bytes, 6 * 65_536);
  ok(seconds > 7, `${seconds} s`);
  await server.stop(1000);
});
