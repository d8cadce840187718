/**
 * The log: one event per line with constant keys.
 *
 * It formats and filters; where lines go is the caller's `write` (only src/cli prints). A field can
 * never break its line, and values under names such as `password` never reach it.
 */
import { type Fields, formatJson, formatText } from "./log_format.ts";

export type { Fields } from "./log_format.ts";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A log that adds these fields to every event. */
  with(fields: Fields): Log;
}

export interface LogOptions {
  /** Events below it are dropped. */
  level: LogLevel;
  format: "text" | "json";
  /** Gets one line per event, with its newline. */
  write: (line: string) => void;
  now?: () => Date;
}

export function createLog(options: LogOptions): Log {
  return logWith({}, options);
}

function logWith(inherited: Fields, options: LogOptions): Log {
  const lowest = logLevels.indexOf(options.level);
  const format = options.format === "json" ? formatJson : formatText;
  const at = (level: LogLevel) => (message: string, fields: Fields = {}) => {
    if (logLevels.indexOf(level) < lowest) return;
    const time = options.now?.() ?? new Date();
    options.write(`${format({ time, level, message, fields: { ...inherited, ...fields } })}\n`);
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => logWith({ ...inherited, ...fields }, options),
  };
}
