/**
 * Names of the statements that the server keeps prepared in one session, by text: a text whose values
 * are bound is constant, so it is parsed and planned once, not at every call.
 */

/** Texts are few; this only bounds a mistake. */
const maxNames = 200;

export class StatementNames {
  readonly #names = new Map<string, string>();

  /** The part of pg's query config that names the statement; empty for one that is not kept. */
  of(text: string): { name?: string } {
    const known = this.#names.get(text);
    if (known !== undefined) return { name: known };
    if (this.#names.size >= maxNames) return {};
    const name = `teleport_${this.#names.size + 1}`;
    this.#names.set(text, name);
    return { name };
  }
}
