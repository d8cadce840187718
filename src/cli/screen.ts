/**
 * The lower end of a terminal: lines that are painted anew, and notes that scroll away above them. Where stderr is no
 * terminal there is nothing to paint, and notes are lines.
 */
import { Writable } from "node:stream";
import { printNote } from "./terminal.ts";

/** What lines are painted on. */
export interface Paper {
  columns: number;
  rows: number;
  write(text: string): void;
}

/** stderr. Its size is asked for anew each time: windows are resized. */
export const terminalPaper: Paper = {
  get columns() {
    return sizeOf().columns;
  },
  get rows() {
    return sizeOf().rows;
  },
  write: printNote,
};

function sizeOf(): { columns: number; rows: number } {
  try {
    const { columns, rows } = Deno.consoleSize();
    return { columns: columns > 0 ? columns : 80, rows: rows > 0 ? rows : 24 };
  } catch {
    return { columns: 80, rows: 24 };
  }
}

/** As the library wants it: it writes at once, so that nothing overtakes anything. */
class PaperStream extends Writable {
  readonly isTTY = true;
  readonly #paper: Paper;

  constructor(paper: Paper) {
    super({ decodeStrings: false });
    this.#paper = paper;
  }

  get columns(): number {
    return this.#paper.columns;
  }

  get rows(): number {
    return this.#paper.rows;
  }

  override _write(chunk: string, _encoding: string, callback: () => void): void {
    this.#paper.write(chunk);
    callback();
  }
}

interface Painter {
  (text: string): void;
  clear(): void;
  done(): void;
}

export class Screen implements Disposable {
  readonly #paper: Paper;
  readonly #paint: Painter | undefined;
  #lines: readonly string[] = [];

  private constructor(paper: Paper, paint: Painter | undefined) {
    this.#paper = paper;
    this.#paint = paint;
  }

  /** @param isPainted false: `paint` does nothing. The library is loaded only where it is needed. */
  static async open(paper: Paper, { isPainted }: { isPainted: boolean }): Promise<Screen> {
    if (!isPainted) return new Screen(paper, undefined);
    const { createLogUpdate } = await import("log-update");
    // It would hide the cursor by way of a handler for SIGINT, which ends the process.
    return new Screen(paper, createLogUpdate(new PaperStream(paper), { showCursor: true }));
  }

  get isPainted(): boolean {
    return this.#paint !== undefined;
  }

  get size(): { columns: number; rows: number } {
    return { columns: this.#paper.columns, rows: this.#paper.rows };
  }

  /** Puts these lines in the place of the last ones. */
  paint(lines: readonly string[]): void {
    this.#lines = lines;
    this.#paint?.(lines.join("\n"));
  }

  /** Lines that stay, above those that are painted. */
  note(text: string): void {
    this.#paint?.clear();
    this.#paper.write(text);
    if (this.#lines.length > 0) this.#paint?.(this.#lines.join("\n"));
  }

  /** Takes away what is painted. */
  [Symbol.dispose](): void {
    this.#paint?.clear();
    this.#paint?.done();
    this.#lines = [];
  }
}
