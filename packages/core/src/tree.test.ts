import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidArgumentError } from './errors.js';
import { decodeTreeDirectory, encodeTreeDirectory } from './tree.js';
import type { TreeEntry } from './tree.js';

const hex = 'a'.repeat(64);
const digest = `sha256:${hex}`;

const byte = (least: number) =>
  fc.integer({ min: least, max: 255 }).map((code) => String.fromCharCode(code));
const bytes = (most: number) => fc.string({ unit: byte(1), minLength: 1, maxLength: most });
const name = bytes(255).filter((text) => text !== '.' && text !== '..' && !text.includes('/'));
const mode = fc.integer({ min: 0, max: 0o7777 });
const digests = fc
  .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 })
  .map((text) => `sha256:${text}`);
const entry: fc.Arbitrary<TreeEntry> = fc.oneof(
  fc.record({
    kind: fc.constant('file' as const),
    name,
    mode,
    digest: digests,
    size: fc.maxSafeNat(),
  }),
  fc.record({ kind: fc.constant('directory' as const), name, mode, digest: digests }),
  fc.record({ kind: fc.constant('link' as const), name, target: bytes(4096) }),
);
const entries = fc
  .uniqueArray(entry, { selector: (one) => one.name, maxLength: 20 })
  .map((all) => all.toSorted((a, b) => (a.name < b.name ? -1 : 1)));

/** What it is decoded to, or undefined when it is refused as it may be. */
function decoded(text: string): ReturnType<typeof decodeTreeDirectory> | undefined {
  try {
    return decodeTreeDirectory(text);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidArgumentError);
    return undefined;
  }
}

describe('the document of a directory', () => {
  test('has one line for each entry', () => {
    const text = encodeTreeDirectory({
      entries: [
        { kind: 'file', name: 'a b', mode: 0o644, digest, size: 12 },
        { kind: 'link', name: 'l', target: '../\xff' },
        { kind: 'directory', name: 'z', mode: 0o4755, digest },
      ],
    });
    expect(text).toBe(`f 644 ${hex}:12 a b\0l 777 2e2e2fff l\0d 4755 ${hex} z\0`);
  });

  test('of an empty directory is empty', () => {
    expect(encodeTreeDirectory({ entries: [] })).toBe('');
    expect(decodeTreeDirectory('')).toEqual({ entries: [] });
  });

  test('is decoded to what was encoded', () => {
    fc.assert(
      fc.property(entries, (all) => {
        expect(decodeTreeDirectory(encodeTreeDirectory({ entries: all }))).toEqual({
          entries: all,
        });
      }),
    );
  });

  test('that is damaged is refused, or is the one document of something else', () => {
    const damage = fc.record({ at: fc.nat(), by: byte(0), kind: fc.constantFrom('set', 'cut') });
    fc.assert(
      fc.property(entries, fc.array(damage, { minLength: 1, maxLength: 3 }), (all, damages) => {
        let text = encodeTreeDirectory({ entries: all });
        for (const { at, by, kind } of damages) {
          const place = text === '' ? 0 : at % text.length;
          text = text.slice(0, place) + (kind === 'set' ? by : '') + text.slice(place + 1);
        }
        const tree = decoded(text);
        if (tree !== undefined) expect(encodeTreeDirectory(tree)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  test('is never anything but refused when it is noise', () => {
    const noise = fc.string({
      unit: fc.oneof(byte(0), fc.constantFrom(...'fdl 0123456789abcdef:\0')),
      maxLength: 300,
    });
    fc.assert(
      fc.property(noise, (text) => {
        const tree = decoded(text);
        if (tree !== undefined) expect(encodeTreeDirectory(tree)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['no end', `f 644 ${hex}:1 a`],
    ['an empty name', `f 644 ${hex}:1 \0`],
    ['the name .', `d 755 ${hex} .\0`],
    ['the name ..', `d 755 ${hex} ..\0`],
    ['a name with a slash', `f 644 ${hex}:1 a/b\0`],
    ['an absolute name', `f 644 ${hex}:1 /etc\0`],
    ['a name of 256 bytes', `f 644 ${hex}:1 ${'n'.repeat(256)}\0`],
    ['the same name twice', `f 644 ${hex}:1 a\0f 644 ${hex}:1 a\0`],
    ['names out of order', `f 644 ${hex}:1 b\0f 644 ${hex}:1 a\0`],
    ['an unknown kind', `c 644 ${hex}:1 a\0`],
    ['a negative mode', `f -1 ${hex}:1 a\0`],
    ['a mode with a leading zero', `f 0644 ${hex}:1 a\0`],
    ['a mode of more than 12 bits', `f 10000 ${hex}:1 a\0`],
    ['a mode that is not octal', `f 648 ${hex}:1 a\0`],
    ['a negative size', `f 644 ${hex}:-1 a\0`],
    ['a size with a leading zero', `f 644 ${hex}:01 a\0`],
    ['a size that is not whole', `f 644 ${hex}:1.5 a\0`],
    ['a size that no number holds', `f 644 ${hex}:9007199254740993 a\0`],
    ['no size', `f 644 ${hex}: a\0`],
    ['a digest in upper case', `f 644 ${hex.toUpperCase()}:1 a\0`],
    ['a short digest', `d 755 ${hex.slice(1)} a\0`],
    ['a long digest', `d 755 ${hex}a a\0`],
    ['a digest with a line feed', `d 755 ${hex.slice(1)}\n a\0`],
    ['a directory with a size', `d 755 ${hex}:1 a\0`],
    ['a link with a mode', 'l 755 61 a\0'],
    ['a link without a target', 'l 777  a\0'],
    ['half a byte', 'l 777 6 a\0'],
    ['a target with a NUL', 'l 777 610061 a\0'],
    ['a target of 4097 bytes', `l 777 ${'61'.repeat(4097)} a\0`],
  ])('with %s is refused', (_, text) => {
    expect(() => decodeTreeDirectory(text)).toThrow(InvalidArgumentError);
  });
});
