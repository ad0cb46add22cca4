import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Recent } from './recent.js';

test('an answer is given again until those that came later weigh too much', () => {
  const recent = new Recent<string>(100);
  recent.set('a', 'A', 25);
  for (const name of ['b', 'c', 'd']) recent.set(name, name.toUpperCase(), 25);
  expect(recent.get('a')).toBe('A');
  recent.set('e', 'E', 25);
  expect(['a', 'b', 'c', 'd', 'e'].map((name) => recent.get(name))).toEqual([
    'A',
    undefined,
    'C',
    'D',
    'E',
  ]);
  recent.clear();
  expect(recent.get('a')).toBeUndefined();
});

test('what is too heavy is not kept, nor what it replaces', () => {
  const recent = new Recent<string>(100);
  recent.set('a', 'A', 1);
  recent.set('a', 'larger', 26);
  expect(recent.get('a')).toBeUndefined();
});

test('no more is held than may be, and what is held is what was set last', () => {
  const weighed = fc.record({ question: fc.constantFrom(...'abcdefgh'), weight: fc.nat(12) });
  fc.assert(
    fc.property(fc.array(weighed), (all) => {
      const recent = new Recent<number>(40);
      const last = new Map<string, { readonly at: number; readonly weight: number }>();
      for (const [at, { question, weight }] of all.entries()) {
        recent.set(question, at, weight);
        last.set(question, { at, weight });
      }
      let held = 0;
      for (const [question, { at, weight }] of last) {
        const found = recent.get(question);
        expect([at, undefined]).toContain(found);
        if (found !== undefined) held += weight;
      }
      expect(held).toBeLessThanOrEqual(40);
    }),
  );
});
