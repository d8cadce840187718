import { parseConfig, readConfig } from "../../src/cli/config_file.ts";
import { TeleportError } from "../../src/model/mod.ts";
import { ok, strictEqual, throws } from "node:assert/strict";

const environment = { PORT: "0", WORD: "word", DB_PASSWORD: "hunter2" };

function mistakesIn(text: string): string {
  try {
    parseConfig(text, { file: "t.yml", environment });
  } catch (error) {
    ok(error instanceof TeleportError, String(error));
    strictEqual(error.code, "config_invalid");
    strictEqual(error.exitCode, 3);
    return error.message;
  }
  return "";
}

const database = "database: {name: n, database: d, hostname: h, username: u}";
const server = "server: {hostname: h, port: 1}";
const base = `${database}\n${server}\n`;
const fromExpression = (expression: string, rest = "") =>
  `${base}targets:\n  a:\n    endpoint: {hostname: h, port: 1}\n    target_expression: ${expression}\n${rest}`;

/** Each text with the whole message that it must give. */
const cases: Readonly<Record<string, readonly [text: string, message: string]>> = {
  "An empty file": [
    "",
    "t.yml:1:1: empty, expected a mapping with batch_size, max_events_per_batch, use_event_triggers, processing_intervals, database, server, schema, load, targets, sentry_endpoint",
  ],
  "A list": [
    "- a",
    "t.yml:1:1: expected a mapping with batch_size, max_events_per_batch, use_event_triggers, processing_intervals, database, server, schema, load, targets, sentry_endpoint, not a list",
  ],
  "Missing mappings": [
    "batch_size: 1",
    "t.yml:1:1: database: missing, expected a mapping with name, database, hostname, username, password, port, options\n" +
    "t.yml:1:1: server: missing, expected a mapping with hostname, port",
  ],
  "A missing key is placed at its mapping": [
    `batch_size: 1\n${database}\n\nserver:\n  hostname: h`,
    "t.yml:4:1: server.port: missing, expected a whole number from 1 to 65535",
  ],
  "A chunk that is smaller than a page": [
    `${base}load: {chunk_bytes: 8191}`,
    "t.yml:3:21: load.chunk_bytes: expected a whole number from 8192 to 1099511627776, not 8191",
  ],
  "A compression that is not known": [
    `${base}load: {compression: lz4}`,
    't.yml:3:21: load.compression: expected none, gzip or zstd, not "lz4"',
  ],
  "A rate limit with a unit": [
    `${base}load: {rate_limit: 10MB}`,
    't.yml:3:20: load.rate_limit: expected a whole number from 1 to 1099511627776, not "10MB"',
  ],
  "No workers, and no answer for rows that are there": [
    `${base}load:\n  workers: 0\n  existing: keep`,
    "t.yml:4:12: load.workers: expected a whole number from 1 to 16, not 0\n" +
    't.yml:5:13: load.existing: expected merge, replace or refuse, not "keep"',
  ],
  "An empty value": [
    `${database}\nserver:\n  hostname: h\n  port:`,
    "t.yml:4:3: server.port: empty, expected a whole number from 1 to 65535",
  ],
  "Text for a number": [
    `${base}batch_size: lots`,
    't.yml:3:13: batch_size: expected a whole number from 1 to 10000000, not "lots"',
  ],
  "A number in quotes": [
    `${base}batch_size: "100"`,
    't.yml:3:13: batch_size: expected a whole number from 1 to 10000000, not "100"; remove the quotes',
  ],
  "A number out of range": [
    `${base}processing_intervals:\n  batcher: 0`,
    "t.yml:4:12: processing_intervals.batcher: expected a whole number from 1 to 86400000, not 0",
  ],
  "A broken number": [
    `${base}batch_size: 1.5`,
    "t.yml:3:13: batch_size: expected a whole number from 1 to 10000000, not 1.5",
  ],
  "YAML 1.1's yes": [
    `${base}use_event_triggers: yes`,
    't.yml:3:21: use_event_triggers: expected true or false, not "yes"',
  ],
  "A number for a boolean": [
    `${base}use_event_triggers: 1`,
    "t.yml:3:21: use_event_triggers: expected true or false, not 1",
  ],
  "Text for a mapping": [
    `${database}\nserver: here`,
    't.yml:2:9: server: expected a mapping with hostname, port, not "here"',
  ],
  "Empty text": [
    `${database}\nserver: {hostname: "", port: 1}`,
    't.yml:2:20: server.hostname: expected text that is not empty, not ""',
  ],
  "An unknown key with a near one": [
    `${base}databse: x`,
    "t.yml:3:1: databse: unknown key; did you mean database?",
  ],
  "An unknown key with none near": [
    `${database}\nserver: {hostname: h, port: 1, colour: red}`,
    "t.yml:2:32: server.colour: unknown key; known here are hostname, port",
  ],
  "An unknown key of a target": [
    fromExpression('"a.*"', "    applySchema: x"),
    "t.yml:7:5: targets.a.applySchema: unknown key; did you mean apply_schema?",
  ],
  "A key that is given twice": [
    `${base}batch_size: 1\nbatch_size: 2`,
    "t.yml:4:1: batch_size: the key is given twice",
  ],
  "A target that is given twice": [
    fromExpression('"a.*"', '  a: {target_expression: "b.*"}'),
    "t.yml:7:3: targets.a: the key is given twice",
  ],
  "A target name with a dot, in quotes in the path": [
    `${base}targets:\n  a.b: 1`,
    't.yml:4:8: targets."a.b": expected a mapping with target_expression, endpoint, apply_schema, not 1',
  ],
  "An empty target name": [
    `${base}targets:\n  "": {}`,
    "t.yml:4:3: targets: expected text as a key",
  ],
  "An unknown connection option": [
    `${database.slice(0, -1)}, options: {ssl_mode: x, sslmod: y}}\n${server}`,
    "t.yml:1:70: database.options.ssl_mode: unknown key; did you mean sslmode?\n" +
    "t.yml:1:83: database.options.sslmod: unknown key; did you mean sslmode?",
  ],
  "A connection option's value": [
    `${database.slice(0, -1)}, options: {sslmode: on, connect_timeout: soon}}\n${server}`,
    't.yml:1:79: database.options.sslmode: expected one of disable, allow, prefer, require, verify-ca, verify-full, not "on"\n' +
    't.yml:1:100: database.options.connect_timeout: expected a whole number from 0 to 86400, not "soon"',
  ],
  "An expression without a schema": [
    fromExpression("orders"),
    't.yml:6:24: targets.a.target_expression: expected patterns like "public.*" or "!public.audit_*", not "orders"',
  ],
  "One faulty pattern of a list": [
    fromExpression('["public.*", "a.b.c"]'),
    't.yml:6:37: targets.a.target_expression[1]: expected patterns like "public.*" or "!public.audit_*", not "a.b.c"',
  ],
  "An expression that only excludes": [
    fromExpression('"!public.*"'),
    "t.yml:6:24: targets.a.target_expression: expected at least one pattern that does not start with !",
  ],
  "An empty list": [
    fromExpression("[]"),
    't.yml:6:24: targets.a.target_expression: expected a pattern such as "public.*", or a list of patterns, not a list',
  ],
  "apply_schema with two schemas": [
    fromExpression('"public.*, sales.*"', "    apply_schema: test"),
    "t.yml:7:19: targets.a.apply_schema: apply_schema needs a target_expression that names exactly one schema",
  ],
  "apply_schema that is ours": [
    fromExpression('"public.*"', "    apply_schema: teleport"),
    "t.yml:7:19: targets.a.apply_schema: expected a schema of your own: teleport is not replicated into",
  ],
  "apply_schema that PostgreSQL would cut": [
    fromExpression('"public.*"', `    apply_schema: ${"ü".repeat(32)}`),
    "t.yml:7:19: targets.a.apply_schema: expected a schema name of at most 63 bytes",
  ],
  "A variable that is not set": [
    `${database}\nserver:\n  hostname: "\${NOPE}"\n  port: \${NOPORT}`,
    "t.yml:3:13: server.hostname: the environment variable NOPE is not set\n" +
    "t.yml:4:9: server.port: the environment variable NOPORT is not set",
  ],
  "A variable of the wrong type": [
    `${database}\nserver:\n  hostname: h\n  port: \${WORD}`,
    't.yml:4:9: server.port: expected a whole number from 1 to 65535, not "word" (from ${WORD})',
  ],
  "A variable out of range": [
    `${database}\nserver:\n  hostname: h\n  port: \${PORT}`,
    "t.yml:4:9: server.port: expected a whole number from 1 to 65535, not 0 (from ${PORT})",
  ],
  "A variable without quotes in a flow mapping": [
    `${database}\nserver: {hostname: h, port: \${PORT}}`,
    "t.yml:2:30: inside { } and [ ] put quotes around ${…}",
  ],
  "An alias without an anchor": [
    `${base}batch_size: *hunter2`,
    "t.yml:3:13: batch_size: no anchor (&) of this name comes before the alias (*); quote text that begins with *",
  ],
  "Two mappings on a line": [
    `${base}batch_size: a: b`,
    "t.yml:3:13: a second mapping on one line; put quotes around values that begin with a special character or hold `: ` or ` #`",
  ],
  "A tab": [`${base}server:\n\tport: 1`, "t.yml:4:1: tabs cannot indent; use spaces"],
  "Two documents": [
    `${base}---\n${base}`,
    "t.yml:3:1: expected one YAML document; remove the `---` between them",
  ],
  "Many mistakes at once, in the file's order": [
    "batch_size: x\nservr: {}\ndatabase:\n  name: n\n  port: x\n  hostname: h\n",
    "t.yml:1:1: server: missing, expected a mapping with hostname, port\n" +
    't.yml:1:13: batch_size: expected a whole number from 1 to 10000000, not "x"\n' +
    "t.yml:2:1: servr: unknown key; did you mean server?\n" +
    "t.yml:3:1: database.database: missing, expected text that is not empty\n" +
    "t.yml:3:1: database.username: missing, expected text that is not empty\n" +
    't.yml:5:9: database.port: expected a whole number from 1 to 65535, not "x"',
  ],
};

for (const [name, [text, message]] of Object.entries(cases)) {
  Deno.test(`${name}: one clear message`, () => strictEqual(mistakesIn(text), message));
}

/** Every way we thought of to have a password come out in a message. */
const leaks: readonly string[] = [
  `${base}batch_size: 1\npassword: hunter2`,
  `database: {password: [hunter2]}`,
  `database: {password: {hunter2: hunter2}}`,
  `database:\n  password: !hunter2 x\n`,
  `database:\n  password: *hunter2\n`,
  `database:\n  password: &hunter2 *x\n`,
  `database:\n  password: "hunter2\n`,
  `database:\n  password: "\\hunter2"\n`,
  `database:\n  password: @hunter2\n`,
  `database:\n  password: %hunter2: x\n`,
  `database:\n  password: 'a' hunter2\n`,
  `database:\n  password: a: hunter2\n`,
  `database:\n  password: {hunter2\n`,
  `database:\n  password: "\${hunter2 }"\n`,
  `database: postgres://u:hunter2@h/d`,
  `database: host=h password=hunter2 user=u`,
  `${database}\nserver: {hostname: h, port: "\${DB_PASSWORD}"}`,
  `${base}sentry_endpoint: [hunter2]`,
];

for (const text of leaks) {
  Deno.test(`No secret is shown for ${JSON.stringify(text)}`, () => {
    const message = mistakesIn(text);
    ok(message !== "", "must be a mistake");
    ok(!/hunter2(?!: unknown key)/.test(message), message);
  });
}

const endless: readonly string[] = [
  `a: &a [*a, *a]\n${base}`,
  `a: &a {b: *a}\n${base}`,
  `a: &a {<<: *a}\n${base}`,
  `${
    "abcdefghij".split("").map((name, index, names) =>
      `${name}: &${name} [${Array(9).fill(index === 0 ? "1" : `*${names[index - 1]}`).join(",")}]`
    ).join("\n")
  }\n${base}`,
  "[".repeat(20_000),
];

for (const text of endless) {
  Deno.test(`A file that never ends is refused at once: ${text.slice(0, 30)}`, () => {
    const started = performance.now();
    ok(mistakesIn(text).length < 20_000);
    ok(performance.now() - started < 5000);
  });
}

Deno.test("A file that is not there, a directory and bytes that are not text are unreadable", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${directory}/latin1.yml`, new Uint8Array([0x61, 0x3a, 0xe9]));
    const unreadable = (path: string, message: RegExp) =>
      throws(() => readConfig(path, {}), (error) => {
        ok(error instanceof TeleportError);
        strictEqual(error.code, "config_unreadable");
        return message.test(error.message);
      });
    unreadable(`${directory}/none.yml`, /none\.yml: there is no such file$/);
    unreadable(directory, /: expected a file, this is a directory$/);
    unreadable(`${directory}/latin1.yml`, /latin1\.yml: expected text in UTF-8$/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
