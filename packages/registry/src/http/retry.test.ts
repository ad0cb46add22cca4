import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../config.js';
import { PassingFault } from '../fault.js';
import { parseRetryAfter, pauseMs } from './retry.js';

const now = Date.parse('2026-01-01T00:00:00Z');

describe('Retry-After', () => {
  test.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['2', 2000],
    ['0', 0],
    ['-1', undefined],
    ['1000000000', 1e12],
    ['Thu, 01 Jan 2026 00:00:10 GMT', 10_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['9'.repeat(100), undefined],
  ])('%j is %j ms', (value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });

  test('no header leads to a pause past the limit', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 50 }), (value, tries) => {
        const retryAfterMs = parseRetryAfter(value, now);
        const fault = new PassingFault('unavailable', 'x', {
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        });
        const pause = pauseMs(fault, tries, defaultLimits);
        expect(pause).toBeGreaterThanOrEqual(0);
        expect(pause).toBeLessThanOrEqual(defaultLimits.retryAfterMaxMs);
      }),
    );
  });
});
