import { ok, strictEqual } from "node:assert/strict";
import { rateOf, secondsLeft, type TimedChunk } from "../../src/load/load_rate.ts";

const megabyte = 1024 * 1024;

/** Chunks of one megabyte one after the other, each so many seconds long. */
function inTurn(count: number, { from, each }: { from: number; each: number }): TimedChunk[] {
  return Array.from({ length: count }, (_, index) => ({
    relation: 1,
    bytes: megabyte,
    sentAt: from + index * each,
    doneAt: from + (index + 1) * each,
  }));
}

Deno.test("before a chunk has gone over there is no rate, and so no end in sight", () => {
  strictEqual(rateOf([], 0), null);
  const onItsWay = { relation: 1, bytes: megabyte, sentAt: 5, doneAt: null };
  strictEqual(rateOf([onItsWay], 9), null);
  strictEqual(secondsLeft(megabyte, null), null);
});

Deno.test("one chunk of a megabyte in two seconds is half a megabyte a second", () => {
  strictEqual(rateOf(inTurn(1, { from: 10, each: 2 }), 12), megabyte / 2);
  strictEqual(secondsLeft(10 * megabyte, megabyte / 2), 20);
});

Deno.test("two workers at a time are twice as fast as one", () => {
  const one = inTurn(8, { from: 0, each: 1 });
  strictEqual(rateOf([...one, ...one], 8), 2 * megabyte);
});

Deno.test("a load that rested for an hour is neither slow nor done in no time when it goes on", () => {
  const before = inTurn(4, { from: 0, each: 1 });
  const after = inTurn(2, { from: 3600, each: 1 });
  strictEqual(rateOf([...before, ...after], 3602), megabyte);
  // Taken up again a moment ago: the first chunk is on its way.
  const first = { relation: 1, bytes: megabyte, sentAt: 3600, doneAt: null };
  strictEqual(rateOf([...before, first], 3600.1), megabyte);
});

Deno.test("a chunk that takes much longer than those before it slows the rate down", () => {
  const before = inTurn(4, { from: 0, each: 1 });
  const late = { relation: 1, bytes: megabyte, sentAt: 4, doneAt: null };
  strictEqual(rateOf([...before, late], 4.9), megabyte, "as long as others took it tells nothing");
  strictEqual(rateOf([...before, late], 9), (4 * megabyte) / 8);
});

Deno.test("what counts is the last half minute, of slow chunks the last sixteen", () => {
  const fast = inTurn(100, { from: 0, each: 0.1 });
  const slow = inTurn(40, { from: 10, each: 1 });
  strictEqual(rateOf([...fast, ...slow], 50), megabyte);
  const slowest = inTurn(20, { from: 0, each: 100 });
  ok(Math.abs((rateOf(slowest, 2000) ?? 0) - megabyte / 100) < 1e-6);
});

Deno.test("a table without rows has no rate and nothing left; nothing is ever infinite", () => {
  strictEqual(rateOf([{ relation: 1, bytes: 0, sentAt: 1, doneAt: 2 }], 3), null);
  strictEqual(rateOf([{ relation: 1, bytes: 8192, sentAt: 1, doneAt: 1 }], 1), null);
  strictEqual(secondsLeft(0, null), 0);
  strictEqual(secondsLeft(-8192, 1), 0);
  strictEqual(secondsLeft(1, 0), null);
  strictEqual(secondsLeft(2 ** 50, 1e-9), null);
});
