import { WharfError } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  digestAlgorithm,
  digestHex,
  digestOf,
  isDigest,
  parseDigest,
  shortDigest,
} from './digest.js';

const hex = 'ab'.repeat(32);

describe('parseDigest', () => {
  test('takes sha256 and sha512', () => {
    expect(parseDigest(`sha256:${hex}`)).toBe(`sha256:${hex}`);
    expect(digestAlgorithm(parseDigest(`sha512:${hex}${hex}`))).toBe('sha512');
    expect(digestHex(digestOf('sha256', hex))).toBe(hex);
    expect(shortDigest(digestOf('sha256', hex))).toBe('abababababab');
  });

  test.each([
    '',
    'sha256',
    ':',
    hex,
    `sha256:${hex.toUpperCase()}`,
    `SHA256:${hex}`,
    `sha256:${hex.slice(1)}`,
    `sha256:${hex}a`,
    `sha512:${hex}`,
    `sha1:${'a'.repeat(40)}`,
    `md5:${'a'.repeat(32)}`,
    'sha256:../../x',
    `sha256:..%2f${'a'.repeat(59)}`,
    `sha256:${'a'.repeat(63)}\0`,
    `sha256:${'a'.repeat(63)}\n`,
    `sha256:${hex}\n`,
    ` sha256:${hex}`,
    `constructor:${hex}`,
    `__proto__:${hex}`,
  ])('refuses %j', (text) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(WharfError);
  });

  test('a refusal of a long text is short', () => {
    expect(() => parseDigest('a'.repeat(1 << 20))).toThrow(/^.{1,300}$/s);
  });

  test('what is not a string is no digest', () => {
    for (const value of [null, undefined, 7, {}, [`sha256:${hex}`]]) {
      expect(isDigest(value)).toBe(false);
    }
  });

  test('any text either parses to itself or fails with invalid-argument', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(parseDigest(text)).toBe(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid-argument' });
        }
      }),
    );
  });
});
