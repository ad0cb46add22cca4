import { WharfError } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDigest } from './digest.js';
import { makeImageIndex } from './image-index.js';
import { mediaTypes } from './mediatypes.js';
import {
  formatPlatform,
  hostPlatform,
  normalisePlatform,
  parsePlatform,
  samePlatform,
} from './platform.js';
import {
  canRun,
  chooseForPlatform,
  findForPlatform,
  offeredPlatforms,
  runnablePlatforms,
} from './platform-match.js';

const host = hostPlatform('x64');
const parse = (text: string) => parsePlatform(text, host);

describe('parsePlatform', () => {
  test.each([
    ['linux/amd64', 'linux/amd64'],
    ['Linux/X86_64', 'linux/amd64'],
    ['linux/x86-64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm64/8', 'linux/arm64'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/6', 'linux/arm/v6'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/armel', 'linux/arm/v6'],
    ['linux/i386', 'linux/386'],
    ['arm64', 'linux/arm64'],
    ['x86_64', 'linux/amd64'],
    ['linux', 'linux/amd64'],
    ['windows', 'windows/amd64'],
    ['macos/arm64', 'darwin/arm64'],
    ['linux/riscv64', 'linux/riscv64'],
  ])('%s is %s', (text, normal) => {
    expect(formatPlatform(parse(text))).toBe(normal);
  });

  test.each([
    '',
    '/',
    'linux/',
    '/amd64',
    'a/b/c/d',
    'linux/amd64/',
    'plan10',
    'linux/am d64',
    'linux/\0',
    'constructor',
    '__proto__',
  ])('refuses %j', (text) => {
    expect(() => parse(text)).toThrow('invalid platform');
  });

  test('any text fails with a WharfError or its form parses to the same', () => {
    const word = fc.string({ unit: fc.constantFrom(...'linux/arm64v8_-.A'), maxLength: 20 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), word), (text) => {
        try {
          const platform = parse(text);
          expect(samePlatform(parse(formatPlatform(platform)), platform)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(WharfError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

test('hosts by the names of process.arch', () => {
  const names = ['x64', 'arm64', 'arm', 'ia32', 'ppc64', 's390x', 'riscv64', 'loong64'];
  expect(names.map((arch) => formatPlatform(hostPlatform(arch)))).toEqual([
    'linux/amd64',
    'linux/arm64',
    'linux/arm/v7',
    'linux/386',
    'linux/ppc64le',
    'linux/s390x',
    'linux/riscv64',
    'linux/loong64',
  ]);
  expect(formatPlatform(hostPlatform('x64', 'v3'))).toBe('linux/amd64/v3');
});

describe('what a platform runs, best first', () => {
  test.each([
    ['linux/amd64', 'amd64 386'],
    ['linux/amd64/v3', 'amd64/v3 amd64/v2 amd64 386'],
    ['linux/amd64/v2', 'amd64/v2 amd64 386'],
    ['linux/arm64', 'arm64 arm/v8 arm/v7 arm/v6 arm/v5'],
    ['linux/arm/v7', 'arm/v7 arm/v6 arm/v5'],
    ['linux/arm/v5', 'arm/v5'],
    ['linux/s390x', 's390x'],
  ])('%s: %s', (text, order) => {
    const names = runnablePlatforms(parse(text)).map((p) => formatPlatform(p).slice(6));
    expect(names.join(' ')).toBe(order);
  });

  test('a 32-bit image runs on its 64-bit relative, not the other way', () => {
    expect(canRun(parse('linux/amd64'), parse('linux/386'))).toBe(true);
    expect(canRun(parse('linux/386'), parse('linux/amd64'))).toBe(false);
    expect(canRun(parse('linux/arm/v6'), parse('linux/arm/v7'))).toBe(false);
  });

  test('a wild variant is bounded', () => {
    expect(runnablePlatforms(normalisePlatform('linux', 'amd64', 'v1e9')).length).toBeLessThan(5);
    expect(runnablePlatforms(normalisePlatform('linux', 'arm', 'v999999999')).length).toBeLessThan(
      5,
    );
  });
});

describe('choosing from an index', () => {
  const entryFor = (name: string | undefined, n: number) => ({
    mediaType: mediaTypes.ociManifest,
    digest: parseDigest(`sha256:${String(n).padStart(64, '0')}`),
    size: 1,
    ...(name === undefined ? {} : { platform: parse(name) }),
  });
  const index = (...names: (string | undefined)[]) => makeImageIndex(names.map(entryFor));
  const chosen = (wanted: string, ...names: (string | undefined)[]) => {
    const entry = findForPlatform(index(...names), parse(wanted));
    return entry && Number(entry.digest.slice(7));
  };

  test('the exact variant wins, then the next lower', () => {
    expect(chosen('linux/arm/v7', 'linux/arm/v5', 'linux/arm/v6', 'linux/arm/v7')).toBe(2);
    expect(chosen('linux/arm/v7', 'linux/arm/v5', 'linux/arm/v6', 'linux/arm/v8')).toBe(1);
    expect(chosen('linux/amd64', 'linux/386', 'linux/amd64')).toBe(1);
    expect(chosen('linux/amd64', 'linux/amd64/v2', 'linux/amd64')).toBe(1);
    expect(chosen('linux/amd64/v3', 'linux/amd64', 'linux/amd64/v2')).toBe(1);
    expect(chosen('linux/arm64', 'linux/arm/v7', 'linux/arm64')).toBe(1);
  });

  test('the first of equals, and never an attestation', () => {
    expect(chosen('linux/amd64', 'unknown/unknown', 'linux/amd64', 'linux/amd64')).toBe(1);
    expect(chosen('linux/amd64', 'unknown/unknown')).toBeUndefined();
    expect(offeredPlatforms(index('unknown/unknown', 'linux/arm', 'linux/arm'))).toEqual([
      'linux/arm/v7',
    ]);
  });

  test('a lone entry without platform is taken', () => {
    expect(chosen('linux/amd64', undefined)).toBe(0);
    expect(chosen('linux/amd64', undefined, undefined)).toBeUndefined();
  });

  test("nothing that fits is not-found in docker's words", () => {
    expect(() => chooseForPlatform(index('linux/s390x'), parse('linux/amd64'))).toThrow(
      expect.objectContaining({
        code: 'not-found',
        message:
          'no matching manifest for linux/amd64 in the manifest list entries: it has linux/s390x',
      }),
    );
  });
});

test('a mebibyte is refused at once', () => {
  expect(() => parse('x'.repeat(1 << 20))).toThrow(WharfError);
});
