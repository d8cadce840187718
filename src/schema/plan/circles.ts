/** Strongly connected components of a graph (Tarjan): what needs each other, in whatever many steps. Pure. */

/** Components of more than one node come whole; every node is in exactly one. */
export function findCircles(
  nodes: Iterable<string>,
  neighbours: (node: string) => Iterable<string>,
): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const circles: string[][] = [];
  const enter = (node: string) => {
    order.set(node, order.size);
    low.set(node, order.size - 1);
    stack.push(node);
    onStack.add(node);
    return { node, open: neighbours(node)[Symbol.iterator]() };
  };
  const lower = (node: string, value: number | undefined) => {
    low.set(node, Math.min(low.get(node) ?? 0, value ?? 0));
  };
  for (const start of nodes) {
    if (order.has(start)) continue;
    // By hand: the graph may be deeper than the call stack.
    const path = [enter(start)];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.open.next();
      if (!next.done) {
        if (!order.has(next.value)) path.push(enter(next.value));
        else if (onStack.has(next.value)) lower(top.node, order.get(next.value));
        continue;
      }
      path.pop();
      const { node } = top;
      const parent = path.at(-1);
      if (parent !== undefined) lower(parent.node, low.get(node));
      if (low.get(node) !== order.get(node)) continue;
      const circle = stack.splice(stack.lastIndexOf(node));
      circle.forEach((member) => onStack.delete(member));
      circles.push(circle);
    }
  }
  return circles;
}
