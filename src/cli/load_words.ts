/** What an operator is told at the end of a command that loads, and what to do next: whole commands, to be copied. */
import type { InitialLoadOutcome, LoadedTable, LoadReport } from "../daemon/mod.ts";
import type { LoadCommand } from "./load.ts";
import { summaryTable } from "./load_summary.ts";
import { formatMegabytes } from "./quantities.ts";

export const leavingText =
  "Stopping: what is under way comes to an end first. Ctrl-C again ends the command at once.\n";

/** After Ctrl-C. */
export function leftText(command: LoadCommand, { isInstance }: InitialLoadOutcome): string {
  const { target, request } = command;
  const what = request.kind === "cancel" ? "Cancelling loads" : "The load";
  const follow = `${isInstance ? "resume" : "follow"}  ${commandLine(command)}\n`;
  const cancel = request.kind === "cancel" ? "" : `  cancel  ${cancelLine(command)}\n`;
  const how = isInstance
    ? `${what} of ${target} has stopped, since no instance runs that goes on with it; what is done is kept.`
    : `${what} of ${target} goes on in the running instance.`;
  return `${how}\n  ${follow}${cancel}`;
}

export function endText(
  command: LoadCommand,
  { report, end, hadWork }: InitialLoadOutcome,
): string {
  const { target } = command;
  const { tables, total } = report;
  const loaded = tables.filter(({ phase }) => phase === "streaming");
  if (end === "incomplete") return incompleteText(command, report);
  if (!hadWork) {
    const last = loaded.length === 0 ? "" : ` The last load:\n${summaryTable(report)}`;
    return `Every table of ${target} is loaded and follows.${last === "" ? "\n" : last}`;
  }
  return `Loaded ${tables.length} ${tables.length === 1 ? "table" : "tables"} of ${target}: ` +
    `${total.rows} rows, ${formatMegabytes(total.bytes)} MB in ${
      (total.seconds ?? 0).toFixed(1)
    } s\n` +
    summaryTable(report);
}

function incompleteText(command: LoadCommand, report: LoadReport): string {
  const missing = report.tables.filter(({ phase }) => phase !== "streaming");
  return `${missing.length} of ${report.tables.length} tables of ${command.target} are not loaded: ` +
    `their load was cancelled or given up\n${listOf(missing)}${summaryTable(report)}` +
    `To load them:\n  ${loadLine(command)}\n`;
}

export function cancelledText(command: LoadCommand, { tables }: LoadReport): string {
  if (tables.length === 0) {
    return `Nothing to cancel: no load of ${command.target} is queued or under way there.\n`;
  }
  return `Cancelled ${tables.length} ${
    tables.length === 1 ? "load" : "loads"
  } of ${command.target}. ` +
    "Not loaded now; changes from now on come to the table, its older rows do not:\n" +
    `${listOf(tables)}To load what is not loaded:\n  ${loadLine(command)}\n`;
}

function listOf(tables: readonly LoadedTable[]): string {
  return tables.map(({ schema, name, phase, reason }) =>
    `  ${schema}.${name}: ${phase}${reason === null ? "" : ` (${reason})`}\n`
  ).join("");
}

/** The command itself, for another time. */
function commandLine(command: LoadCommand): string {
  const { request, isMode, configPath, target } = command;
  if (isMode) {
    return `teleport -config ${quote(configPath)} -mode initial-load -load-target ${quote(target)}`;
  }
  const tables = request.kind === "load" ? [] : request.tables;
  return [
    `teleport ${request.kind} ${placeOf(command)}`,
    ...tables.map((table) => `--table ${quote(table)}`),
  ].join(" ");
}

function cancelLine(command: LoadCommand): string {
  const { request } = command;
  const tables = request.kind === "load" ? [] : request.tables;
  const named = tables.map((table) => ` --table ${quote(table)}`).join("");
  return `teleport cancel ${placeOf(command)}${named}`;
}

function loadLine(command: LoadCommand): string {
  return `teleport load ${placeOf(command)}`;
}

function placeOf({ configPath, target }: LoadCommand): string {
  return `--config ${quote(configPath)} --target ${quote(target)}`;
}

/** As a shell reads it. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
