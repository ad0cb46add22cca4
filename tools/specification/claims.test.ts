import { describe, expect, test } from 'vitest';
import { checkClaims, missingPaths, readClaims } from './claims.js';

const files: Record<string, string> = {
  'a.test.ts': [
    "test('one and one is two', () => {});",
    "test.skip('left out', () => {});",
    'test.each([1])(\n  "doesn\'t stop", () => {});',
    "// 'only mentioned'",
  ].join('\n'),
};
const read = (path: string): string | undefined => files[path];

describe('claims', () => {
  test('a claim has the tests below it', () => {
    const [claim] = readClaims(
      '# Title\n\n- Sums are right.\n  - `a.test.ts`: one and one is two\n',
    );
    expect(claim).toEqual({
      line: 3,
      text: 'Sums are right.',
      tests: [{ line: 4, file: 'a.test.ts', title: 'one and one is two' }],
    });
  });

  test.each([
    ['- Held.\n  - `a.test.ts`: one and one is two', []],
    ["- Held.\n  - `a.test.ts`: doesn't stop", []],
    ['- Bare.', ['line 1: no test holds "Bare."']],
    ['- Lost.\n  - `b.test.ts`: gone', ['line 2: no file b.test.ts']],
    ['- Wrong.\n  - `a.test.ts`: gone', ['line 2: a.test.ts has no test "gone"']],
    ['- Skipped.\n  - `a.test.ts`: left out', ['line 2: a.test.ts has no test "left out"']],
    [
      '- Words.\n  - `a.test.ts`: only mentioned',
      ['line 2: a.test.ts has no test "only mentioned"'],
    ],
  ])('%j gives %j', (markdown, problems) => {
    expect(checkClaims(markdown, read)).toEqual(problems);
  });
});

test('paths in code and relative links are looked for, other things are not', () => {
  const text =
    'See `packages/x/a.ts`, `tools/test`, `packages/*/b.ts`, `npm ci`, [up](../README.md#top), [web](https://a.b/c).';
  const there = new Set(['tools/test']);
  expect(missingPaths(text, 'docs/page.md', (path) => there.has(path))).toEqual([
    'packages/x/a.ts',
    'README.md',
  ]);
});
