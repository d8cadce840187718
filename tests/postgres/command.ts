/** Runs a program to its end and makes its failure an Error that shows what it said. */

export interface CommandOptions {
  /** The whole environment besides PATH and HOME; nothing else is inherited. */
  env?: Record<string, string>;
  /** Keep our own environment (npm needs its configuration). */
  inheritsEnvironment?: boolean;
  uid?: number;
  gid?: number;
}

/**
 * @returns what the program wrote to its standard output.
 * @throws Error with the output of a program that is missing or exits non-zero.
 */
export async function runCommand(
  argv: [string, ...string[]],
  options: CommandOptions = {},
): Promise<string> {
  const { inheritsEnvironment = false, env, ...account } = options;
  const [program, ...args] = argv;
  const output = await new Deno.Command(program, {
    ...account,
    args,
    cwd: "/",
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    clearEnv: !inheritsEnvironment,
    env: { ...baseEnvironment(), ...env },
  }).output();
  const decoder = new TextDecoder();
  const result = decoder.decode(output.stdout);
  if (output.success) return result;
  const said = result + decoder.decode(output.stderr);
  throw new Error(`${argv.join(" ")} exited with ${output.code}:\n${said.trim()}`);
}

/** What every child gets: no PGDATA, PGOPTIONS or locale of the person who runs the tests. */
export function baseEnvironment(): Record<string, string> {
  return { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", HOME: Deno.env.get("HOME") ?? "/" };
}
