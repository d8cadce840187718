/**
 * `${NAME}` in the values of the configuration. It is expanded after the file is parsed, so a value
 * from the environment can never become YAML of its own.
 */

/** `names` are the variables that were put in, in order. A problem never shows the text itself. */
export type Expansion =
  | { ok: true; text: string; names: readonly string[] }
  | { ok: false; problem: string };

const reference = /\$\$\{|\$\{([^{}]*)\}|\$\{/g;
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Puts the variables' values in place of `${NAME}`; `$${` stands for `${`. Values are not expanded again. */
export function expandVariables(
  text: string,
  environment: Readonly<Record<string, string>>,
): Expansion {
  const names: string[] = [];
  const problems: string[] = [];
  const expanded = text.replaceAll(reference, (found: string, name: string | undefined) => {
    if (found === "$${") return "${";
    if (name === undefined || !variableName.test(name)) {
      problems.push(
        "expected ${NAME} with the name of an environment variable ($${ stands for ${)",
      );
      return "";
    }
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value === undefined) {
      problems.push(`the environment variable ${name} is not set`);
      return "";
    }
    names.push(name);
    return value;
  });
  return problems.length === 0
    ? { ok: true, text: expanded, names }
    : { ok: false, problem: [...new Set(problems)].join("; ") };
}
