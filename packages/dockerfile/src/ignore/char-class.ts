export type CharClass = (char: string) => boolean;

/**
 * Reads `[a-z]` or `[^a]` with escapes by `\`. As in moby a class, also one that excludes, may match a slash.
 * @returns undefined for a class that is empty, has no end, or a range without one
 */
export function readClass(
  chars: readonly string[],
  start: number,
): { readonly test: CharClass; readonly end: number } | undefined {
  let at = start + 1;
  const negated = chars[at] === '^';
  if (negated) at++;
  const ranges: (readonly [number, number])[] = [];
  while (chars[at] !== ']' || ranges.length === 0) {
    const low = readBound(chars, at);
    if (low === undefined) return undefined;
    at = low.end;
    const high = chars[at] === '-' ? readBound(chars, at + 1) : low;
    if (high === undefined) return undefined;
    at = high.end;
    ranges.push([low.code, high.code]);
  }
  const test: CharClass = (char) => {
    const code = char.codePointAt(0) ?? 0;
    return ranges.some(([low, high]) => code >= low && code <= high) !== negated;
  };
  return { test, end: at + 1 };
}

function readBound(
  chars: readonly string[],
  at: number,
): { readonly code: number; readonly end: number } | undefined {
  const escaped = chars[at] === '\\';
  const char = chars[escaped ? at + 1 : at];
  if (char === undefined || (!escaped && (char === '-' || char === ']'))) return undefined;
  return { code: char.codePointAt(0) ?? 0, end: at + (escaped ? 2 : 1) };
}
