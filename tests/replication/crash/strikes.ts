/** Which crash comes when: chosen by a seed before anything starts, so that a schedule can be repeated. */
import type { Random } from "../../pair/mod.ts";
import type { PostgresServer } from "../../postgres/mod.ts";
import type { KeptInstance } from "./kept_instance.ts";

export type Side = "source" | "target";

export interface Victim {
  side: Side;
  what: "instance" | "server";
  /** A server crashes once more while it starts again. */
  isAgain: boolean;
}

export interface Strike {
  victims: Victim[];
  /** After the pair worked again, or not, after the strike before. */
  delayMs: number;
  /** The next strike does not wait until the pair works again. */
  isFollowedAtOnce: boolean;
}

export function planStrikes(random: Random, count: number): Strike[] {
  const victim = (side: Side): Victim => {
    const what = random.pick(["instance", "server"] as const);
    return { side, what, isAgain: what === "server" && random.chance(0.2) };
  };
  return Array.from({ length: count }, () => {
    const sides = random.chance(0.2)
      ? ["source", "target"] as const
      : [random.pick(["source", "target"] as const)];
    const victims = sides.map(victim);
    return { victims, delayMs: random.int(0, 600), isFollowedAtOnce: random.chance(0.3) };
  });
}

export interface Struck {
  instances: Record<Side, KeptInstance>;
  servers: Record<Side, PostgresServer>;
}

/** Resolves when the servers are there again; instances may still be starting. */
export async function carryOut({ victims }: Strike, { instances, servers }: Struck): Promise<void> {
  await Promise.all(victims.map(async ({ side, what, isAgain }) => {
    if (what === "instance") return await instances[side].strike();
    await servers[side].stop("immediate");
    if (isAgain) await servers[side].crashStarting();
    await servers[side].start();
  }));
}

export function describeStrike({ victims, delayMs, isFollowedAtOnce }: Strike): string {
  const names = victims.map(({ side, what, isAgain }) =>
    `${side} ${what}${isAgain ? " (again in recovery)" : ""}`
  );
  return `${names.join(" and ")} after ${delayMs} ms${
    isFollowedAtOnce ? ", the next at once" : ""
  }`;
}
