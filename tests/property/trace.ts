/** The last statements of all writers, kept to explain a failure. */

export interface TraceEntry {
  writer: number;
  txid: string;
  /** Statements in order, with what became of each where it failed. */
  statements: string[];
  outcome: string;
}

const kept = 4000;

export class Trace {
  readonly #entries: (TraceEntry & { at: string })[] = [];

  add(entry: TraceEntry): void {
    this.#entries.push({ at: new Date().toISOString(), ...entry });
    if (this.#entries.length > 2 * kept) this.#entries.splice(0, kept);
  }

  /** Transactions with a statement that names `word`, oldest first, as text. */
  about(word: string, most = 30): string {
    return this.#entries
      .filter(({ statements }) => statements.some((statement) => statement.includes(word)))
      .slice(-most)
      .map(({ at, writer, txid, outcome, statements }) =>
        `${at} writer ${writer} txid ${txid} ${outcome}\n${
          statements.map((statement) => `    ${statement.replace(/\s+/g, " ")}`).join("\n")
        }`
      ).join("\n");
  }
}
