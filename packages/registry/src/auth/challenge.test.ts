import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseChallenges } from './challenge.js';

const read = (header: string): unknown =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe('WWW-Authenticate', () => {
  test.each<[string, unknown]>([
    ['', []],
    ['Basic', [['basic', {}]]],
    ['Basic realm="a b"', [['basic', { realm: 'a b' }]]],
    [
      'Bearer realm="https://t/x",service="s",scope="repository:a/b:pull,push"',
      [['bearer', { realm: 'https://t/x', service: 's', scope: 'repository:a/b:pull,push' }]],
    ],
    ['BEARER Realm = tok , Service=x', [['bearer', { realm: 'tok', service: 'x' }]]],
    [
      'Basic realm="x", Bearer realm="y", error="insufficient_scope"',
      [
        ['basic', { realm: 'x' }],
        ['bearer', { realm: 'y', error: 'insufficient_scope' }],
      ],
    ],
    [
      'Negotiate, Basic realm="x"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    ['Basic realm="a\\"b\\\\c"', [['basic', { realm: 'a"b\\c' }]]],
    ['Basic realm="never ends', [['basic', {}]]],
    ['Basic realm="1", realm="2"', [['basic', { realm: '1' }]]],
    [', , Basic realm=x,,', [['basic', { realm: 'x' }]]],
    ['"Basic"', []],
    ['Bearer __proto__="x"', [['bearer', Object.fromEntries([['__proto__', 'x']])]]],
  ])('%j', (header, expected) => {
    expect(read(header)).toEqual(expected);
  });

  test('any text ends in at most 16 challenges of at most 32 parameters', () => {
    const chars = fc.constantFrom('B', 'a', '=', '"', '\\', ',', ' ', '\t', ';', 'é', '\0');
    fc.assert(
      fc.property(fc.string({ unit: chars, maxLength: 400 }), (header) => {
        const challenges = parseChallenges(header);
        expect(challenges.length).toBeLessThanOrEqual(16);
        for (const c of challenges) expect(c.parameters.size).toBeLessThanOrEqual(32);
      }),
    );
  });

  test('what is written by the grammar is read back', () => {
    const token = fc.string({ unit: fc.constantFrom(...'abcXYZ0189-._~!'), minLength: 1 });
    const value = fc.string({ maxLength: 30 });
    const challenge = fc.tuple(
      token,
      fc.dictionary(
        token.map((t) => t.toLowerCase()),
        value,
      ),
    );
    fc.assert(
      fc.property(fc.array(challenge, { minLength: 1, maxLength: 8 }), (wanted) => {
        const quoted = (v: string): string => `"${v.replace(/["\\]/g, '\\$&')}"`;
        const header = wanted
          .map(
            ([s, ps]) =>
              `${s} ${Object.entries(ps)
                .map(([k, v]) => `${k}=${quoted(v)}`)
                .join(', ')}`,
          )
          .join(', ');
        expect(read(header)).toEqual(wanted.map(([s, ps]) => [s.toLowerCase(), { ...ps }]));
      }),
    );
  });

  test.each([
    '"'.repeat(65_536),
    'a='.repeat(32_768),
    ' ,'.repeat(32_768),
    'Basic '.repeat(10_000),
  ])('64 KiB of one pattern takes a moment', (header) => {
    const start = performance.now();
    parseChallenges(header);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
