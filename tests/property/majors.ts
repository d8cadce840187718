/**
 * Which servers the property is tried between: each of 10, 14 and 18 as source and as target in every run,
 * all nine pairs of them where TELEPORT_TEST_PAIRS is `all`, or the ones that it names, such as `10-18,18-14`.
 */
import { newestMajor, runSql } from "../postgres/mod.ts";
import type { Majors } from "./actions/mod.ts";

const majors = [10, 14, 18] as const;

/** @param seed says which of the two ways to pair each with another is taken. */
export function choosePairs(seed: number): Majors[] {
  const wanted = Deno.env.get("TELEPORT_TEST_PAIRS");
  if (wanted === "all") {
    return majors.flatMap((source) => majors.map((target) => ({ source, target })));
  }
  if (wanted) return wanted.split(",").map(parsePair);
  const shift = 1 + seed % 2;
  return majors.map((source, place) => ({
    source,
    target: majors[(place + shift) % majors.length] ?? source,
  }));
}

/** Majors of the servers that the environment names; undefined where it names none. */
export async function readNamedMajors(): Promise<Majors | undefined> {
  const source = await readMajor("TELEPORT_TEST_SOURCE_URL");
  const target = await readMajor("TELEPORT_TEST_TARGET_URL");
  if (source === undefined && target === undefined) return undefined;
  return { source: source ?? newestMajor, target: target ?? newestMajor };
}

async function readMajor(variable: string): Promise<number | undefined> {
  const url = Deno.env.get(variable);
  if (!url) return undefined;
  const [row] = await runSql(
    url,
    "select current_setting('server_version_num')::int / 10000 as major",
  );
  return Number(row?.major);
}

/** Such as `10-18`. */
export function parsePair(text: string): Majors {
  const [source, target] = text.split("-").map(Number);
  if (source && target) return { source, target };
  throw new Error(`TELEPORT_TEST_PAIRS: "${text}" is not a pair of majors such as 10-18`);
}
