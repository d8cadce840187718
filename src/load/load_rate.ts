/**
 * How fast rows go over at present, from the chunks that went over last. The time that counts is that in which
 * chunks were on their way: what a load had done before it was taken up again is not taken for done in no time,
 * and its pause makes nothing look slow.
 */

/** A chunk that is on its way or has gone over. Times are seconds of one clock. */
export interface TimedChunk {
  relation: number;
  bytes: number;
  sentAt: number;
  /** Null while it is on its way. */
  doneAt: number | null;
}

type DoneChunk = TimedChunk & { doneAt: number };

/** Of what has gone over, that which counts: half a minute's, or so many chunks, whatever is more. */
const windowSeconds = 30;
const fewestChunks = 16;

const longestSeconds = 99 * 24 * 3600;

/** Bytes per second; null while nothing can be said. */
export function rateOf(chunks: readonly TimedChunk[], now: number): number | null {
  const done = chunks.filter(isDone).sort((one, other) => other.doneAt - one.doneAt);
  const [last] = done;
  if (last === undefined) return null;
  const recent = done.filter(({ doneAt }, index) =>
    index < fewestChunks || doneAt > last.doneAt - windowSeconds
  );
  const longest = Math.max(...recent.map(({ sentAt, doneAt }) => doneAt - sentAt));
  // One on its way tells nothing as long as others took; after that, that all got slow.
  const late = chunks.filter((chunk) => !isDone(chunk))
    .map(({ sentAt }) => ({ from: sentAt + Math.max(longest, 0), to: now }));
  const busy = secondsIn([
    ...recent.map(({ sentAt, doneAt }) => ({ from: sentAt, to: doneAt })),
    ...late,
  ]);
  const bytes = recent.reduce((sum, chunk) => sum + chunk.bytes, 0);
  return busy > 0 && bytes > 0 ? bytes / busy : null;
}

/** Whole seconds until so many bytes have gone over; null where that cannot be said. */
export function secondsLeft(bytes: number, rate: number | null): number | null {
  if (bytes <= 0) return 0;
  if (rate === null || rate <= 0) return null;
  const seconds = Math.ceil(bytes / rate);
  return seconds <= longestSeconds ? seconds : null;
}

function isDone(chunk: TimedChunk): chunk is DoneChunk {
  return chunk.doneAt !== null;
}

/** Seconds that lie in at least one of the spans. */
function secondsIn(spans: readonly { from: number; to: number }[]): number {
  let total = 0;
  let end = -Infinity;
  for (const { from, to } of spans.toSorted((one, other) => one.from - other.from)) {
    if (to <= end || to <= from) continue;
    total += to - Math.max(from, end);
    end = to;
  }
  return total;
}
