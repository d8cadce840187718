/**
 * The configuration as the rest of teleport sees it: parsed, defaulted and trusted.
 *
 * The keys are those of the Go program's config files. This schema is the only list of them; the
 * reader in src/cli places its issues in the file, so every message here reads `expected …` and says
 * nothing about the value that was found.
 */
import { z } from "zod";
import { existingRows } from "./existing_rows.ts";
import { isReservedSchema, parseExpression, soleSchemaOf } from "./expression.ts";

/** What PostgreSQL keeps of a name, in bytes of UTF-8. */
const maxNameBytes = 63;

function wholeNumber(lowest: number, highest: number) {
  const message = `expected a whole number from ${lowest} to ${highest}`;
  return z.int(message).min(lowest, message).max(highest, message);
}

/** As wholeNumber, and the same number in quotes, as connection strings and libpq have it. */
function optionNumber(lowest: number, highest: number) {
  return z.preprocess(
    (value) => typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value,
    wholeNumber(lowest, highest),
  );
}

function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, `expected a mapping with ${Object.keys(shape).join(", ")}`);
}

const nonEmpty = "expected text that is not empty";
const text = z.string(nonEmpty).min(1, nonEmpty);
const port = wholeNumber(1, 65_535);
const milliseconds = wholeNumber(1, 86_400_000);

const intervals = mapping({
  batcher: milliseconds.default(100),
  transmitter: milliseconds.default(100),
  applier: milliseconds.default(100),
  vacuum: milliseconds.default(500),
  ddlwatcher: milliseconds.default(5000),
});

const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;

/**
 * Connection options with libpq's names and meaning:
 * https://www.postgresql.org/docs/current/libpq-connect.html
 */
const databaseOptions = mapping({
  sslmode: z.enum(sslModes, `expected one of ${sslModes.join(", ")}`).default("prefer"),
  sslrootcert: text.optional(),
  sslcert: text.optional(),
  sslkey: text.optional(),
  application_name: text.default("teleport"),
  connect_timeout: optionNumber(0, 86_400).prefault(10),
  keepalives: optionNumber(0, 1).prefault(1),
  keepalives_idle: optionNumber(0, 86_400).prefault(30),
  options: text.optional(),
});

const database = mapping({
  name: text,
  database: text,
  hostname: text,
  username: text,
  password: z.string("expected text").default(""),
  port: port.default(5432),
  options: databaseOptions.prefault({}),
});

const address = mapping({ hostname: text, port });

const patternsExpected = 'expected a pattern such as "public.*", or a list of patterns';
const patterns = z.union(
  [z.string(), z.array(z.string()).min(1, patternsExpected)],
  patternsExpected,
);

const expression = patterns.transform((value, context) => {
  const parsed = parseExpression(typeof value === "string" ? [value] : value);
  if (parsed.ok) return parsed.expression;
  const path = typeof value === "string" || parsed.index === undefined ? [] : [parsed.index];
  context.addIssue({ code: "custom", message: parsed.message, input: value, path });
  return z.NEVER;
});

const applySchema = text.superRefine((name, context) => {
  if (new TextEncoder().encode(name).length > maxNameBytes) {
    const message = `expected a schema name of at most ${maxNameBytes} bytes`;
    context.addIssue({ code: "custom", message, input: name });
  } else if (isReservedSchema(name)) {
    const message = `expected a schema of your own: ${name} is not replicated into`;
    context.addIssue({ code: "custom", message, input: name });
  }
});

const target = mapping({
  target_expression: expression,
  endpoint: address,
  apply_schema: applySchema.optional(),
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

const schema = mapping({
  drops: z.enum(["apply", "hold"], "expected apply or hold").default("apply"),
});

const load = mapping({
  workers: wholeNumber(1, 16).default(2),
  chunk_bytes: wholeNumber(8192, 1_099_511_627_776).default(33_554_432),
  compression: z.enum(["none", "gzip", "zstd"], "expected none, gzip or zstd").default("none"),
  rate_limit: wholeNumber(1, 1_099_511_627_776).optional(),
  existing: z.enum(existingRows.options, "expected merge, replace or refuse")
    .default("replace"),
});

const targetName = z.string().min(1).max(63);

export const configSchema = mapping({
  batch_size: wholeNumber(1, 10_000_000).default(10_000),
  max_events_per_batch: wholeNumber(1, 100_000_000).default(10_000),
  use_event_triggers: z.boolean("expected true or false").default(true),
  processing_intervals: intervals.prefault({}),
  database,
  server: address,
  schema: schema.prefault({}),
  load: load.prefault({}),
  targets: z.record(targetName, target, "expected a mapping of target names").default({}),
  sentry_endpoint: text.optional(),
});

export type Config = z.output<typeof configSchema>;
export type DatabaseConfig = Config["database"];
export type TargetConfig = Config["targets"][string];
export type LoadConfig = Config["load"];
export type ProcessingIntervals = Config["processing_intervals"];
