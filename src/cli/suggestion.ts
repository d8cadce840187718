/** "Did you mean …?": the known word that somebody most likely meant. */

/**
 * The candidate closest to the word, or undefined when none is near. Case, `-` and `_` do not count;
 * a swap of neighbours is one mistake (optimal string alignment).
 */
export function closestTo(word: string, candidates: Iterable<string>): string | undefined {
  const plain = simplify(word);
  let closest: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const other = simplify(candidate);
    const isStart = plain.length >= 3 && other.startsWith(plain);
    const distance = isStart ? 0.5 : distanceBetween(plain, other);
    const isNear = distance <= Math.max(1, Math.floor(Math.min(plain.length, other.length) / 3));
    if (isNear && distance < (closest?.distance ?? Infinity)) closest = { candidate, distance };
  }
  return closest?.candidate;
}

function simplify(word: string): string {
  return word.toLowerCase().replaceAll(/[-_\s]/g, "");
}

function distanceBetween(left: string, right: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (isSame ? 0 : 1),
        isSwap ? at(beforePrevious, column - 2) + 1 : Infinity,
      );
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, right.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
