import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseUploadRange } from './upload-range.js';

test.each([
  ['0-99', 100],
  ['bytes=0-99', 100],
  ['bytes 0-99', 100],
  ['0-0', 1],
  ['1-99', undefined],
  ['0-', undefined],
  ['0--1', undefined],
  ['0-1e3', undefined],
  [`0-${'9'.repeat(16)}`, undefined],
  [undefined, undefined],
])('%j is %j bytes', (text, size) => {
  expect(parseUploadRange(text)).toBe(size);
});

test('any text is a safe integer or nothing', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const size = parseUploadRange(text);
      return size === undefined || (Number.isSafeInteger(size) && size > 0);
    }),
  );
});
