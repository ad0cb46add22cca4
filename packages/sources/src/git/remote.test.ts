import fc from 'fast-check';
import { isWharfError } from '@wharf/core';
import { describe, expect, test } from 'vitest';
import { moduleRemote } from './modules.js';
import { checkRef } from './ref.js';
import { parseRemote, remoteText } from './remote.js';

describe('a remote', () => {
  test.each([
    ['https://example.com/a/b.git', 'https://example.com/a/b.git'],
    ['HTTPS://EXAMPLE.com:443/a', 'https://example.com/a'],
    ['https://u:p@example.com/a', 'https://example.com/a'],
    ['ssh://git@example.com/a', 'ssh://git@example.com:22/a'],
    ['ssh://example.com:2222/~u/a', 'ssh://example.com:2222/~u/a'],
    ['ssh://git@[2606::1]:22/a', 'ssh://git@[2606::1]:22/a'],
    ['git@example.com:a/b.git', 'git@example.com:a/b.git'],
    ['git@example.com:/a/b.git', 'git@example.com:/a/b.git'],
  ])('%s is %s', (text, url) => {
    expect(remoteText(parseRemote(text))).toBe(url);
  });

  test('that is accepted has nothing that git, ssh or a shell would take for more', () => {
    const pieces = [
      'ssh://',
      'https://',
      'http://',
      'ext::',
      'git@',
      'u:p@',
      '-',
      'h',
      '.',
      ':',
      '/',
      '~',
      '%0a',
      ' ',
      '\n',
      '[::1]',
      '$(x)',
      "'",
      '2',
      '#',
      '?',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 10 }), (parts) => {
        let text = '';
        try {
          text = remoteText(parseRemote(parts.join('')));
        } catch (error) {
          if (!isWharfError(error)) throw error;
          return;
        }
        expect(text).toMatch(/^(?:https?:\/\/[^/-]|ssh:\/\/[\w[]|\w[\w.+-]*@[\w[])/);
        expect(text).not.toMatch(
          /[\x00-\x20\x7f]|^https?:\/\/[^/]*@|^(?:ssh:\/\/)?[^/:]*(?:[$']|@-)/,
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the remote of a submodule', () => {
  const of = (parent: string, url: string) => moduleRemote(parseRemote(parent), { path: 'm', url });

  test.each([
    ['https://example.com/a/b.git', '../c.git', 'https://example.com/a/c.git'],
    ['https://example.com/a/b.git', './c', 'https://example.com/a/b.git/c'],
    ['https://example.com/a/b.git', '../../c', 'https://example.com/c'],
    ['git@example.com:a/b.git', '../c.git', 'git@example.com:a/c.git'],
    ['git@example.com:/a/b.git', '../c.git', 'git@example.com:/a/c.git'],
    ['ssh://git@example.com/a/b', '../c', 'ssh://git@example.com:22/a/c'],
    ['https://example.com/a', 'https://other.example/c', 'https://other.example/c'],
  ])('of %s at %s is %s', (parent, url, remote) => {
    expect(remoteText(of(parent, url))).toBe(remote);
  });

  test.each(['../../../x', '../../-x', '../..', './a::b', '../a\nb', '-x', 'x', 'file:///x', ''])(
    '%j is refused',
    (url) => {
      expect(() => of('https://example.com/a/b.git', url)).toThrow(/submodule at m is refused/);
    },
  );

  test('has the authorization of its parent at the same origin alone', () => {
    const parent = 'https://u:p@example.com/a/b.git';
    expect(of(parent, '../c')).toHaveProperty('authorization', 'Basic dTpw');
    expect(of(parent, 'https://example.com/x')).toHaveProperty('authorization', 'Basic dTpw');
    expect(of(parent, 'http://example.com/x')).toHaveProperty('authorization', undefined);
    expect(of(parent, 'https://example.com:8443/x')).toHaveProperty('authorization', undefined);
  });
});

test('a ref that is accepted is one argument and no option', () => {
  const pieces = fc.constantFrom(
    '-',
    'a',
    '/',
    '.',
    '..',
    '@',
    '{',
    '^',
    '~',
    ':',
    ' ',
    '\n',
    'refs',
    '.lock',
    '*',
    '\\',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
      const ref = parts.join('');
      try {
        checkRef(ref);
      } catch (error) {
        if (!isWharfError(error)) throw error;
        return;
      }
      expect(ref).not.toMatch(/^[-/.]|[\s:^~*\\]|\.\.|@\{|\/$|\.lock(?:\/|$)/);
    }),
    { numRuns: 2000 },
  );
});
