/** Which process is killed when: chosen by a seed before anything starts. */
import type { Random } from "../../pair/mod.ts";

export const victims = [
  "source instance",
  "target instance",
  "source server",
  "target server",
  "load command",
] as const;

export type Victim = typeof victims[number];

/** `any`: whenever it is, once a load is under way. */
const phases = [
  "any",
  "plan",
  "prepare",
  "chunks",
  "catch-up",
  "indexes",
  "rejoining",
  "foreign keys",
] as const;

/** Where no source instance can be killed, the command is killed the more: three of each in all. */
const aloneCycle: readonly Victim[] = [...victims.slice(1), "load command"];
const servedCycle: readonly Victim[] = [
  ...victims,
  ...victims.slice(0, -1),
  "source instance",
];

export type Phase = typeof phases[number];

export interface Strike {
  victim: Victim;
  /** What is waited for; where it has not come in time, the strike comes all the same. */
  phase: Phase;
  delayMs: number;
  /** Of a server: one of its children that works for teleport, which makes it crash and start by itself. */
  hitsBackend: boolean;
  /** The next strike does not wait until anything works again. */
  isFollowedAtOnce: boolean;
}

/** Evenly spread over the victims. `alone`: for loads that the command does without an instance. */
export function planStrikes(random: Random, count: number): { alone: Strike[]; served: Strike[] } {
  const plan: { alone: Strike[]; served: Strike[] } = { alone: [], served: [] };
  const cycle = [
    ...servedCycle.map((victim) => ({ victim, to: plan.served })),
    ...aloneCycle.map((victim) => ({ victim, to: plan.alone })),
  ];
  for (let number = 0; number < count; number++) {
    const next = cycle[number % cycle.length];
    next?.to.push(planStrike(random, next.victim));
  }
  shuffle(plan.served, random);
  shuffle(plan.alone, random);
  return plan;
}

function planStrike(random: Random, victim: Victim): Strike {
  return {
    victim,
    phase: random.chance(0.4) ? "any" : random.pick(phases),
    delayMs: random.int(0, 300),
    hitsBackend: random.chance(0.3),
    isFollowedAtOnce: random.chance(0.3),
  };
}

function shuffle(strikes: Strike[], random: Random): void {
  for (let last = strikes.length - 1; last > 0; last--) {
    const other = random.int(0, last);
    const [one, two] = [strikes[last], strikes[other]];
    if (one !== undefined && two !== undefined) [strikes[last], strikes[other]] = [two, one];
  }
}

export function describeStrike({ victim, hitsBackend }: Strike): string {
  return victim.endsWith("server") && hitsBackend ? `a session of the ${victim}` : victim;
}
