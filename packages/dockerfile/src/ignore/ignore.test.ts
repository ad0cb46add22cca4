import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { IgnoreMatcher, type Directory } from './matcher.js';
import { parseIgnore } from './rules.js';

const matcherOf = (text: string): IgnoreMatcher => new IgnoreMatcher(parseIgnore(text));

/** The file, a path, and whether it is ignored. */
const table: readonly (readonly [string, string, boolean])[] = [
  ['a', 'a', true],
  ['a', 'a/b', true],
  ['a', 'b/a', false],
  ['a', 'ab', false],
  ['a/', 'a/b', true],
  ['/a', 'a', true],
  ['./a', 'a', true],
  ['a/../b', 'b', true],
  ['../a', 'a', false],
  ['/', 'a', false],
  ['.', 'a', false],
  ['  a  ', 'a', true],
  ['\uFEFFa', 'a', true],
  ['a\r\nb\r\n', 'a', true],
  ['a\r\nb\r\n', 'b', true],
  ['# a', 'a', false],
  ['#a', '#a', false],
  [' #a', '#a', true],
  ['\\#a', '#a', true],
  ['*', 'a', true],
  ['*', 'a/b', true],
  ['*.md', 'README.md', true],
  ['*.md', 'docs/README.md', false],
  ['*/*.md', 'docs/README.md', true],
  ['*/*.md', 'docs/a/README.md', false],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['a*c', 'a/c', false],
  ['**', 'a/b/c', true],
  ['**/', 'a', true],
  ['**/a', 'a', true],
  ['**/a', 'x/y/a', true],
  ['**/a', 'x/y/ba', false],
  ['**/a', 'x/a/y', true],
  ['**a', 'ba', true],
  ['**a', 'x/ba', true],
  ['**/*.go', 'a.go', true],
  ['**/*.go', 'x/y/a.go', true],
  ['**/*.go', 'x/y/a.gox', false],
  ['a/**', 'a', false],
  ['a/**', 'a/b', true],
  ['a/**', 'a/b/c', true],
  ['a/**/b', 'a/b', true],
  ['a/**/b', 'a/x/y/b', true],
  ['a/**/b', 'ab', false],
  ['a**/b', 'a/b', true],
  ['a**/b', 'axb', false],
  ['a**/b', 'ab', true],
  ['a**b', 'ab', true],
  ['a**b', 'ax/b', true],
  ['[a-c]x', 'bx', true],
  ['[a-c]x', 'dx', false],
  ['[^a-c]x', 'dx', true],
  ['[^a-c]x', 'ax', false],
  ['[\\]]', ']', true],
  ['a.b', 'axb', false],
  ['a+(b)|{c}$^', 'a+(b)|{c}$^', true],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['A', 'a', false],
  ['*\n!a', 'a', false],
  ['*\n!a', 'b', true],
  ['!a\n*', 'a', true],
  ['*\n! a', 'a', false],
  ['*.md\n!README*.md\nREADME-secret.md', 'README.md', false],
  ['*.md\n!README*.md\nREADME-secret.md', 'README-secret.md', true],
  ['*.md\nREADME-secret.md\n!README*.md', 'README-secret.md', false],
  ['a\n!a/b', 'a/b', false],
  ['a\n!a/b', 'a/b/c', false],
  ['a\n!a/b', 'a/c', true],
  ['a\n!a/b\na/b/c', 'a/b/c', true],
  ['**/x\n!keep/**', 'keep/x', false],
  ['node_modules\n!**/package.json', 'node_modules/p/package.json', false],
  ['a', '.', false],
  ['*', '.', false],
];

describe('.dockerignore', () => {
  test.each(table)('%j on %j', (text, path, ignored) => {
    expect(matcherOf(text).isIgnored(path)).toBe(ignored);
  });

  test.each([['!'], ['a\n ! '], ['['], ['[]'], ['[]a'], ['[a-]'], ['[-a]'], ['a\\'], ['[a']])(
    '%j is refused with its line',
    (text) => {
      expect(() => parseIgnore(text)).toThrow(/^\.dockerignore:\d+: /);
    },
  );
});

describe('a walk', () => {
  const skippable = (text: string, ...names: string[]): boolean => {
    const matcher = matcherOf(text);
    return names.reduce<Directory>((at, name) => matcher.enter(at, name), matcher.root).isSkippable;
  };

  test('skips an ignored directory that no exception reaches into', () => {
    expect(skippable('node_modules', 'node_modules')).toBe(true);
    expect(skippable('node_modules\n!src/keep', 'node_modules')).toBe(true);
    expect(skippable('*\n!src', 'node_modules')).toBe(true);
    expect(skippable('!a/b\na', 'a')).toBe(true);
  });

  test('enters a directory that an exception may reach into', () => {
    expect(skippable('a\n!a/b', 'a')).toBe(false);
    expect(skippable('a\n!a/b', 'a', 'b')).toBe(false);
    expect(skippable('a\n!a/b', 'a', 'c')).toBe(true);
    expect(skippable('a\n!**/x', 'a', 'c')).toBe(false);
    expect(skippable('a\n!*/x', 'a')).toBe(false);
    expect(skippable('a\n!*/x', 'a', 'c')).toBe(true);
    expect(skippable('', 'a')).toBe(false);
  });
});

const part = fc.constantFrom('a', 'b', 'ab', '*', '**', '?', 'a*', '*b', '[ab]', '**a');
const pattern = fc
  .tuple(fc.boolean(), fc.array(part, { minLength: 1, maxLength: 3 }))
  .map(([exception, parts]) => `${exception ? '!' : ''}${parts.join('/')}`);
const path = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'ba'), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'));

test('what lies below a skippable directory is ignored', () => {
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 4 }), path, path, (patterns, above, below) => {
      const matcher = matcherOf(patterns.join('\n'));
      const at = above.split('/').reduce((now, name) => matcher.enter(now, name), matcher.root);
      expect(at.isIgnored).toBe(matcher.isIgnored(above));
      if (at.isSkippable) expect(matcher.isIgnored(`${above}/${below}`)).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test('a path is ignored as the expression says that moby makes of a pattern', () => {
  fc.assert(
    fc.property(pattern, path, (text, where) => {
      const { pattern: clean } = parseIgnore(text)[0] ?? { pattern: '' };
      const expected = where
        .split('/')
        .some((_, i, parts) => mobys(clean, parts.slice(0, i + 1).join('/')));
      expect(matcherOf(text.replace('!', '')).isIgnored(where)).toBe(expected);
    }),
    { numRuns: 3000 },
  );
});

/** The rules of moby/patternmatcher said once more, with expressions. */
function mobys(text: string, where: string): boolean {
  if (/^\*\*[^*?[]*$/.test(text)) {
    const rest = text.slice(2);
    return where.endsWith(rest) || (rest.startsWith('/') && where === rest.slice(1));
  }
  const parts = text.replaceAll(/\*\*\/?$|\*\*\/?|\*|\?/g, (found, at: number) => {
    if (!found.startsWith('**')) return found === '*' ? '[^/]*' : '[^/]';
    return at + found.length === text.length ? '.*' : '(.*/)?';
  });
  return new RegExp(`^${parts}$`).test(where);
}

test('any text is read or refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'!#*?[]^-\\/a \n') }), (text) => {
      try {
        matcherOf(text).isIgnored('a/b');
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid-argument' });
      }
    }),
    { numRuns: 2000 },
  );
});

test('a path costs at most its length times that of the pattern', () => {
  const { glob } = parseIgnore(`${'a*'.repeat(500)}b`)[0] ?? {};
  let [state, most] = [glob?.start, 0];
  for (let i = 0; i < 500; i++) {
    if (state !== undefined) state = glob?.read(state, 'a');
    most = Math.max(most, state?.places.size ?? 0);
  }
  expect(most).toBeGreaterThan(100);
  expect(most).toBeLessThanOrEqual(1002);
});
