/** A writer that goes on and on, stops between two transactions when asked, and goes on when asked. */
import { connect, type Session } from "../../postgres/mod.ts";

export abstract class PausableWriter {
  readonly #url: string;
  #isPaused = false;
  #isDone = false;
  #resting: (() => void) | undefined;
  #resume: (() => void) | undefined;
  written = 0;
  refused = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** One transaction, which the database may refuse. Rejects only where it should not have been. */
  protected abstract write(session: Session): Promise<void>;

  /** Until `end`. Rejects where `write` does. */
  async run(): Promise<void> {
    await using session = await connect(this.#url);
    while (!this.#isDone) {
      if (!this.#isPaused) {
        await this.write(session);
        continue;
      }
      await new Promise<void>((resume) => {
        this.#resume = resume;
        this.#resting?.();
      });
    }
    this.#resting?.();
  }

  /** Resolves when the writer is between two transactions, where it stays. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    if (this.#isDone) return;
    await new Promise<void>((resting) => this.#resting = resting);
  }

  resume(): void {
    this.#isPaused = false;
    this.#resting = undefined;
    this.#resume?.();
  }

  end(): void {
    this.#isDone = true;
    this.resume();
  }

  /** Commits the statements, or counts a refusal. Capture may never be the reason of one. */
  protected async transact(session: Session, statements: readonly string[]): Promise<boolean> {
    try {
      await session.query(`begin; ${statements.join("; ")}; commit`);
      this.written += 1;
      return true;
    } catch (error) {
      await session.query("rollback");
      this.refused += 1;
      const { message, where = "" } = error as { message: string; where?: string };
      if (/teleport/.test(`${message} ${where}`)) throw new Error(`${message}\n${where}`);
      return false;
    }
  }
}
