/**
 * The lines of a running load on a terminal: a bar for each table that is at work, as far as there is room, and one for
 * all. Pure: no line is longer than the terminal is wide, however narrow that is.
 */
import type { LoadedTable, LoadReport, LoadTotal } from "../daemon/mod.ts";
import type { LoadPhase } from "../model/mod.ts";
import { formatCount, formatDuration, formatMegabytes, shareOf } from "./quantities.ts";

export interface FrameSize {
  columns: number;
  rows: number;
}

const leastBar = 10;
const mostBar = 30;
const mostName = 40;

/** Phases that have a line; the others are only counted. */
const shownPhases = ["loading", "building", "catching_up", "cancelling", "held"] as const;
type ShownPhase = typeof shownPhases[number];

export function renderFrame({ tables, total }: LoadReport, size: FrameSize): string[] {
  const room = Math.max(1, size.rows - 3);
  const running = tables.filter(({ phase }) => isShown(phase));
  const shown = running.slice(0, room);
  const names = [...shown.map(nameOf), "total"];
  const nameWidth = Math.min(mostName, Math.max(...names.map(({ length }) => length)));
  const lines = shown.map((table) => tableLine(table, { columns: size.columns, nameWidth }));
  const hidden = running.length - shown.length;
  if (hidden > 0) lines.push(`… and ${hidden} more`);
  lines.push(totalLine(total, { columns: size.columns, nameWidth }));
  return lines.map((line) => clip(line, size.columns - 1));
}

function isShown(phase: LoadPhase): phase is ShownPhase {
  return shownPhases.some((shown) => shown === phase);
}

interface Width {
  columns: number;
  nameWidth: number;
}

function tableLine(table: LoadedTable, width: Width): string {
  const name = clip(nameOf(table), width.nameWidth).padEnd(width.nameWidth);
  if (table.phase === "loading") {
    return barLine(name, shareOf(table.bytesDone, table.bytes), factsOf(table), width);
  }
  const took = table.phase === "building" ? formatDuration(table.indexSeconds ?? 0) : undefined;
  const told = { building: "building indexes", catching_up: "catching up" };
  const phase = table.phase === "building" || table.phase === "catching_up"
    ? told[table.phase]
    : table.phase;
  return [name, phase, took, table.reason].filter((part) => part !== undefined && part !== null)
    .join("  ");
}

function totalLine(total: LoadTotal, width: Width): string {
  const name = "total".padEnd(width.nameWidth);
  const facts = factsOf(total);
  const tables = `${total.tablesDone} of ${total.tables} tables`;
  return barLine(name, shareOf(total.bytesDone, total.bytes), { ...facts, tables }, width);
}

interface Facts {
  tables?: string;
  rows: string;
  bytes: string;
  rate: string | undefined;
  left: string | undefined;
}

function factsOf(of: LoadedTable | LoadTotal): Facts {
  const { rows, bytes, bytesDone, bytesPerSecond, secondsLeft } = of;
  return {
    rows: `${formatCount(rows)} rows`,
    bytes: `${formatMegabytes(bytesDone)}/${formatMegabytes(bytes)} MB`,
    rate: bytesPerSecond === null ? undefined : `${formatMegabytes(bytesPerSecond)} MB/s`,
    left: secondsLeft === null ? undefined : `eta ${formatDuration(secondsLeft)}`,
  };
}

/** What does not fit is left out, the least telling first; the bar shrinks before that. */
function barLine(name: string, share: number, facts: Facts, { columns }: Width): string {
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const inOrder = [facts.tables, facts.rows, facts.bytes, facts.rate, facts.left];
  const byWorth = [facts.left, facts.rate, facts.bytes, facts.tables, facts.rows];
  const kept = new Set<string>();
  let free = columns - 1 - name.length - percent.length - leastBar - 4;
  for (const fact of byWorth) {
    if (fact === undefined || fact.length + 2 > free) continue;
    kept.add(fact);
    free -= fact.length + 2;
  }
  const parts = inOrder.filter((fact) => fact !== undefined && kept.has(fact));
  const bar = free < 0 ? "" : ` ${barOf(share, Math.min(mostBar, leastBar + free))}`;
  return [`${name}${bar} ${percent}`, ...parts].join("  ");
}

function barOf(share: number, width: number): string {
  const full = Math.floor(share * width);
  return `[${"=".repeat(full)}${full < width ? ">" : ""}`.padEnd(width + 1) + "]";
}

function nameOf({ schema, name }: LoadedTable): string {
  // A name may hold what would break the line.
  return `${schema}.${name}`.replaceAll(/\p{C}/gu, "?");
}

function clip(text: string, width: number): string {
  const letters = [...text];
  if (width <= 0) return "";
  return letters.length <= width ? text : `${letters.slice(0, Math.max(0, width - 1)).join("")}…`;
}
