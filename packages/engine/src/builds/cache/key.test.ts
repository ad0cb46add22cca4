import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CacheInput } from '@wharf/core';
import { cacheKey, encodeInputs } from './key.js';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('', '1:', '0:0:', ':', '\u0000', '\ud800', '\ufffd', '10:a'),
);
const input: fc.Arbitrary<CacheInput> = fc.record({ kind: text, name: text, value: text });
const inputs = fc.array(input, { maxLength: 4 });

describe('keys of the cache', () => {
  test('other inputs have other encodings, equal ones the same', () => {
    fc.assert(
      fc.property(inputs, inputs, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(encodeInputs(a).equals(encodeInputs(b))).toBe(same);
      }),
      { numRuns: 2000 },
    );
  });

  test('a text cannot move from one field to its neighbour', () => {
    const flat = fc.array(text, { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(flat, fc.nat({ max: 4 }), (fields, at) => {
        const moved = [...fields];
        const [left = '', right = ''] = [fields[at], fields[at + 1]];
        moved[at] = left + right;
        moved[at + 1] = '';
        const same = moved.every((one, index) => one === fields[index]);
        expect(cacheKey(pairs(moved)) === cacheKey(pairs(fields))).toBe(same);
      }),
    );
  });

  test('halves of characters are told apart', () => {
    expect(cacheKey([{ kind: 'a', name: '\ud800', value: '' }])).not.toBe(
      cacheKey([{ kind: 'a', name: '\ud801', value: '' }]),
    );
  });
});

function pairs(fields: readonly string[]): CacheInput[] {
  const [a = '', b = '', c = '', d = '', e = '', f = ''] = fields;
  return [
    { kind: a, name: b, value: c },
    { kind: d, name: e, value: f },
  ];
}
