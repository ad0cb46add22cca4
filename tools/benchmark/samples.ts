import { InternalError } from '@wharf/core';

export interface Summary {
  readonly p50: number;
  readonly p95: number;
  readonly count: number;
}

/** Nearest rank for p95; the mean of the middle two for an even number's median. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return {
    p50: (at(sorted, Math.floor(middle)) + at(sorted, Math.ceil(middle))) / 2,
    p95: at(sorted, Math.ceil(sorted.length * 0.95) - 1),
    count: sorted.length,
  };
}

function at(sorted: readonly number[], index: number): number {
  const value = sorted[index];
  if (value === undefined) throw new InternalError('there is no sample');
  return value;
}
