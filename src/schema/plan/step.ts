/** A step: statements that succeed or fail together, for one object. */
export interface Step {
  /** Its object's id, with `#what` where an object has several. */
  id: string;
  object: string;
  /** For people: `create table`. */
  action: string;
  statements: readonly string[];
  /** What to try where the statements are refused. */
  fallback?: readonly string[];
  /** Ids of steps that come before, where they are in the plan; objects stand for their first step. */
  dependsOn: readonly string[];
  rank: number;
}

export const rank = {
  // Under the names of before, which a name set aside may be one of.
  drop: -2,
  aside: -1,
  ownership: 8.5,
  attach: 13.5,
} as const;

/** Dependencies first, then by rank, then as planned. A cycle is cut where it is met. */
export function orderSteps(steps: Iterable<Step>): Step[] {
  const sorted = [...steps].sort((one, other) => one.rank - other.rank);
  const byId = new Map(sorted.map((step) => [step.id, step]));
  const ordered: Step[] = [];
  const met = new Set<string>();
  const visit = (step: Step): void => {
    if (met.has(step.id)) return;
    met.add(step.id);
    for (const id of step.dependsOn) {
      const needed = byId.get(id);
      if (needed) visit(needed);
    }
    ordered.push(step);
  };
  for (const step of sorted) visit(step);
  return ordered;
}
