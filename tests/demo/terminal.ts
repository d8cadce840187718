/** What the demo prints: plain lines to stdout, columns aligned. */

export type Column = { width: number; align: "left" | "right" };

/** Writes one line. */
export function say(line = ""): void {
  const bytes = new TextEncoder().encode(`${line}\n`);
  let written = 0;
  while (written < bytes.length) written += Deno.stdout.writeSync(bytes.subarray(written));
}

/** A line of a table; a cell that is too wide is shown whole. */
export function row(columns: readonly Column[], cells: readonly string[]): string {
  const padded = columns.map(({ width, align }, index) => {
    const cell = cells[index] ?? "";
    return align === "left" ? cell.padEnd(width) : cell.padStart(width);
  });
  return `  ${padded.join("  ")}`.trimEnd();
}

/** `12,345` */
export function thousands(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** Seconds since a `performance.now()`, as `1.2 s`. */
export function secondsSince(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
