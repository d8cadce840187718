/** Renames of several things of one owner: columns, attributes, labels. Pure. */

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
