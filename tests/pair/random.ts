/** Random choices that a seed repeats: mulberry32, good enough to choose and small enough to read. */

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A generator of its own for each writer, so that one's choices do not depend on another's pace. */
  fork(number: number): Random {
    return new Random(Math.imul(this.#state ^ (number + 1), 0x9e3779b1));
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `low` to `high`, both possible. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the values. @throws Error where there is none. */
  pick<Value>(values: readonly Value[]): Value {
    const value = values[this.int(0, values.length - 1)];
    if (value === undefined) throw new Error("Nothing to pick from");
    return value;
  }

  /** One of the values, each as likely as its weight says. */
  pickWeighted<Value extends { weight: number }>(values: readonly Value[]): Value {
    const total = values.reduce((sum, { weight }) => sum + weight, 0);
    let rest = this.next() * total;
    for (const value of values) {
      rest -= value.weight;
      if (rest < 0) return value;
    }
    return this.pick(values);
  }
}
