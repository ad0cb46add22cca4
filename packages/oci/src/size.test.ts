import { WharfError } from '@wharf/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesSize, humanSize, parseMemorySize, parseStorageSize } from './size.js';

test.each([
  ['0', 0],
  ['1024', 1024],
  ['32b', 32],
  ['512m', 536_870_912],
  ['512M', 536_870_912],
  ['1g', 1_073_741_824],
  ['1gb', 1_073_741_824],
  ['1GiB', 1_073_741_824],
  ['1.5 KiB', 1536],
  ['.5k', 512],
  ['5.k', 5120],
  ['1t', 1_099_511_627_776],
  ['1p', 1_125_899_906_842_624],
  ['32.3', 32],
  ['1 ', 1],
])('%j of memory is %i', (text, bytes) => {
  expect(parseMemorySize(text)).toBe(bytes);
});

test('prefixes of storage are powers of 1000', () => {
  expect(['10k', '1.5GB', '2TiB'].map(parseStorageSize)).toEqual([10_000, 1.5e9, 2e12]);
});

test.each([
  ['', "invalid size: ''"],
  ['hello', "invalid size: 'hello'"],
  ['-1', "invalid size: '-1'"],
  ['-1m', "invalid size: '-1m'"],
  [' 1', "invalid size: ' 1'"],
  ['.', "invalid size: '.'"],
  ['1.2.3', "invalid size: '1.2.3'"],
  ['1e3', "invalid size: '1e3'"],
  ['0x10', "invalid size: '0x10'"],
  ['inf', "invalid size: 'inf'"],
  ['1x', "invalid suffix: 'x'"],
  ['1kbb', "invalid suffix: 'kbb'"],
  ['1bb', "invalid suffix: 'bb'"],
  ['1ki', "invalid suffix: 'ki'"],
  ['1  k', "invalid suffix: ' k'"],
  ['1e', "invalid suffix: 'e'"],
  ['9007199254740992', 'the most is 2^53-1 bytes'],
  ['9999p', 'the most is 2^53-1 bytes'],
])('%j is refused', (text, message) => {
  expect(() => parseMemorySize(text)).toThrow(message);
});

test.each([
  [0, '0B'],
  [999, '999B'],
  [1000, '1kB'],
  [1024, '1.024kB'],
  [1_000_000, '1MB'],
  [1_048_576, '1.049MB'],
  [999_999, '1MB'],
  [2.5e9, '2.5GB'],
  [3.42e12, '3.42TB'],
  [Number.MAX_SAFE_INTEGER, '9.007PB'],
])('%i bytes are %s', (bytes, text) => {
  expect(humanSize(bytes)).toBe(text);
});

test.each([
  [0, '0B'],
  [1000, '1000B'],
  [1024, '1KiB'],
  [1536, '1.5KiB'],
  [1_048_576, '1MiB'],
  [2 ** 40 * 3.42, '3.42TiB'],
])('%d bytes are %s of memory', (bytes, text) => {
  expect(bytesSize(bytes)).toBe(text);
});

test('fewer digits on demand', () => {
  expect(humanSize(1_234_567, 3)).toBe('1.23MB');
  expect(humanSize(999_600, 3)).toBe('1MB');
});

test('any text gives a safe integer or a WharfError', () => {
  const like = fc.string({ unit: fc.constantFrom(...'0159. kKmMgiBb-e'), maxLength: 12 });
  fc.assert(
    fc.property(fc.oneof(fc.string(), like), (text) => {
      try {
        expect(Number.isSafeInteger(parseMemorySize(text))).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(WharfError);
      }
    }),
    { numRuns: 1000 },
  );
});

test('what is shown reads back to within its digits', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 2 ** 31 - 1 }).chain((n) => fc.constantFrom(n, n * 2 ** 10, n * 2 ** 20)),
      (bytes) => {
        expect(Math.abs(parseStorageSize(humanSize(bytes)) - bytes)).toBeLessThanOrEqual(
          bytes / 1000,
        );
        expect(Math.abs(parseMemorySize(bytesSize(bytes)) - bytes)).toBeLessThanOrEqual(
          bytes / 1000,
        );
      },
    ),
  );
});

test('a mebibyte is refused at once', () => {
  expect(() => parseMemorySize('9'.repeat(1 << 20))).toThrow(WharfError);
});
