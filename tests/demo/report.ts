/** What the demo says at its end. */
import type { TableComparison } from "./checksum.ts";
import type { ObjectComparison } from "./objects.ts";
import type { TeleportProcess } from "./teleport_process.ts";
import { type Column, row, say, thousands } from "./terminal.ts";

const columns: readonly Column[] = [
  { width: 16, align: "left" },
  { width: 8, align: "right" },
  { width: 32, align: "left" },
  { width: 5, align: "left" },
];

const logLinesShown = 25;

/** Prints what both schemas have, and what differs. Returns whether nothing does. */
export function sayObjects({ source, target, different }: ObjectComparison): boolean {
  const kinds = [...source].filter(([what]) => !what.startsWith("the value of "));
  const sequences = source.size - kinds.length;
  const counts = kinds.map(([what, count]) => `${count} ${count === 1 ? what.slice(0, -1) : what}`);
  say(`Schema     ${counts.slice(0, 4).join(", ")}, ${sequences} sequences,`);
  say(`           ${counts.slice(4).join(", ")}`);
  for (const what of different) {
    const [here, there] = [source.get(what) ?? "missing", target.get(what) ?? "missing"];
    say(`           DIFFERENT at the target: ${what}, ${there} instead of ${here}`);
  }
  return different.length === 0;
}

/** Prints a line per table. Returns whether all of them are the same. */
export function sayComparison(comparisons: readonly TableComparison[]): boolean {
  say();
  say(row(columns, ["table", "rows", "md5", "same?"]));
  for (const { name, source, target, isSame } of comparisons) {
    say(row(columns, [name, thousands(source?.rows ?? 0), source?.md5 ?? "none", yesNo(isSame)]));
    if (isSame) continue;
    say(row(columns, ["  at the target", thousands(target?.rows ?? 0), target?.md5 ?? "none"]));
  }
  const different = comparisons.filter(({ isSame }) => !isSame).length;
  const isSame = different === 0 && comparisons.length > 0;
  say();
  say(
    isSame
      ? `Proof      all ${comparisons.length} tables are the same at source and target`
      : `Proof      ${different} of ${comparisons.length} tables DIFFER`,
  );
  return isSame;
}

/** The end of each process's output, for the search for a cause. */
export function sayLogs(processes: readonly TeleportProcess[]): void {
  for (const process of processes) {
    say();
    say(`The last lines of the ${process.name}:`);
    for (const line of process.lastLines(logLinesShown)) say(`  ${line}`);
  }
  say();
}

export function sayWhereToLook(isSame: boolean): void {
  if (!isSame) return;
  say();
  say("Where to look next");
  say("  README.md             what teleport does, and a walk-through for your own databases");
  say(
    "  config/               source.yml and target.yml to start from, reference.yml with every key",
  );
  say("  docs/architecture.md  how it works");
}

function yesNo(value: boolean): string {
  return value ? "yes" : "NO";
}
