/** Names on the way: renames of several things of one owner, and what is set aside. Pure. */
import type { SchemaObject } from "../object.ts";

export interface NameChange {
  from: string;
  to: string;
}

/** In an order that works: what takes a name that another still has goes by way of one that nobody has. */
export function renamesOf(changes: readonly NameChange[]): NameChange[] {
  const old = new Set(changes.map(({ from }) => from));
  if (!changes.some(({ to }) => old.has(to))) return [...changes];
  return [
    ...changes.map(({ from }, at) => ({ from, to: `teleport ${at}` })),
    ...changes.map(({ to }, at) => ({ from: `teleport ${at}`, to })),
  ];
}

/** What an object is called that makes room for another, until it gets its new name or goes. */
export function asideName(object: SchemaObject): string {
  return `teleport ${object.kind === "column" ? object.number : object.id}`;
}
