import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { componentMatcher, hasWildcards, unescaped } from './pattern.js';

describe('one component of a pattern', () => {
  test.each([
    ['*', 'abc', true],
    ['**', 'abc', true],
    ['a**c', 'abbc', true],
    ['a*c', 'ab', false],
    ['?', 'é', true],
    ['?', 'ab', false],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['[*]', '*', true],
    ['[*]', 'a', false],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['\\**', '*abc', true],
    ['\\**', 'abc', false],
    ['\\\\**', '\\abc', true],
    ['.*', '.x', true],
    ['a+(b)', 'a+(b)', true],
    ['[', '[', false],
    ['a[', 'a[', false],
    ['a\\', 'a\\', false],
    ['', 'a', false],
  ])('%s on %s', (pattern, name, matches) => {
    expect(componentMatcher(pattern)(name)).toBe(matches);
  });

  test('what is escaped is itself and no pattern', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20 }), (name) => {
        const escaped = [...name].map((char) => `\\${char}`).join('');
        expect(hasWildcards(escaped)).toBe(false);
        expect(unescaped(escaped)).toBe(name);
        expect(componentMatcher(escaped)(name)).toBe(true);
      }),
    );
  });

  test('no pattern breaks it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (pattern, name) => {
        expect(componentMatcher(pattern)(name)).toBeTypeOf('boolean');
      }),
    );
  });
});
