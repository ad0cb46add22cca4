import { describe, expect, test } from 'vitest';
import { summarize } from './samples.js';

describe('summarize', () => {
  test('the median of an even number of samples lies between the middle two', () => {
    expect(summarize([4, 1, 3, 2])).toEqual({ p50: 2.5, p95: 4, count: 4 });
  });

  test('p95 of a hundred samples is the 95th', () => {
    const samples = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(summarize(samples)).toEqual({ p50: 50.5, p95: 95, count: 100 });
  });

  test('one sample is its own median and p95', () => {
    expect(summarize([7])).toEqual({ p50: 7, p95: 7, count: 1 });
  });
});
