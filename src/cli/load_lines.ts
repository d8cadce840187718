/** Progress where it cannot be painted: a line every two seconds. */
import type { LoadReport } from "../daemon/mod.ts";
import { formatMegabytes } from "./quantities.ts";

const mostNames = 5;

export function progressLine({ tables, total }: LoadReport): string {
  const { rows, bytes, bytesDone, bytesPerSecond, secondsLeft } = total;
  const at = (phase: string) => tables.filter((table) => table.phase === phase);
  const rate = bytesPerSecond === null ? "" : `, ${formatMegabytes(bytesPerSecond)} MB/s`;
  const left = secondsLeft === null || secondsLeft === 0 ? "" : `, ${secondsLeft} s left`;
  const parts = [
    listed(at("loading").map(({ name }) => name)),
    ...["building", "catching_up", "cancelling", "held"].map((phase) => {
      const names = listed(at(phase).map(({ name }) => name));
      return names === "" ? "" : `${phase.replace("_", " ")}: ${names}`;
    }),
  ].filter((part) => part !== "");
  return `${total.tablesDone} of ${total.tables} tables, ${rows} rows, ` +
    `${formatMegabytes(bytesDone)} of ${formatMegabytes(bytes)} MB${rate}${left}` +
    (parts.length === 0 ? "" : ` (${parts.join("; ")})`) + "\n";
}

function listed(names: readonly string[]): string {
  const rest = names.length - mostNames;
  return names.slice(0, mostNames).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
