/** Counts of what committed, was rolled back and failed, for the line at the end. */

interface Counts {
  committed: number;
  other: number;
}

export class Tally {
  readonly #transactions = new Map<string, Counts>();
  readonly #actions = new Map<string, number>();

  /** @param kinds of the actions that the transaction's outcome decides on. */
  count(shape: string, isCommitted: boolean, kinds: readonly string[]): void {
    const counts = this.#transactions.get(shape) ?? { committed: 0, other: 0 };
    counts[isCommitted ? "committed" : "other"] += 1;
    this.#transactions.set(shape, counts);
    for (const kind of isCommitted ? kinds : []) {
      this.#actions.set(kind, (this.#actions.get(kind) ?? 0) + 1);
    }
  }

  get committed(): number {
    return [...this.#transactions.values()].reduce((sum, { committed }) => sum + committed, 0);
  }

  /** Kinds among the given that never committed. */
  missing(kinds: readonly string[]): string[] {
    return kinds.filter((kind) => !this.#actions.has(kind));
  }

  toString(): string {
    const transactions = [...this.#transactions].map(([kind, { committed, other }]) =>
      `${kind} ${committed} (+${other} not committed)`
    );
    const actions = [...this.#actions].map(([kind, count]) => `${kind} ${count}`);
    return `  transactions: ${transactions.join(", ")}\n  actions: ${actions.sort().join(", ")}`;
  }
}
