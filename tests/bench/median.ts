/** Medians and percentiles of what was measured. */

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** By nearest rank with interpolation, as percentile_cont. @throws Error without values. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (sorted.length - 1) * percent / 100;
  const low = sorted[Math.floor(rank)];
  const high = sorted[Math.ceil(rank)];
  if (low === undefined || high === undefined) throw new Error("Nothing was measured");
  return low + (high - low) * (rank - Math.floor(rank));
}

/** The median of what each round's two numbers are to each other. */
export function medianRatio(over: readonly number[], under: readonly number[]): number {
  return median(over.map((value, round) => value / (under[round] ?? Number.NaN)));
}
