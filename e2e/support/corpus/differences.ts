import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { corpus } from './case.js';
import type { Facts } from './facts.js';

/** One way in which an engine is known to differ from what is expected. */
export interface Difference {
  readonly why: string;
  /** What it has instead; null is nothing. Without it, whatever it has is taken. */
  readonly is?: unknown;
}

/** By engine, case and fact; the case `*` is every one. */
export type Differences = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, Difference>>>>>
>;

export async function readDifferences(): Promise<Differences> {
  return JSON.parse(await readFile(join(corpus, 'differences.json'), 'utf8')) as Differences;
}

/** A fact that is other than expected, and not known to be. */
export interface Surprise {
  readonly fact: string;
  readonly expected: unknown;
  readonly is: unknown;
}

/** What is other than expected without being explained, or explained and not so any more. */
export function surprises(
  expected: Facts,
  actual: Facts,
  known: Readonly<Record<string, Difference>>,
): Surprise[] {
  // Where one of them makes no image, there is no more to say.
  const names =
    (expected['refused'] ?? false) === (actual['refused'] ?? false)
      ? new Set([...Object.keys(expected), ...Object.keys(actual), ...Object.keys(known)])
      : ['refused'];
  return [...names].sort().flatMap((fact) => {
    const difference = known[fact];
    const wanted = difference === undefined ? expected[fact] : difference.is;
    if (difference !== undefined && !('is' in difference)) return [];
    const is = actual[fact];
    return same(wanted ?? null, is ?? null) ? [] : [{ fact, expected: wanted, is }];
  });
}

const same = (a: unknown, b: unknown): boolean => sorted(a) === sorted(b);

/** Members of objects have no order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
