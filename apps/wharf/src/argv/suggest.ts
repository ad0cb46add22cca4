/** Longer words are not compared: the work is the product of the lengths. */
const maxLength = 64;

/** The number of letters to insert, delete, replace or swap with their neighbour. */
export function editDistance(left: string, right: string): number {
  const [a, b] = [[...left], [...right]];
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let at = 1; at <= b.length; at++) {
      const same = a[row - 1] === b[at - 1] ? 0 : 1;
      let least = Math.min(
        (above[at] ?? 0) + 1,
        (current[at - 1] ?? 0) + 1,
        (above[at - 1] ?? 0) + same,
      );
      const swapped = row > 1 && at > 1 && a[row - 1] === b[at - 2] && a[row - 2] === b[at - 1];
      if (swapped) least = Math.min(least, (before[at - 2] ?? 0) + 1);
      current.push(least);
    }
    before = above;
    above = current;
  }
  return above[b.length] ?? 0;
}

/** Known words that the unknown one is likely a slip for, nearest first, at most three. */
export function nearest(unknown: string, known: readonly string[]): string[] {
  if (unknown.length > maxLength) return [];
  const word = unknown.toLowerCase();
  const allowed = word.length < 3 ? 1 : word.length < 7 ? 2 : 3;
  const scored = known
    .filter((candidate) => Math.abs(candidate.length - word.length) <= allowed)
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .filter(({ candidate, distance }) => distance <= allowed && distance < candidate.length);
  const best = Math.min(...scored.map(({ distance }) => distance));
  return scored
    .filter(({ distance }) => distance === best)
    .map(({ candidate }) => candidate)
    .slice(0, 3);
}

/** `Did you mean start?`; empty when no known word is near. */
export function suggest(unknown: string, known: readonly string[]): string {
  const near = nearest(unknown, known);
  return near.length === 0 ? '' : `Did you mean ${near.join(' or ')}?`;
}
