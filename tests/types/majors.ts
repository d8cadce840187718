/**
 * The servers that these tests run on: the oldest, the newest, and one from between; and the pairs of them
 * for the test that takes long: a few, or those that TELEPORT_TEST_PAIRS names, such as `10-18,18-14`. Where
 * it is `all`: every server, and all pairs that matter.
 */
import { availableMajors } from "../postgres/mod.ts";
import { parsePair } from "../property/majors.ts";

const wanted = [10, 14, 18];

export const majors = availableMajors().filter((major) =>
  wanted.includes(major) || Deno.env.get("TELEPORT_TEST_PAIRS") === "all"
);

const always = "18-18,10-10,18-14";
const all = `${always},14-14,14-10,10-18`;

export function choosePairs(): { source: number; target: number }[] {
  const named = Deno.env.get("TELEPORT_TEST_PAIRS") || always;
  return (named === "all" ? all : named).split(",").map(parsePair);
}
