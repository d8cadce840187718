import { readConfig } from "../../src/cli/config_file.ts";
import { listConfigKeys } from "../../src/cli/config_keys.ts";
import { deepStrictEqual, ok } from "node:assert/strict";
import { parse } from "yaml";

const file = "config/reference.yml";

/** The value at the path; `*` is the first name there. `isThere` tells an absent key from a null one. */
function valueAt(root: unknown, path: readonly string[]): { isThere: boolean; value?: unknown } {
  let value = root;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return { isThere: false };
    const name = step === "*" ? Object.keys(value)[0] ?? "" : step;
    if (!Object.hasOwn(value, name)) return { isThere: false };
    value = Object.getOwnPropertyDescriptor(value, name)?.value;
  }
  return { isThere: true, value };
}

Deno.test("The reference configuration is valid", () => {
  readConfig(file, {});
});

Deno.test("The reference configuration has every key of the schema, with its default", async () => {
  const reference: unknown = parse(await Deno.readTextFile(file));
  const keys = listConfigKeys();
  ok(keys.length > 30, `only ${keys.length} keys found`);
  const wrong = keys.flatMap((key) => {
    const { isThere, value } = valueAt(reference, key.path);
    if (!isThere) return [`${key.path.join(".")} is missing`];
    const isLeaf = typeof key.default !== "object";
    const isDefault = !isLeaf || key.default === undefined || key.default === value;
    return isDefault ? [] : [`${key.path.join(".")} is ${value}, the default is ${key.default}`];
  });
  deepStrictEqual(wrong, []);
});

Deno.test("In the reference configuration, what has no default is marked Needed or Not set", async () => {
  const lines = (await Deno.readTextFile(file)).split("\n");
  const unmarked = listConfigKeys().filter((key) => key.default === undefined).filter((key) => {
    const name = key.path.at(-1) ?? "";
    const places = lines.flatMap((line, index) =>
      new RegExp(`^ {${indentOf(key.path)}}${name}:`).test(line) ? [index] : []
    );
    // A mapping says it of its own keys; two neighbours may share one comment.
    return places.length > 0 && !places.some((place) =>
      lines[place]?.endsWith(":") ||
      /Needed\.|Not set\./.test(lines.slice(Math.max(0, place - 4), place).join("\n"))
    );
  });
  deepStrictEqual(unmarked.map((key) => key.path.join(".")), []);
});

function indentOf(path: readonly string[]): number {
  return 2 * (path.length - 1);
}
