import { invalid, quoted } from './names.js';

const maxNumber = 8191;

/**
 * Reads a list as in cpuset(7): `0-3,7`.
 * @throws invalid-argument for bad grammar, ranges that go backwards, numbers above 8191
 */
export function parseCpuList(text: string, flag: string): ReadonlySet<number> {
  const found = new Set<number>();
  if (text.length > 4096) throw refuse(text, flag);
  for (const part of text.split(',')) {
    const [first, last = first, ...rest] = part.split('-');
    const [from, to] = [number(first, text, flag), number(last, text, flag)];
    if (rest.length > 0 || to < from) throw refuse(text, flag);
    for (let n = from; n <= to; n++) found.add(n);
  }
  return found;
}

/** Refuses members that the host does not have; `available` is the host's own list, '' where unknown. */
export function checkCpuList(text: string, available: string, flag: string, what: string): void {
  if (text === '') return;
  const wanted = parseCpuList(text, flag);
  if (available.trim() === '') return;
  if (wanted.isSubsetOf(parseCpuList(available.trim(), flag))) return;
  throw invalid(
    `requested ${what} are not available - requested ${text}, available: ${available.trim()}`,
    flag,
  );
}

function number(digits: string | undefined, text: string, flag: string): number {
  if (digits === undefined || !/^\d{1,4}$/.test(digits)) throw refuse(text, flag);
  const value = Number(digits);
  if (value > maxNumber) throw refuse(text, flag);
  return value;
}

function refuse(text: string, flag: string) {
  return invalid(`invalid value ${quoted(text)} for ${flag}: write a list like 0-3,7`, flag);
}
