/** One log event as a line of text or JSON. Never throws, whatever the fields hold. */
import { hiddenSecret, isSecretName, TeleportError, withoutPasswords } from "../model/mod.ts";

/** Constant keys in camelCase with names, counts, durations or an `error`. The line's own keys are taken. */
export type Fields = Readonly<Record<string, unknown>> & {
  readonly time?: never;
  readonly level?: never;
  readonly message?: never;
};

export interface LogEvent {
  time: Date;
  level: string;
  message: string;
  fields: Fields;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const maxDepth = 6;

export function formatJson(event: LogEvent): string {
  return JSON.stringify({
    time: event.time.toISOString(),
    level: event.level,
    message: withoutPasswords(event.message),
    ...toObject(event.fields, 0),
  });
}

/** `2026-01-31 12:00:00.000 INFO  message key=value error.code=…`, time in UTC. */
export function formatText(event: LogEvent): string {
  const time = event.time.toISOString().replace("T", " ").replace("Z", "");
  const level = event.level.toUpperCase().padEnd(5);
  const message = isPrintable(event.message) ? event.message : JSON.stringify(event.message);
  const pairs = flatten(toObject(event.fields, 0), "");
  return [time, level, withoutPasswords(message), ...pairs].join(" ");
}

function flatten(value: Json, prefix: string): string[] {
  if (value === null || typeof value !== "object") return [`${prefix}=${toWord(value)}`];
  if (Array.isArray(value)) return [`${prefix}=${toWord(JSON.stringify(value))}`];
  const start = prefix === "" ? "" : `${prefix}.`;
  return Object.entries(value).flatMap(([key, inner]) => flatten(inner, start + key));
}

function toWord(value: string | number | boolean | null): string {
  const text = String(value);
  return /^[^\s"'=]+$/.test(text) && isPrintable(text) ? text : JSON.stringify(text);
}

function isPrintable(text: string): boolean {
  return !/\p{Cc}|[\u2028\u2029]/u.test(text);
}

function toObject(fields: object, depth: number): { [key: string]: Json } {
  const entries: [string, Json][] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined || typeof value === "function") continue;
    entries.push([key, isSecretName(key) ? hiddenSecret : toJson(value, depth + 1)]);
  }
  return Object.fromEntries(entries);
}

function toJson(value: unknown, depth: number): Json {
  if (typeof value === "string") return withoutPasswords(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "boolean" || value === null) return value;
  if (typeof value !== "object") return String(value);
  // Circular values end here too.
  if (depth > maxDepth) return "…";
  if (value instanceof Error) return errorToJson(value, depth);
  if (value instanceof Date) return isNaN(value.getTime()) ? "invalid" : value.toISOString();
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (Array.isArray(value) || value instanceof Set) {
    return [...value].map((item) => toJson(item, depth + 1));
  }
  return toObject(value instanceof Map ? Object.fromEntries(value) : value, depth);
}

/** An error of ours by its code; any other is unexpected where it is logged itself, so with its stack. */
function errorToJson(error: Error, depth: number): Json {
  if (error instanceof TeleportError) {
    return {
      code: error.code,
      message: withoutPasswords(error.message),
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...toObject({ context: error.context }, depth),
      ...causeToJson(error, depth),
    };
  }
  return {
    code: "bug",
    message: withoutPasswords(error.message),
    name: error.name,
    ...(error.stack === undefined ? {} : { stack: withoutPasswords(error.stack) }),
    ...causeToJson(error, depth),
  };
}

/** The cause's message where it adds something: most messages repeat that of their cause. */
function causeToJson(error: Error, depth: number): { cause?: Json } {
  const cause = error.cause;
  if (cause === undefined || cause === null || depth > maxDepth) return {};
  if (cause instanceof TeleportError) return { cause: toJson(cause, depth + 1) };
  const message = cause instanceof Error ? cause.message : String(cause);
  return message === "" || error.message.includes(message)
    ? {}
    : { cause: withoutPasswords(message) };
}
