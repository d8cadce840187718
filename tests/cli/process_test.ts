/** The program as users run it: a process of its own, with the permissions of `deno task start`. */
import manifest from "../../deno.json" with { type: "json" };
import { deepStrictEqual, match, strictEqual } from "node:assert/strict";

const permissions = ["--allow-net", "--allow-read", "--allow-env", "--allow-sys"];

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

async function teleport(
  words: readonly string[],
  environment: Record<string, string> = {},
): Promise<Outcome> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", ...permissions, "main.ts", ...words],
    env: { NO_COLOR: "1", ...environment },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function withFile(text: string, use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".yml" });
  try {
    await Deno.writeTextFile(path, text);
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

const needed =
  "database: {name: n, database: d, hostname: h, username: u}\nserver: {hostname: h, port: 1}\n";

Deno.test("--help prints the help text to stdout and exits with 0", async () => {
  const golden = await Deno.readTextFile(new URL("help.txt", import.meta.url));
  deepStrictEqual(await teleport(["--help"]), { code: 0, stdout: golden, stderr: "" });
});

for (const verb of ["load", "reload", "cancel"]) {
  Deno.test(`teleport ${verb} --help prints the verb's help text to stdout and exits with 0`, async () => {
    const golden = await Deno.readTextFile(new URL(`help_${verb}.txt`, import.meta.url));
    deepStrictEqual(await teleport([verb, "--help"]), { code: 0, stdout: golden, stderr: "" });
  });
}

Deno.test("--version prints the version of deno.json and exits with 0", async () => {
  const stdout = `teleport ${manifest.version}\n`;
  deepStrictEqual(await teleport(["-version"]), { code: 0, stdout, stderr: "" });
});

Deno.test("An unknown option is one message with a hint, exit code 2", async () => {
  deepStrictEqual(await teleport(["--confg", "c.yml"]), {
    code: 2,
    stdout: "",
    stderr: "There is no option --confg\nhint: Did you mean --config?\n",
  });
});

Deno.test("No argument at all is a usage error, exit code 2", async () => {
  deepStrictEqual(await teleport([]), {
    code: 2,
    stdout: "",
    stderr: "--config is missing\nhint: Name the configuration: teleport --config FILE\n",
  });
});

Deno.test("A wrong configuration is all its mistakes and no secret, exit code 3", async () => {
  await withFile(`${needed}batch_size: x\nsentry_endpoint: {hunter2: 1}\n`, async (path) => {
    deepStrictEqual(await teleport(["-config", path]), {
      code: 3,
      stdout: "",
      stderr: [
        `${path}:3:13: batch_size: expected a whole number from 1 to 10000000, not "x"`,
        `${path}:4:18: sentry_endpoint: expected text that is not empty, not a mapping`,
        "hint: config/reference.yml has every key with its meaning and default.",
        "",
      ].join("\n"),
    });
  });
});

Deno.test("A configuration that is not there is one message, exit code 3", async () => {
  const { code, stdout, stderr } = await teleport(["-config", "/nowhere/teleport.yml"]);
  strictEqual(code, 3);
  strictEqual(stdout, "");
  match(stderr, /^\/nowhere\/teleport\.yml: there is no such file\nhint: .*\n$/);
});

Deno.test("Variables come from the process's environment", async () => {
  await withFile(`${needed}batch_size: \${TELEPORT_TEST_SIZE}\n`, async (path) => {
    const { code, stderr } = await teleport(["-config", path], { TELEPORT_TEST_SIZE: "word" });
    strictEqual(code, 3);
    match(stderr, /batch_size: .* not "word" \(from \$\{TELEPORT_TEST_SIZE\}\)\n/);
  });
});

Deno.test("A load of an unknown target names the targets there are, exit code 2", async () => {
  const words = [
    "-mode",
    "initial-load",
    "-load-target",
    "mytarget",
    "-config",
    "config/source.yml",
  ];
  deepStrictEqual(await teleport(words), {
    code: 2,
    stdout: "",
    stderr: 'There is no target "mytarget"\n' +
      "hint: Did you mean my-target? The configuration has my-target.\n",
  });
});
