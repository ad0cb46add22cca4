/** Longer words are not compared: nobody mistypes them. */
const maxLength = 64;

/**
 * The nearest of the options when it is near enough to be what was meant: at most a third of its letters differ
 * (insertions, deletions, replacements and swaps of neighbours count one each). Case is ignored.
 */
export function suggest(word: string, options: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  if (wanted.length === 0 || wanted.length > maxLength) return undefined;
  let best: string | undefined;
  let least = Infinity;
  for (const option of options) {
    const allowed = Math.max(1, Math.floor(option.length / 3));
    if (Math.abs(option.length - wanted.length) > allowed) continue;
    const distance = editDistance(wanted, option.toLowerCase());
    if (distance <= allowed && distance < least) [best, least] = [option, distance];
  }
  return best === word ? undefined : best;
}

/** Optimal string alignment distance. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(at(previous, j) + 1, at(row, j - 1) + 1, at(previous, j - 1) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, at(before, j - 2) + 1);
      }
      row.push(least);
    }
    [before, previous] = [previous, row];
  }
  return at(previous, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
