/** What a terminal shows, worked out from what is written to it. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type Paper, Screen } from "../../src/cli/screen.ts";

const escape = "\u001b";
const parts = new RegExp(`${escape}\\[([?\\d]*[A-Za-z])|([^${escape}])`, "gs");

/** A terminal of so many columns that understands what is written to it here. */
class Terminal implements Paper {
  columns = 40;
  rows = 10;
  written = "";

  write(text: string): void {
    this.written += text;
  }

  get lines(): string[] {
    const lines: string[] = [""];
    let [row, column] = [0, 0];
    for (const [, sequence, letter] of this.written.matchAll(parts)) {
      const line = lines[row] ?? "";
      const count = Number.parseInt(sequence ?? "") || 1;
      if (letter === "\n") [row, column] = [row + 1, 0];
      else if (letter !== undefined) {
        lines[row] = line.slice(0, column).padEnd(column) + letter + line.slice(column + 1);
        column += 1;
      } else if (sequence?.endsWith("A")) row = Math.max(0, row - count);
      else if (sequence?.endsWith("B")) row += count;
      else if (sequence?.endsWith("G")) column = count - 1;
      else if (sequence === "2K") lines[row] = "";
      else if (sequence?.endsWith("K")) lines[row] = line.slice(0, column);
      else ok(sequence?.startsWith("?2026"), `unknown: ${sequence}`);
      lines[row] ??= "";
    }
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }
}

Deno.test("lines are painted over those before, and notes stay above them", async () => {
  const terminal = new Terminal();
  const screen = await Screen.open(terminal, { isPainted: true });
  screen.paint(["a 1%", "total 1%"]);
  deepStrictEqual(terminal.lines, ["a 1%", "total 1%"]);
  screen.note("2026-01-01 INFO  Loading table=a\n");
  deepStrictEqual(terminal.lines, ["2026-01-01 INFO  Loading table=a", "a 1%", "total 1%"]);
  screen.paint(["a 2%", "b 1%", "total 2%"]);
  screen.note("WARN  second\n");
  screen.paint(["total 100%"]);
  deepStrictEqual(terminal.lines, [
    "2026-01-01 INFO  Loading table=a",
    "WARN  second",
    "total 100%",
  ]);
  screen[Symbol.dispose]();
  screen.note("end\n");
  deepStrictEqual(terminal.lines, ["2026-01-01 INFO  Loading table=a", "WARN  second", "end"]);
  ok(
    !terminal.written.includes("?25l"),
    "the cursor is never hidden: a killed command could not show it",
  );
});

Deno.test("where nothing is painted, notes are all that is written", async () => {
  const terminal = new Terminal();
  const screen = await Screen.open(terminal, { isPainted: false });
  screen.paint(["total 1%"]);
  screen.note("a line\n");
  screen[Symbol.dispose]();
  strictEqual(terminal.written, "a line\n");
});
