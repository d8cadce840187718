/** What a load has done, as a table; by the times that are kept with the load, whoever did the work. */
import type { LoadedTable, LoadReport, LoadTotal } from "../daemon/mod.ts";
import { formatMegabytes } from "./quantities.ts";

const titles = ["table", "rows", "MB", "seconds", "MB/s", "index s"];

/** One line per table, and one for all; MB are of the source's files. */
export function summaryTable({ tables, total }: LoadReport): string {
  const rows = [
    titles,
    ...tables.map((table) => [`${table.schema}.${table.name}`, ...numbersOf(table)]),
    ["total", ...numbersOf(total)],
  ];
  const widths = titles.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length))
  );
  return rows.map((row) => `  ${alignRow(row, widths)}\n`).join("");
}

function numbersOf(
  { rows, bytes, bytesPerSecond, seconds, indexSeconds }: LoadedTable | LoadTotal,
) {
  return [
    String(rows),
    formatMegabytes(bytes),
    orDash(seconds, (value) => value.toFixed(1)),
    orDash(bytesPerSecond, formatMegabytes),
    orDash(indexSeconds, (value) => value.toFixed(1)),
  ];
}

function orDash(value: number | null, format: (value: number) => string): string {
  return value === null ? "-" : format(value);
}

function alignRow(row: readonly string[], widths: readonly number[]): string {
  return row.map((text, column) => {
    const width = widths[column] ?? 0;
    return column === 0 ? text.padEnd(width) : text.padStart(width);
  }).join("  ");
}
