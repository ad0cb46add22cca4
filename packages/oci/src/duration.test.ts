import { WharfError } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { durationMillis, formatDuration, parseDuration } from './duration.js';
import { humanDuration } from './human-duration.js';

describe('parseDuration', () => {
  test.each([
    ['0', 0n],
    ['-0', 0n],
    ['5s', 5_000_000_000n],
    ['+5s', 5_000_000_000n],
    ['-5s', -5_000_000_000n],
    ['1h30m', 5_400_000_000_000n],
    ['1h15m30.918273645s', 4_530_918_273_645n],
    ['1.5h', 5_400_000_000_000n],
    ['.5s', 500_000_000n],
    ['5.s', 5_000_000_000n],
    ['300ms', 300_000_000n],
    ['10us', 10_000n],
    ['10µs', 10_000n],
    ['10μs', 10_000n],
    ['7ns', 7n],
    ['1s1s', 2_000_000_000n],
    ['9223372036854775807ns', 2n ** 63n - 1n],
    ['-9223372036854775808ns', -(2n ** 63n)],
    ['0.3333333333333333333h', 1_199_999_999_999n],
  ])('%s', (text, nanos) => {
    expect(parseDuration(text)).toBe(nanos);
  });

  test.each([
    ['', 'time: invalid duration ""'],
    ['-', 'time: invalid duration "-"'],
    ['3', 'time: missing unit in duration "3"'],
    ['1.5.5s', 'time: missing unit in duration'],
    ['s', 'time: invalid duration "s"'],
    ['.s', 'time: invalid duration ".s"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['1 s', 'time: unknown unit " s" in duration "1 s"'],
    ['1S', 'time: unknown unit "S"'],
    ['--1s', 'time: invalid duration'],
    ['1s-1s', 'time: unknown unit "s-"'],
    ['9223372036854775808ns', 'time: invalid duration'],
    ['1e3s', 'time: unknown unit "e"'],
  ])('%j is refused', (text, message) => {
    expect(() => parseDuration(text)).toThrow(message);
  });
});

test.each([
  [0n, '0s'],
  [1n, '1ns'],
  [1_100n, '1.1µs'],
  [2_200_000n, '2.2ms'],
  [3_300_000_000n, '3.3s'],
  [60_000_000_000n, '1m0s'],
  [5_400_000_000_000n, '1h30m0s'],
  [-1_500_000_000n, '-1.5s'],
  [2n ** 63n - 1n, '2562047h47m16.854775807s'],
  [-(2n ** 63n), '-2562047h47m16.854775808s'],
])('%s ns is %s', (nanos, text) => {
  expect(formatDuration(nanos)).toBe(text);
});

test('milliseconds are rounded up', () => {
  expect([0n, 1n, 1_000_000n, 1_000_001n].map(durationMillis)).toEqual([0, 1, 1, 2]);
});

test('every int64 is read back from its text', () => {
  const nanos = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  fc.assert(
    fc.property(nanos, (n) => {
      expect(parseDuration(formatDuration(n))).toBe(n);
    }),
  );
});

test('any text gives an int64 or a WharfError', () => {
  const like = fc.string({ unit: fc.constantFrom(...'0159.-+hmsunµ '), maxLength: 20 });
  fc.assert(
    fc.property(fc.oneof(fc.string(), like), (text) => {
      try {
        expect(BigInt.asIntN(64, parseDuration(text))).toBe(parseDuration(text));
      } catch (error) {
        expect(error).toBeInstanceOf(WharfError);
      }
    }),
    { numRuns: 1000 },
  );
});

test.each([
  [-5, 'Less than a second'],
  [999, 'Less than a second'],
  [1_999, '1 second'],
  [59_999, '59 seconds'],
  [60_000, 'About a minute'],
  [119_999, 'About a minute'],
  [120_000, '2 minutes'],
  [3_599_999, '59 minutes'],
  [3_600_000, 'About an hour'],
  [5_399_999, 'About an hour'],
  [5_400_000, '2 hours'],
  [47 * 3_600_000, '47 hours'],
  [48 * 3_600_000, '2 days'],
  [13 * 86_400_000, '13 days'],
  [14 * 86_400_000, '2 weeks'],
  [59 * 86_400_000, '8 weeks'],
  [60 * 86_400_000, '2 months'],
  [729 * 86_400_000, '24 months'],
  [730 * 86_400_000, '2 years'],
])('%i ms is %s', (milliseconds, text) => {
  expect(humanDuration(milliseconds)).toBe(text);
});

test('a mebibyte is refused at once', () => {
  expect(() => parseDuration('9'.repeat(1 << 20))).toThrow(WharfError);
});
