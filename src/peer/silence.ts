/** Tells when there was no sign of life for a time: one timer for all of them, which may come with every block. */
export class Silence {
  readonly #limitMs: number;
  readonly #onSilence: () => void;
  #timer: ReturnType<typeof setTimeout>;
  #lastAt = performance.now();

  /** @param onSilence called after each `limitMs` without a sign. */
  constructor(limitMs: number, onSilence: () => void) {
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    this.#timer = setTimeout(() => this.#look(), limitMs);
  }

  /** A sign of life. */
  touch(): void {
    this.#lastAt = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const leftMs = this.#lastAt + this.#limitMs - performance.now();
    this.#timer = setTimeout(() => this.#look(), leftMs > 0 ? leftMs : this.#limitMs);
    if (leftMs <= 0) this.#onSilence();
  }
}
