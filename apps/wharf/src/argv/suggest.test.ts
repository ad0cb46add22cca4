import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, nearest, suggest } from './suggest.js';

const commands = ['start', 'stop', 'stats', 'restart', 'run', 'rm', 'ps', 'images'];

test('a slip finds the word that was meant', () => {
  expect(suggest('strat', commands)).toBe('Did you mean start?');
  expect(nearest('imags', commands)).toEqual(['images']);
  expect(nearest('sp', commands)).toEqual(['ps']);
  expect(nearest('RUN', commands)).toEqual(['run']);
});

test('a word that is near nothing finds nothing', () => {
  expect(suggest('kubernetes', commands)).toBe('');
  expect(nearest('x', commands)).toEqual([]);
  expect(nearest('x'.repeat(1_000_000), commands)).toEqual([]);
});

test('the distance is a metric', () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(
    fc.property(word, word, (left, right) => {
      const distance = editDistance(left, right);
      expect(distance).toBe(editDistance(right, left));
      expect(distance === 0).toBe(left === right);
      expect(distance).toBeLessThanOrEqual(Math.max([...left].length, [...right].length));
    }),
  );
});
