/** Every {before, after} pair, for changes_test.ts and the live tests. A file of pairs is named here once. */
import { type Change, changes as base } from "../change_cases.ts";

export type { Change } from "../change_cases.ts";

const all: readonly Change[] = [...base];

/** Those that `TELEPORT_TEST_CASES`, a regular expression, matches by name; default: all of them. */
export const changes: readonly Change[] = all.filter(({ name }) =>
  new RegExp(Deno.env.get("TELEPORT_TEST_CASES") ?? "").test(name)
);

/** Whether a server of this major takes it. */
export function isFor(change: Change, major: number): boolean {
  return major >= (change.since ?? 10) && major <= (change.until ?? 99);
}
