/**
 * The configuration as the rest of teleport sees it: parsed, defaulted and trusted.
 *
 * The keys are those of the Go program's config files. This schema is the only list of them; the
 * reader in src/cli places its issues in the file.
 */
import { z } from "zod";
import { parseExpression, soleSchemaOf } from "./expression.ts";

const port = z.int().min(1).max(65535);
const hostname = z.string().min(1);
const milliseconds = z.int().min(1).max(86_400_000);

const intervals = z.strictObject({
  batcher: milliseconds.default(100),
  transmitter: milliseconds.default(100),
  applier: milliseconds.default(100),
  vacuum: milliseconds.default(500),
  ddlwatcher: milliseconds.default(5000),
});

const database = z.strictObject({
  name: z.string().min(1),
  database: z.string().min(1),
  hostname,
  username: z.string().min(1),
  password: z.string().default(""),
  port: port.default(5432),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

const endpoint = z.strictObject({ hostname, port });

const expression = z.union([z.string(), z.array(z.string()).min(1)]).transform((value, context) => {
  const parsed = parseExpression(typeof value === "string" ? [value] : value);
  if (parsed.ok) return parsed.expression;
  context.addIssue({ code: "custom", message: parsed.message, input: value });
  return z.NEVER;
});

const target = z.strictObject({
  target_expression: expression,
  endpoint,
  apply_schema: z.string().min(1).max(63).optional(),
}).superRefine((value, context) => {
  if (value.apply_schema !== undefined && soleSchemaOf(value.target_expression) === undefined) {
    context.addIssue({
      code: "custom",
      path: ["apply_schema"],
      input: value.apply_schema,
      message: "apply_schema needs a target_expression that names exactly one schema",
    });
  }
});

export const configSchema = z.strictObject({
  batch_size: z.int().min(1).max(10_000_000).default(10_000),
  max_events_per_batch: z.int().min(1).max(100_000_000).default(10_000),
  use_event_triggers: z.boolean().default(true),
  processing_intervals: intervals.prefault({}),
  database,
  server: z.strictObject({ hostname, port }),
  targets: z.record(z.string().min(1).max(63), target).default({}),
  sentry_endpoint: z.string().optional(),
});

export type Config = z.output<typeof configSchema>;
export type DatabaseConfig = Config["database"];
export type TargetConfig = Config["targets"][string];
export type ProcessingIntervals = Config["processing_intervals"];
