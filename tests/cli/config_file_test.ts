import { parseConfig } from "../../src/cli/config_file.ts";
import { type Config, matchesExpression } from "../../src/model/mod.ts";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";

function parse(text: string, environment: Record<string, string> = {}): Config {
  return parseConfig(text, { file: "t.yml", environment });
}

function parseDatabase(fields: string, environment: Record<string, string> = {}) {
  const text =
    `database:\n  name: n\n  database: d\n  hostname: h\n${fields}\nserver: {hostname: h, port: 1}`;
  return parse(text, environment).database;
}

const needed =
  "database: {name: n, database: d, hostname: h, username: u}\nserver: {hostname: h, port: 1}\n";

/** As the issue has it, to the letter. */
const example = `
batch_size: 10000
max_events_per_batch: 10000
use_event_triggers: true
processing_intervals: {batcher: 100, transmitter: 100, applier: 100, vacuum: 500, ddlwatcher: 5000}
database: {name: "finops-db", database: "postgres", hostname: "postgres.mydomain.com", username: "teleport", password: "root", port: 5432}
server: {hostname: "0.0.0.0", port: 3000}
targets:
  my-target:
    target_expression: "public.*"
    endpoint: {hostname: "target.mydomain.com", port: 3001}
    apply_schema: "test"
`;

Deno.test("The example configuration parses as it is, and config/source.yml is the same", async () => {
  const config = parse(example);
  strictEqual(config.database.name, "finops-db");
  strictEqual(config.database.password, "root");
  const target = config.targets["my-target"];
  deepStrictEqual(target?.endpoint, { hostname: "target.mydomain.com", port: 3001 });
  strictEqual(target.apply_schema, "test");
  ok(matchesExpression(target.target_expression, { schema: "public", name: "orders" }));
  deepStrictEqual(parse(await Deno.readTextFile("config/source.yml")), config);
});

Deno.test("config/target.yml is an instance without targets", async () => {
  deepStrictEqual(parse(await Deno.readTextFile("config/target.yml")).targets, {});
});

Deno.test("The smallest configuration gets the defaults", () => {
  const config = parse(needed);
  strictEqual(config.batch_size, 10_000);
  strictEqual(config.max_events_per_batch, 10_000);
  strictEqual(config.use_event_triggers, true);
  deepStrictEqual(config.processing_intervals, {
    batcher: 100,
    transmitter: 100,
    applier: 100,
    vacuum: 500,
    ddlwatcher: 5000,
  });
  strictEqual(config.database.port, 5432);
  deepStrictEqual(config.load, {
    workers: 2,
    chunk_bytes: 33_554_432,
    compression: "none",
    existing: "replace",
  });
  strictEqual(config.database.password, "");
  deepStrictEqual(config.targets, {});
});

Deno.test("An empty value counts as an absent key, as it did for the Go program", () => {
  const config = parse(
    `${needed}targets:\nsentry_endpoint: ~\nprocessing_intervals:\nbatch_size:\n`,
  );
  deepStrictEqual(config, parse(needed));
});

const texts: readonly (readonly [written: string, password: string])[] = [
  ["12345", "12345"],
  ["00123", "00123"],
  ["1e5", "1e5"],
  ["0x1F", "0x1F"],
  ["true", "true"],
  ["98765432109876543210987654321", "98765432109876543210987654321"],
  ['"12"', "12"],
  ["'a: #b'", "a: #b"],
  ['"$${HOME}"', "${HOME}"],
  ["pa$$word", "pa$$word"],
  ["|-\n    two\n    lines", "two\nlines"],
];

for (const [written, password] of texts) {
  Deno.test(`The password ${JSON.stringify(written)} is the text ${JSON.stringify(password)}`, () => {
    strictEqual(parseDatabase(`  username: u\n  password: ${written}`).password, password);
  });
}

for (
  const value of ["12345", "007", "true", "null", "~", "", "a: b #c", "${OTHER}", "*x", "-1.5e3"]
) {
  Deno.test(`The password ${JSON.stringify(value)} comes out of the environment unchanged`, () => {
    for (const written of ["${SECRET}", '"${SECRET}"', "'${SECRET}'"]) {
      const database = parseDatabase(`  username: u\n  password: ${written}`, { SECRET: value });
      strictEqual(database.password, value);
    }
  });
}

Deno.test("A variable becomes a number or boolean where the key is one, in quotes or not", () => {
  for (const quote of ["", '"']) {
    const config = parse(
      `${needed}batch_size: ${quote}\${SIZE}${quote}\nuse_event_triggers: ${quote}\${USE}${quote}`,
      { SIZE: "250", USE: "false" },
    );
    strictEqual(config.batch_size, 250);
    strictEqual(config.use_event_triggers, false);
  }
});

Deno.test("Variables are expanded inside text, lists and flow mappings, never in keys", () => {
  const config = parse(
    `${needed}targets:\n  "\${KEY}":\n    target_expression: ["\${A}.*", "!\${A}.x"]\n` +
      `    endpoint: {hostname: "db-\${A}.local", port: "\${B}"}\n`,
    { A: "sales", B: "3001" },
  );
  const target = config.targets["${KEY}"];
  deepStrictEqual(target?.endpoint, { hostname: "db-sales.local", port: 3001 });
  ok(matchesExpression(target.target_expression, { schema: "sales", name: "a" }));
  ok(!matchesExpression(target.target_expression, { schema: "sales", name: "x" }));
});

Deno.test("A value from the environment cannot become YAML", () => {
  const database = parseDatabase("  username: ${U}", { U: "u\n  password: x\n  port: 1" });
  strictEqual(database.username, "u\n  password: x\n  port: 1");
  strictEqual(database.port, 5432);
});

Deno.test("Anchors, aliases and merges work, and a mapping's own keys win", () => {
  const config = parse(`${needed}targets:
  a: &a
    target_expression: public.*
    endpoint: &endpoint {hostname: h1, port: 1}
  b:
    <<: *a
    apply_schema: test
  c:
    target_expression: x.*
    endpoint: {<<: *endpoint, port: 2}
`);
  deepStrictEqual(config.targets["b"]?.endpoint, { hostname: "h1", port: 1 });
  strictEqual(config.targets["b"].apply_schema, "test");
  deepStrictEqual(config.targets["c"]?.endpoint, { hostname: "h1", port: 2 });
});

Deno.test("Connection options have libpq's names, numbers in quotes or not", () => {
  const options = parseDatabase(
    '  username: u\n  options: {sslmode: verify-full, sslrootcert: system, connect_timeout: "5", keepalives: 0}',
  ).options;
  deepStrictEqual(options, {
    sslmode: "verify-full",
    sslrootcert: "system",
    application_name: "teleport",
    connect_timeout: 5,
    keepalives: 0,
    keepalives_idle: 30,
  });
});

Deno.test("Windows line ends and a byte order mark are no matter", () => {
  deepStrictEqual(parse("\uFEFF" + needed.replaceAll("\n", "\r\n")), parse(needed));
});
