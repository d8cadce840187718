import { parseArguments } from "../../src/cli/arguments.ts";
import { TeleportError } from "../../src/model/mod.ts";
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";

const replicate = {
  kind: "replicate",
  configPath: "c.yml",
  logLevel: "info",
  logFormat: "auto",
} as const;
const load = { ...replicate, kind: "initial-load", targetName: "my-target" } as const;

const verb = {
  ...{ kind: "verb", configPath: "c.yml", logLevel: "info", logFormat: "auto" },
  ...{ targetName: "t", isJson: false },
} as const;

const accepted: readonly (readonly [line: string, command: object])[] = [
  ["-config c.yml", replicate],
  ["--config c.yml", replicate],
  ["-config=c.yml", replicate],
  ["--config=c.yml", replicate],
  ["--mode replicate --config c.yml", replicate],
  ["-mode initial-load -load-target my-target -config c.yml", load],
  ["--config=c.yml --mode=initial-load --load-target=my-target", load],
  ["-config c.yml -log-level debug -log-format json", {
    ...replicate,
    logLevel: "debug",
    logFormat: "json",
  }],
  ["--config=a=b.yml", { ...replicate, configPath: "a=b.yml" }],
  ["--config=-", { ...replicate, configPath: "-" }],
  ["--help", { kind: "help" }],
  ["-help", { kind: "help" }],
  ["-h", { kind: "help" }],
  ["--nonsense --help", { kind: "help" }],
  ["load --config c.yml --target t", { ...verb, request: { kind: "load" } }],
  ["load -config=c.yml -target=t -json -log-level debug", {
    ...verb,
    request: { kind: "load" },
    isJson: true,
    logLevel: "debug",
  }],
  ["reload --config c.yml --target t --table a.b --table=c.d", {
    ...verb,
    request: { kind: "reload", tables: ["a.b", "c.d"] },
  }],
  ["reload --config c.yml --target t --table a.b --existing merge", {
    ...verb,
    request: { kind: "reload", tables: ["a.b"], existing: "merge" },
  }],
  ["cancel --config c.yml --target t", { ...verb, request: { kind: "cancel", tables: [] } }],
  ["load --help", { kind: "help", verb: "load" }],
  ["reload -h", { kind: "help", verb: "reload" }],
  ["--version", { kind: "version" }],
  ["-version", { kind: "version" }],
];

for (const [line, command] of accepted) {
  Deno.test(`teleport ${line}: understood`, () => {
    deepStrictEqual(parseArguments(line.split(" ")), command);
  });
}

const help = "teleport --help lists the options.";
const refused: readonly (readonly [line: string, message: string, hint: string])[] = [
  ["", "--config is missing", "Name the configuration: teleport --config FILE"],
  ["--confg c.yml", "There is no option --confg", "Did you mean --config?"],
  ["-logLevel debug", "There is no option --logLevel", "Did you mean --log-level?"],
  ["--verbose", "There is no option --verbose", help],
  ["-x", "There is no option --x", help],
  ["-config", "--config needs a value", "Write --config FILE or --config=FILE."],
  ["--config=", "--config needs a value", "Write --config FILE or --config=FILE."],
  ["-config -mode replicate", "--config needs a value", "Write --config FILE or --config=FILE."],
  ["--config a --config b", "--config is given twice", "Give it once."],
  ["--version=1", "--version takes no value", "Write --version alone."],
  ["c.yml", 'Expected an option such as --config FILE, not "c.yml"', help],
  [
    "config c.yml",
    'Expected an option such as --config FILE, not "config"',
    "Did you mean --config?",
  ],
  ["--config c.yml run", 'Expected an option such as --config FILE, not "run"', help],
  ["laod --config c.yml", "There is no verb laod", "Did you mean load?"],
  [
    "--config c.yml load",
    'Expected an option such as --config FILE, not "load"',
    "Write the verb first: teleport load …",
  ],
  [
    "load --target t",
    "--config is missing",
    "Name the configuration: teleport load --config FILE --target NAME [options]",
  ],
  [
    "load --config c.yml",
    "--target is missing",
    "Add --target NAME: teleport load --config FILE --target NAME [options]",
  ],
  [
    "reload --config c.yml --target t",
    "--table is missing",
    "Add --table SCHEMA.NAME: teleport reload --config FILE --target NAME --table SCHEMA.NAME [options]",
  ],
  ["load --config c.yml --tagret t", "There is no option --tagret", "Did you mean --target?"],
  ["load --mode replicate", "There is no option --mode", "teleport load --help lists the options."],
  [
    "reload --config c.yml --target t --table a.b --existing refuse",
    '--existing is "refuse", expected one of merge, replace',
    "teleport reload --help says what each means.",
  ],
  ["-- c.yml", 'Expected an option such as --config FILE, not "--"', help],
  [
    "-config c.yml -mode initial_load",
    '--mode is "initial_load", expected one of replicate, initial-load',
    "Did you mean initial-load?",
  ],
  [
    "-config c.yml -log-level loud",
    '--log-level is "loud", expected one of debug, info, warn, error',
    "teleport --help says what each means.",
  ],
  [
    "-config c.yml -mode initial-load",
    "-mode initial-load needs --load-target",
    "Name the target to load, as under targets in the configuration: -load-target NAME",
  ],
  [
    "-config c.yml -load-target x",
    "--load-target goes with -mode initial-load only",
    "Add -mode initial-load.",
  ],
];

for (const [line, message, hint] of refused) {
  Deno.test(`teleport ${line}: refused, with what to do`, () => {
    const words = line === "" ? [] : line.split(" ");
    throws(() => parseArguments(words), (error) => {
      ok(error instanceof TeleportError);
      deepStrictEqual({ message: error.message, hint: error.hint }, { message, hint });
      strictEqual(error.exitCode, 2);
      return true;
    });
  });
}
