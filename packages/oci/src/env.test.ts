import { WharfError } from '@wharf/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lookUpEnv, mergeEnv, parseEnv } from './env.js';

test('the first = divides', () => {
  expect(parseEnv('A=b=c')).toEqual({ key: 'A', value: 'b=c' });
  expect(parseEnv('A=')).toEqual({ key: 'A', value: '' });
});

test.each(['', '=', '=x', 'A', 'A=\0', '\0=x'])('%j is refused', (entry) => {
  expect(() => parseEnv(entry)).toThrow(WharfError);
});

test('later entries take the place of earlier ones, new ones follow, a bare key removes', () => {
  expect(mergeEnv(['A=1', 'B=2', 'C=3'], ['B=9', 'D=4'], ['A', 'X', 'E='])).toEqual([
    'B=9',
    'C=3',
    'D=4',
    'E=',
  ]);
  expect(mergeEnv(['A=1', 'A=2'])).toEqual(['A=2']);
  expect(() => mergeEnv(['A=1'], [''])).toThrow('invalid environment variable');
});

test('keys like __proto__ are keys', () => {
  expect(mergeEnv(['__proto__=1'], ['constructor=2'])).toEqual(['__proto__=1', 'constructor=2']);
});

test('look-up finds the last value', () => {
  expect(lookUpEnv(['PATH=/a', 'PATHX=/c', 'PATH=/b'], 'PATH')).toBe('/b');
  expect(lookUpEnv([], 'PATH')).toBeUndefined();
});

test('for any lists: merging is stable and every key is there once', () => {
  const entry = fc.string({ unit: fc.constantFrom(...'AB=x\0'), maxLength: 5 });
  fc.assert(
    fc.property(fc.array(entry), fc.array(entry), (a, b) => {
      try {
        const merged = mergeEnv(a, b);
        expect(mergeEnv(merged)).toEqual(merged);
        expect(new Set(merged.map((e) => parseEnv(e).key)).size).toBe(merged.length);
      } catch (error) {
        expect(error).toBeInstanceOf(WharfError);
      }
    }),
  );
});
