/** A character, or undefined for `?`. */
type Unit = string | undefined;

/** A shell pattern of `*`, `?` and characters, cut at its stars. */
export interface Pattern {
  readonly segments: readonly (readonly Unit[])[];
}

/** Says that so many comparisons were made; throws when they are too many. */
export type Spend = (steps: number) => void;

/** An escape makes the next character stand for itself. */
export function compilePattern(text: string, escape: string): Pattern {
  const segments: Unit[][] = [[]];
  const units = [...text];
  for (let at = 0; at < units.length; at++) {
    const unit = units[at];
    if (unit === '*') segments.push([]);
    else if (unit === '?') segments.at(-1)?.push(undefined);
    else if (unit === escape && at + 1 < units.length) segments.at(-1)?.push(units[++at]);
    else segments.at(-1)?.push(unit);
  }
  return { segments };
}

/** `${v#pattern}` and, longest, `${v##pattern}`. */
export function removePrefix(
  value: string,
  pattern: Pattern,
  longest: boolean,
  spend: Spend,
): string {
  const units = [...value];
  const end = matchPrefix(units, 0, pattern, longest, spend);
  return end === undefined ? value : units.slice(end).join('');
}

/** `${v%pattern}` and, longest, `${v%%pattern}`. */
export function removeSuffix(
  value: string,
  pattern: Pattern,
  longest: boolean,
  spend: Spend,
): string {
  const units = [...value].reverse();
  const segments = pattern.segments.map((segment) => segment.toReversed()).reverse();
  const end = matchPrefix(units, 0, { segments }, longest, spend);
  return end === undefined ? value : units.slice(end).reverse().join('');
}

/**
 * `${v/pattern/text}` and, for all, `${v//pattern/text}`: the leftmost match and the longest of those. An empty pattern matches
 * between all characters.
 * @param spend is told of every unit that is written, too
 */
export function replace(
  value: string,
  pattern: Pattern,
  text: string,
  all: boolean,
  spend: Spend,
): string {
  const [first = []] = pattern.segments;
  const units = [...value];
  const out: string[] = [];
  let at = 0;
  while (at <= units.length) {
    const start = find(units, at, first, spend);
    const end = start === undefined ? undefined : matchPrefix(units, start, pattern, true, spend);
    if (start === undefined || end === undefined) break;
    spend(text.length);
    for (const unit of units.slice(at, start)) out.push(unit);
    out.push(text);
    at = end;
    const wasEmpty = end === start;
    if (wasEmpty && at < units.length) out.push(units[at] ?? '');
    if (wasEmpty) at++;
    if (!all || (!wasEmpty && at === units.length)) break;
  }
  return out.join('') + units.slice(at).join('');
}

/** The end of the shortest or longest match that begins at `from`. */
function matchPrefix(
  units: readonly string[],
  from: number,
  { segments }: Pattern,
  longest: boolean,
  spend: Spend,
): number | undefined {
  const [first = [], ...others] = segments;
  if (!matchesAt(units, from, first, spend)) return undefined;
  let at = from + first.length;
  for (const [index, segment] of others.entries()) {
    const isLast = index === others.length - 1;
    const seek = isLast && longest ? findLast : find;
    const start = seek(units, at, segment, spend);
    if (start === undefined) return undefined;
    at = start + segment.length;
  }
  return at;
}

function find(
  units: readonly string[],
  from: number,
  segment: readonly Unit[],
  spend: Spend,
): number | undefined {
  for (let at = from; at + segment.length <= units.length; at++) {
    if (matchesAt(units, at, segment, spend)) return at;
  }
  return undefined;
}

function findLast(
  units: readonly string[],
  from: number,
  segment: readonly Unit[],
  spend: Spend,
): number | undefined {
  for (let at = units.length - segment.length; at >= from; at--) {
    if (matchesAt(units, at, segment, spend)) return at;
  }
  return undefined;
}

function matchesAt(
  units: readonly string[],
  at: number,
  segment: readonly Unit[],
  spend: Spend,
): boolean {
  if (at + segment.length > units.length) return false;
  let length = 0;
  while (length < segment.length) {
    const unit = segment[length];
    if (unit !== undefined && unit !== units[at + length]) break;
    length++;
  }
  spend(length + 1);
  return length === segment.length;
}
