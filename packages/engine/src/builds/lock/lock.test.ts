import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWharfError } from '@wharf/core';
import { parseLock, printLock, type Lock } from './lock.js';
import { openPins } from './pins.js';

const hex = (length: number) =>
  fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length });
const digest = hex(64).map((digits) => `sha256:${digits.join('')}`);
const commit = hex(40).map((digits) => digits.join(''));
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
const pins = (value: fc.Arbitrary<string>) =>
  fc.array(fc.tuple(name, value), { maxLength: 8 }).map((entries) => new Map(entries));
const locks: fc.Arbitrary<Lock> = fc.record({
  image: pins(digest),
  http: pins(digest),
  git: pins(commit),
});

const sha = `sha256:${'a'.repeat(64)}`;
const text = `# comment
version = 1

[image]
"docker.io/library/alpine:3 linux/amd64" = "${sha}"

[git]
  "https://example.com/a.git#main"="${'b'.repeat(40)}"
`;

describe('Dockerfile.lock', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(locks, (lock) => {
        expect(parseLock(printLock(lock))).toEqual(lock);
      }),
    );
  });

  test('has the same bytes whatever the order of what was found', () => {
    fc.assert(
      fc.property(locks, (lock) => {
        const turned = { ...lock, image: new Map([...lock.image].reverse()) };
        expect(printLock(turned)).toBe(printLock(lock));
      }),
    );
  });

  test('is read or refused with our error, whatever it is', () => {
    const lines = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'version = 1',
        '[image]',
        '[git]',
        '"a" = "b"',
        `"x" = "${sha}"`,
        '"\\',
        '""',
      ),
    );
    fc.assert(
      fc.property(fc.array(lines), (all) => {
        try {
          parseLock(all.join('\n'));
        } catch (error) {
          expect(isWharfError(error) && error.code).toBe('invalid-argument');
        }
      }),
    );
  });

  test('may have comments and white space', () => {
    const { image, git } = parseLock(text);
    expect([...image]).toEqual([['docker.io/library/alpine:3 linux/amd64', sha]]);
    expect(git.get('https://example.com/a.git#main')).toBe('b'.repeat(40));
  });

  test.each([
    ['no version', '', 'has no version'],
    ['another version', 'version = 2', 'line 1 of Dockerfile.lock is not "version = 1"'],
    ['another table', 'version = 1\n[npm]', 'line 2 of Dockerfile.lock is no table'],
    ['no pin', 'version = 1\n[git]\na = b', 'line 3 of Dockerfile.lock is not "name" = "value"'],
    ['no commit', 'version = 1\n[git]\n"a" = "main"', 'does not have a commit in full: main'],
    ['a name twice', `version = 1\n[http]\n"a" = "${sha}"\n"a" = "${sha}"`, 'a second time'],
    ['something behind', `version = 1\n[http]\n"a" = "${sha}" x`, 'is not "name" = "value"'],
  ])('with %s is refused', (_what, lock, message) => {
    expect(() => parseLock(lock)).toThrow(message);
  });
});

describe('pins', () => {
  const key = 'docker.io/library/alpine:3 linux/amd64';

  test('names are taken as the lock says, others are asked for', () => {
    const pins = openPins({ lock: text, locked: false });
    expect(pins.find('image', key)).toBe(sha);
    expect(pins.find('image', 'other')).toBeUndefined();
  });

  test('with locked others are refused by name', () => {
    const pins = openPins({ lock: text, locked: true });
    expect(pins.find('image', key)).toBe(sha);
    expect(() => pins.find('http', 'https://example.com/x')).toThrow(
      'Dockerfile.lock does not have the download https://example.com/x',
    );
    expect(() => openPins({ locked: true })).toThrow('there is no Dockerfile.lock');
  });

  test('what was used is printed for the next build', () => {
    const pins = openPins({ locked: false });
    pins.note('image', key, sha);
    expect(parseLock(pins.print()).image.get(key)).toBe(sha);
  });
});
