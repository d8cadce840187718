import { expandVariables } from "../../src/cli/environment.ts";
import { deepStrictEqual } from "node:assert/strict";

const environment = { HOST: "db.local", EMPTY: "", NESTED: "${HOST}", A_1: "x" };

const expanded: readonly (readonly [text: string, result: string, names: string[]])[] = [
  ["plain $HOST $ {HOST} }", "plain $HOST $ {HOST} }", []],
  ["${HOST}", "db.local", ["HOST"]],
  ["a-${HOST}:${A_1}-b", "a-db.local:x-b", ["HOST", "A_1"]],
  ["${EMPTY}", "", ["EMPTY"]],
  ["${NESTED}", "${HOST}", ["NESTED"]],
  ["$${HOST}", "${HOST}", []],
  ["$$${HOST}", "$${HOST}", []],
];

for (const [text, result, names] of expanded) {
  Deno.test(`${JSON.stringify(text)} expands to ${JSON.stringify(result)}`, () => {
    deepStrictEqual(expandVariables(text, environment), { ok: true, text: result, names });
  });
}

const notAName = "expected ${NAME} with the name of an environment variable ($${ stands for ${)";
const problems: readonly (readonly [text: string, problem: string])[] = [
  ["${NOPE}", "the environment variable NOPE is not set"],
  [
    "${NOPE}${HOST}${NO}${NOPE}",
    "the environment variable NOPE is not set; the environment variable NO is not set",
  ],
  ["${toString}", "the environment variable toString is not set"],
  ["${}", notAName],
  ["${HOST", notAName],
  ["${hunter 2}", notAName],
  ["${HOST:-x}", notAName],
];

for (const [text, problem] of problems) {
  Deno.test(`${JSON.stringify(text)} is refused without showing more than the name`, () => {
    deepStrictEqual(expandVariables(text, environment), { ok: false, problem });
  });
}
