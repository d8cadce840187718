/** `teleport -mode initial-load -load-target NAME`: progress on stderr, the result on stdout. */
import { initialLoad, type LoadedTable, onSignals } from "../daemon/mod.ts";
import { type Config, exitCode } from "../model/mod.ts";
import type { RunOptions } from "./main.ts";
import { printNote, printResult } from "./terminal.ts";

const lineEveryMs = 2000;

export async function runInitialLoad(
  config: Config,
  target: string,
  { log, version }: RunOptions,
): Promise<number> {
  const leave = new AbortController();
  using _signals = onSignals(() => leave.abort());
  const startedAt = Date.now();
  const progress = new ProgressLines(startedAt);
  const { tables, isFinished } = await initialLoad({
    config,
    target,
    version,
    log,
    signal: leave.signal,
    onProgress: (now) => progress.show(now),
  });
  if (!isFinished) {
    printNote(
      `Left the load of ${target}. A running instance goes on with it; ` +
        `the same command follows it again.\n`,
    );
    return exitCode.done;
  }
  printResult(summary(target, tables, (Date.now() - startedAt) / 1000));
  return exitCode.done;
}

/** A line every two seconds, and one at once for each table that reports a new trouble. */
class ProgressLines {
  readonly #startedAt: number;
  #shownAt = 0;
  readonly #reasons = new Map<string, string | null>();

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  show(tables: readonly LoadedTable[]): void {
    for (const { schema, name, reason } of tables) {
      const table = `${schema}.${name}`;
      if (reason !== null && this.#reasons.get(table) !== reason) {
        printNote(`${table}: ${reason}\n`);
      }
      this.#reasons.set(table, reason);
    }
    if (Date.now() - this.#shownAt < lineEveryMs) return;
    this.#shownAt = Date.now();
    printNote(`${this.#line(tables)}\n`);
  }

  #line(tables: readonly LoadedTable[]): string {
    const seconds = (Date.now() - this.#startedAt) / 1000;
    const bytes = total(tables, "bytes");
    const done = total(tables, "bytesDone");
    const rate = done / Math.max(seconds, 0.001);
    const following = tables.filter(({ state }) => state === "streaming").length;
    const running = tables.filter(({ state }) => state === "loading").map(({ name }) => name);
    const left = rate > 0 && bytes > done ? `, ${Math.ceil((bytes - done) / rate)} s left` : "";
    return `${following} of ${tables.length} tables, ${total(tables, "rows")} rows, ` +
      `${megabytes(done)} of ${megabytes(bytes)} MB, ${megabytes(rate)} MB/s${left}` +
      (running.length === 0 ? "" : ` (${running.join(", ")})`);
  }
}

function summary(target: string, tables: readonly LoadedTable[], seconds: number): string {
  if (tables.length === 0) return `Every table of ${target} is loaded and follows.\n`;
  const rows = total(tables, "rows");
  const lines = tables.map(({ schema, name, rows, bytes }) =>
    `  ${schema}.${name}: ${rows} rows, ${megabytes(bytes)} MB\n`
  );
  return `Loaded ${tables.length} tables of ${target}: ${rows} rows, ` +
    `${megabytes(total(tables, "bytes"))} MB in ${seconds.toFixed(1)} s\n${lines.join("")}`;
}

function total(tables: readonly LoadedTable[], field: "rows" | "bytes" | "bytesDone"): number {
  return tables.reduce((sum, table) => sum + table[field], 0);
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
