/** A step: statements that succeed or fail together, for one object or for a group of them. */
import { findCircles } from "./circles.ts";

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
  /** Of a group: the steps that it is made of, in order. */
  parts?: readonly Step[];
  /**
   * Not done by whoever executes the plan, nor is what depends on it: an index that is built beside the batches, or
   * a change of a table of which an index is being built. A group is done all the same.
   */
  postponed?: "build" | "table";
}

export const rank = {
  detach: -3,
  // Under the names of before, which a name set aside may be one of.
  drop: -2,
  aside: -1,
  ownership: 8.5,
  columnSettings: 10.5,
  notNull: 11.5,
  attach: 13.5,
  dropSchema: 20,
} as const;

/** Dependencies first, then by rank, then as planned. A cycle is cut where it is met. */
export function orderSteps(steps: Iterable<Step>): Step[] {
  const sorted = [...steps].sort((one, other) => one.rank - other.rank);
  const byId = new Map(sorted.flatMap((step) => partsOf(step).map((part) => [part.id, step])));
  const ordered: Step[] = [];
  const met = new Set<Step>();
  const visit = (step: Step): void => {
    if (met.has(step)) return;
    met.add(step);
    for (const id of step.dependsOn) {
      const needed = byId.get(id);
      if (needed) visit(needed);
    }
    ordered.push(step);
  };
  for (const step of sorted) visit(step);
  return ordered;
}

/** The steps that a step is made of: itself, where it is no group. */
export function partsOf(step: Step): readonly Step[] {
  return step.parts ?? [step];
}

/**
 * Makes one step of each group. What has to come after one of a group's steps and before another, such as
 * an object that takes the name of a dropped one, becomes part of it.
 */
export function mergeGroups(steps: readonly Step[], groups: readonly (readonly Step[])[]): Step[] {
  const keys = new Map(steps.map((step) => [step.id, step.id]));
  const merged = new Set<string>();
  for (const [at, group] of groups.entries()) {
    if (group.length < 2) continue;
    const key = `group ${at}`;
    merged.add(key);
    for (const step of group) keys.set(step.id, key);
  }
  if (merged.size === 0) return [...steps];
  const members = Map.groupBy(steps, (step) => keys.get(step.id) ?? step.id);
  const neighbours = (key: string) =>
    (members.get(key) ?? []).flatMap((step) => step.dependsOn.flatMap((id) => keys.get(id) ?? []));
  return findCircles(members.keys(), neighbours).flatMap((circle) => {
    const isInside = new Set(circle.flatMap((key) => members.get(key) ?? []));
    // As planned: drops are in an order of their own.
    const inside = isInside.size === 1 ? [...isInside] : steps.filter((step) => isInside.has(step));
    return circle.some((key) => merged.has(key)) ? [toGroup(inside)] : inside;
  });
}

function toGroup(steps: readonly Step[]): Step {
  const parts = orderSteps(steps);
  const ids = new Set(parts.map((part) => part.id));
  const [first] = parts;
  return {
    id: `group of ${first?.id ?? ""}`,
    object: first?.object ?? "",
    action: "rebuild",
    statements: parts.flatMap((part) => part.statements),
    ...parts.every((part) => part.fallback === undefined) ? {} : {
      fallback: parts.flatMap((part) => part.fallback ?? part.statements),
    },
    dependsOn: parts.flatMap((part) => part.dependsOn).filter((id) => !ids.has(id)),
    rank: Math.max(...parts.map((part) => part.rank)),
    parts,
  };
}
