/** A line every second: what is written at the source, what is applied at the target, how far behind. */
import { setTimeout as delay } from "node:timers/promises";
import { readTargetStatus, type TargetStatus } from "./status.ts";
import { type Column, row, say, thousands } from "./terminal.ts";
import type { Written } from "./workload.ts";

const columns: readonly Column[] = [
  { width: 6, align: "right" },
  { width: 16, align: "right" },
  { width: 16, align: "right" },
  { width: 12, align: "right" },
  { width: 11, align: "right" },
  { width: 14, align: "right" },
];

const headings = [
  "second",
  "rows/s written",
  "rows/s applied",
  "lag, events",
  "lag, s",
  "tables follow",
];

const forEver = { what: "", deadlineMs: Infinity };

export interface TickerOptions {
  /** Of the source's instance. */
  statusUrl: string;
  written: Readonly<Written>;
  signal: AbortSignal;
}

interface Tick {
  at: number;
  written: number;
  applied: number;
}

export class Ticker {
  readonly #options: TickerOptions;
  readonly #start = performance.now();
  #last: Tick;

  constructor(options: TickerOptions) {
    this.#options = options;
    this.#last = { at: this.#start, written: options.written.rows, applied: 0 };
  }

  showHeadings(): void {
    say(row(columns, headings));
  }

  /** Prints lines until `isDone` says so. @throws Error at the deadline, or where `signal` fires. */
  async runUntil(
    isDone: (target: TargetStatus | undefined) => boolean,
    { what, deadlineMs }: { what: string; deadlineMs: number } = forEver,
  ): Promise<void> {
    const { statusUrl, signal } = this.#options;
    const deadline = performance.now() + deadlineMs;
    while (true) {
      if (performance.now() > deadline) throw new Error(`Waited too long for ${what}`);
      const target = await readTargetStatus(statusUrl, signal);
      const now = performance.now();
      if (now - this.#last.at >= 1000) this.#show(now, target);
      if (isDone(target)) return;
      const untilTickMs = Math.max(0, this.#last.at + 1000 - performance.now());
      await delay(Math.min(untilTickMs, 100) + 1, undefined, { signal });
    }
  }

  #show(at: number, target: TargetStatus | undefined): void {
    const tick = { at, written: this.#options.written.rows, applied: target?.rows ?? 0 };
    const seconds = (at - this.#last.at) / 1000;
    const tables = target?.tables ?? [];
    const following = tables.filter(({ state }) => state === "streaming").length;
    say(row(columns, [
      ((at - this.#start) / 1000).toFixed(0),
      thousands((tick.written - this.#last.written) / seconds),
      thousands((tick.applied - this.#last.applied) / seconds),
      target?.lagEvents === undefined || target.lagEvents === null
        ? "-"
        : thousands(target.lagEvents),
      target?.lagSeconds?.toFixed(1) ?? "-",
      `${following} of ${tables.length}`,
    ]));
    this.#last = tick;
  }
}
