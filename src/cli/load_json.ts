/**
 * `--json` of the verbs that load: one object per line, told apart by `type`. A stable contract: fields are added,
 * none is renamed or taken away.
 */
import { z } from "zod";
import type { LoadedTable, LoadReport, LoadTotal } from "../daemon/mod.ts";
import { loadPhases, type TeleportError } from "../model/mod.ts";

const count = z.int().min(0);
const amount = z.number().min(0);

const progressFields = {
  rows: count,
  bytes: count,
  bytesDone: count,
  bytesPerSecond: amount.nullable(),
  secondsLeft: amount.nullable(),
};

const tableLine = z.strictObject({
  schema: z.string(),
  name: z.string(),
  phase: z.enum(loadPhases),
  isLoaded: z.boolean(),
  reason: z.string().nullable(),
  attempts: count,
  ...progressFields,
  seconds: amount.nullable(),
  indexSeconds: amount.nullable(),
});

const totalLine = z.strictObject({
  tables: count,
  tablesDone: count,
  ...progressFields,
  seconds: amount.nullable(),
  indexSeconds: amount,
});

/** The line of progress: `running` has the tables at work. */
const progressLine = z.strictObject({
  type: z.literal("progress"),
  target: z.string(),
  total: totalLine,
  running: z.array(tableLine),
});

/** The last line, unless there was an error. */
const resultLine = z.strictObject({
  type: z.literal("result"),
  verb: z.enum(["load", "reload", "cancel"]),
  target: z.string(),
  /** `left`: by a signal, before the end. `incomplete`: loads were cancelled or given up meanwhile. */
  end: z.enum(["done", "left", "incomplete"]),
  total: totalLine,
  tables: z.array(tableLine),
});

const errorLine = z.strictObject({
  type: z.literal("error"),
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
});

/** Every line that there is. */
export const jsonLine = z.discriminatedUnion("type", [progressLine, resultLine, errorLine]);

type Line = z.output<typeof jsonLine>;

export function progressJson(target: string, { tables, total }: LoadReport): string {
  const atRest = ["partial", "pending", "streaming"];
  const running = tables.filter(({ phase }) => !atRest.includes(phase));
  return toText({
    type: "progress",
    target,
    total: describeTotal(total),
    running: running.map(describeTable),
  });
}

export function resultJson(
  { tables, total }: LoadReport,
  of: Omit<z.output<typeof resultLine>, "type" | "total" | "tables">,
): string {
  return toText({
    type: "result",
    ...of,
    total: describeTotal(total),
    tables: tables.map(describeTable),
  });
}

export function errorJson({ code, message, hint }: TeleportError): string {
  return toText({ type: "error", code, message, hint: hint ?? null });
}

function toText(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}

function describeTable(table: LoadedTable): z.output<typeof tableLine> {
  const { schema, name, phase, isLoaded, reason, attempts, seconds, indexSeconds } = table;
  return {
    ...{ schema, name, phase, isLoaded, reason, attempts },
    ...describeProgress(table),
    seconds: rounded(seconds),
    indexSeconds: rounded(indexSeconds),
  };
}

function describeTotal(total: LoadTotal): z.output<typeof totalLine> {
  const { tables, tablesDone, seconds, indexSeconds } = total;
  return {
    ...{ tables, tablesDone },
    ...describeProgress(total),
    seconds: rounded(seconds),
    indexSeconds: rounded(indexSeconds) ?? 0,
  };
}

function describeProgress(
  { rows, bytes, bytesDone, bytesPerSecond, secondsLeft }: LoadTotal | LoadedTable,
) {
  return { rows, bytes, bytesDone, bytesPerSecond: rounded(bytesPerSecond), secondsLeft };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000;
}
