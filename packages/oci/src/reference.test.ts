import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDigest } from './digest.js';
import {
  canonical,
  canonicalName,
  familiar,
  familiarName,
  parseReference,
  sameReference,
  withDefaultTag,
  withDigest,
  withoutTagAndDigest,
  withTag,
} from './reference.js';

const hex = '0123456789abcdef'.repeat(4);
const digest = parseDigest(`sha256:${hex}`);

describe('parseReference', () => {
  test.each([
    ['busybox', 'docker.io/library/busybox', 'busybox'],
    ['busybox:1.36', 'docker.io/library/busybox:1.36', 'busybox:1.36'],
    [`busybox@${digest}`, `docker.io/library/busybox@${digest}`, `busybox@${digest}`],
    [`a/b:t@${digest}`, `docker.io/a/b:t@${digest}`, `a/b:t@${digest}`],
    ['docker.io/busybox', 'docker.io/library/busybox', 'busybox'],
    ['docker.io/library/busybox', 'docker.io/library/busybox', 'busybox'],
    ['index.docker.io/busybox', 'docker.io/library/busybox', 'busybox'],
    ['index.docker.io/me/app:x', 'docker.io/me/app:x', 'me/app:x'],
    ['library/busybox', 'docker.io/library/busybox', 'busybox'],
    ['library/a/b', 'docker.io/library/a/b', 'library/a/b'],
    ['localhost/x', 'localhost/x', 'localhost/x'],
    ['localhost:5000/x/y:z', 'localhost:5000/x/y:z', 'localhost:5000/x/y:z'],
    ['127.0.0.1:5000/x', '127.0.0.1:5000/x', '127.0.0.1:5000/x'],
    ['[::1]:5000/x:y', '[::1]:5000/x:y', '[::1]:5000/x:y'],
    ['[2001:db8::1]/x', '[2001:db8::1]/x', '[2001:db8::1]/x'],
    ['Registry/x', 'Registry/x', 'Registry/x'],
    ['quay.io/a/b', 'quay.io/a/b', 'quay.io/a/b'],
    ['localhost', 'docker.io/library/localhost', 'localhost'],
    ['a__b/c---d.e_f', 'docker.io/a__b/c---d.e_f', 'a__b/c---d.e_f'],
    ['foo.bar:Tag_1.2-3', 'docker.io/library/foo.bar:Tag_1.2-3', 'foo.bar:Tag_1.2-3'],
    ['docker.io/localhost/x', 'docker.io/localhost/x', 'docker.io/localhost/x'],
    [`library/${hex}`, `docker.io/library/${hex}`, `library/${hex}`],
  ])('%s is %s, shown as %s', (text, full, short) => {
    const reference = parseReference(text);
    expect(canonical(reference)).toBe(full);
    expect(familiar(reference)).toBe(short);
    expect(sameReference(parseReference(short), reference)).toBe(true);
  });

  test.each([
    ['', 'invalid reference format'],
    ['/x', 'invalid reference format'],
    ['x/', 'invalid reference format'],
    ['a//b', 'invalid reference format'],
    ['x:', 'invalid reference format'],
    ['x@', 'invalid reference format'],
    ['x@sha256:abc', 'invalid reference format'],
    ['-x', 'invalid reference format'],
    ['x-', 'invalid reference format'],
    ['a..b', 'invalid reference format'],
    ['a___b', 'invalid reference format'],
    ['a._b', 'invalid reference format'],
    ['x:-t', 'invalid reference format'],
    [`x:${'t'.repeat(129)}`, 'invalid reference format'],
    ['http://x/y', 'invalid reference format'],
    ['x y', 'invalid reference format'],
    ['x\0', 'invalid reference format'],
    ['../../etc', 'invalid reference format'],
    ['[::1/x', 'invalid reference format'],
    ['[]/x', 'invalid reference format'],
    ['[::1%lo]/x', 'invalid reference format'],
    ['-a.com/x', 'invalid reference format'],
    ['a.com:/x', 'invalid reference format'],
    ['a.com:5x/x', 'invalid reference format'],
    ['foo_bar.com/x', 'invalid reference format'],
    ['X', 'invalid reference format: repository name (library/X) must be lowercase'],
    ['a/B:T', 'invalid reference format: repository name (a/B) must be lowercase'],
    ['quay.io/A/b', 'invalid reference format: repository name (A/b) must be lowercase'],
    [hex, `invalid repository name (${hex}), cannot specify 64-byte hexadecimal strings`],
    ['a'.repeat(256), 'repository name must not be more than 255 characters'],
  ])("refuses %j in docker's words", (text, message) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message }),
    );
  });

  test('a digest of the wrong kind is named', () => {
    expect(() => parseReference(`x@md5:${'a'.repeat(32)}`)).toThrow('only sha256 and sha512');
  });

  test('a path of 255 characters passes, the name of the registry not counted', () => {
    expect(parseReference(`quay.io/${'a'.repeat(255)}`).path).toHaveLength(255);
  });

  test('a mebibyte is refused with a short message', () => {
    for (const unit of ['a', 'A', 'a/', '.', '-', ':', '@', '[', '\u{1f600}']) {
      expect(() => parseReference(unit.repeat(1 << 20))).toThrow(/^.{1,200}$/s);
    }
  });

  test('the result is frozen', () => {
    expect(Object.isFrozen(parseReference('x'))).toBe(true);
  });
});

describe('changes of a reference', () => {
  const busybox = parseReference('busybox');
  test('the default tag goes to a bare name only', () => {
    expect(familiar(withDefaultTag(busybox))).toBe('busybox:latest');
    expect(familiar(withDefaultTag(parseReference('busybox:1')))).toBe('busybox:1');
    expect(familiar(withDefaultTag(withDigest(busybox, digest)))).toBe(`busybox@${digest}`);
  });
  test('a tag replaces tag and digest, a digest leaves the tag', () => {
    const tagged = withTag(withDigest(busybox, digest), 'v1');
    expect(familiar(tagged)).toBe('busybox:v1');
    expect(canonical(withDigest(tagged, digest))).toBe(`docker.io/library/busybox:v1@${digest}`);
    expect(withoutTagAndDigest(withDigest(tagged, digest))).toEqual(busybox);
    expect(canonicalName(tagged)).toBe('docker.io/library/busybox');
    expect(familiarName(tagged)).toBe('busybox');
  });
  test('a malformed tag is refused', () => {
    expect(() => withTag(busybox, 'a/b')).toThrow('invalid reference format');
  });
});

const namePart = fc.string({ unit: fc.constantFrom(...'ab0.-_:/@[]LX'), maxLength: 30 });

describe('for any text', () => {
  test('it fails with invalid-argument or both its forms parse to the same reference', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          namePart,
          namePart.map((s) => `docker.io/${s}`),
        ),
        (text) => {
          let reference;
          try {
            reference = parseReference(text);
          } catch (error) {
            expect(error).toMatchObject({ code: 'invalid-argument' });
            return;
          }
          expect(parseReference(canonical(reference))).toEqual(reference);
          expect(parseReference(familiar(reference))).toEqual(reference);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
