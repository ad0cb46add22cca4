import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseNextLink } from './link.js';

test.each([
  ['</v2/x/tags/list?last=b&n=2>; rel="next"', '/v2/x/tags/list?last=b&n=2'],
  ['<https://a/b>; rel=next', 'https://a/b'],
  ['<a>; rel="prev", <b,c>; title="x"; REL="last next"', 'b,c'],
  [['<a>; rel="prev"', '<b>; rel="next"'], 'b'],
  ['<>; rel="next"', ''],
  ['<a>; rel="nextish"', undefined],
  ['<a; rel="next"', undefined],
  ['rel="next"', undefined],
  ['<a>', undefined],
  [`<${'a'.repeat(9000)}>; rel="next"`, undefined],
  [undefined, undefined],
])('%j leads to %j', (header, target) => {
  expect(parseNextLink(header)).toBe(target);
});

test('any text ends, and a target has no angle bracket at its end', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'<>;,="rel next') }), (text) => {
      expect(parseNextLink(text) ?? '').not.toContain('>');
    }),
  );
});
