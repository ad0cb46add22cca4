import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseContentRange } from './range.js';

test('a range with its total or a star is read', () => {
  expect(parseContentRange('bytes 2-4/5')).toEqual({ first: 2, last: 4, total: 5 });
  expect(parseContentRange('bytes 0-0/*')).toEqual({ first: 0, last: 0, total: undefined });
});

test.each([
  undefined,
  '',
  'bytes */5',
  'bytes 4-2/5',
  'bytes 2-5/5',
  'bytes -1-4/5',
  'bytes 2-4/1e3',
  'octets 2-4/5',
  'bytes 2-4/5 ',
  `bytes 2-4/${'9'.repeat(60)}`,
])('%j is no range', (text) => {
  expect(parseContentRange(text)).toBeUndefined();
});

test('every text is a consistent range or none', () => {
  const chars = fc.constantFrom(...'bytes 0123456789-/*');
  fc.assert(
    fc.property(fc.string({ unit: chars, maxLength: 40 }), (text) => {
      const range = parseContentRange(text);
      if (range !== undefined) expect(range.first).toBeLessThanOrEqual(range.last);
    }),
  );
});
