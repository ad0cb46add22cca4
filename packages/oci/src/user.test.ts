import { WharfError } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveUser } from './user.js';

const encode = (text: string) => new TextEncoder().encode(text);
const passwd = `root:x:0:0:root:/root:/bin/sh
bin:x:1:1::/bin:
www:x:33:33:Web:/var/www:/bin/sh
www:x:44:44:second:/x:
twin:x:33:99::/twin:
nohome:x:50:51
12:x:60:60::/twelve:
josé:x:70:70::/home/josé:
`;
const group = `root:x:0:root
bin:x:1:root,bin
www:x:33:
audio:x:29:www, bin ,other
video:x:44:www
dup:x:29:www
12:x:61:www
`;
const resolve = (
  user: string,
  groupAdd: string[] = [],
  p: string | undefined = passwd,
  g = group,
) => resolveUser({ user, groupAdd }, p === undefined ? undefined : encode(p), encode(g));

describe('resolveUser', () => {
  test.each([
    ['', 0, 0, [0, 1], '/root', 'root'],
    ['root', 0, 0, [0, 1], '/root', 'root'],
    ['0', 0, 0, [0, 1], '/root', 'root'],
    ['www', 33, 33, [33, 29, 44, 61], '/var/www', 'www'],
    ['33', 33, 33, [33, 29, 44, 61], '/var/www', 'www'],
    ['www:audio', 33, 29, [29], '/var/www', 'www'],
    ['www:29', 33, 29, [29], '/var/www', 'www'],
    ['www:', 33, 33, [33, 29, 44, 61], '/var/www', 'www'],
    [':audio', 0, 29, [29], '/root', 'root'],
    ['1000', 1000, 0, [0], '/', undefined],
    ['1000:1000', 1000, 1000, [1000], '/', undefined],
    ['12', 12, 0, [0], '/', undefined],
    ['60', 60, 60, [60], '/twelve', '12'],
    ['www:12', 33, 12, [12], '/var/www', 'www'],
    ['nohome', 50, 51, [51], '/', 'nohome'],
    ['josé', 70, 70, [70], '/home/josé', 'josé'],
    ['2147483647:2147483647', 2147483647, 2147483647, [2147483647], '/', undefined],
  ])('%j', (user, uid, gid, additionalGids, home, name) => {
    const expected = { uid, gid, additionalGids, home, ...(name === undefined ? {} : { name }) };
    expect(resolve(user)).toEqual(expected);
  });

  test('added groups come last, by name or number, none twice', () => {
    expect(resolve('www', ['video', '7', 'audio', '7']).additionalGids).toEqual([
      33, 29, 44, 61, 7,
    ]);
    expect(resolve('1000', ['12', 'audio']).additionalGids).toEqual([0, 12, 29]);
  });

  test.each([
    ['foo', 'unable to find user foo: no matching entries in passwd file'],
    ['www:foo', 'unable to find group foo: no matching entries in group file'],
    [' www', 'unable to find user  www: no matching entries in passwd file'],
    ['0x0', 'unable to find user 0x0: no matching entries in passwd file'],
    ['1e3', 'unable to find user 1e3: no matching entries in passwd file'],
    ['a:b:c', 'unable to find user a: no matching entries in passwd file'],
    ['jos\ufffd', 'unable to find user jos\ufffd: no matching entries in passwd file'],
    ['-1', 'uids and gids must be in range 0-2147483647: "-1" is not'],
    ['2147483648', 'uids and gids must be in range 0-2147483647: "2147483648" is not'],
    ['0:4294967295', 'uids and gids must be in range 0-2147483647: "4294967295" is not'],
    ['99999999999999999999', 'uids and gids must be in range'],
  ])('%j is refused: %s', (user, message) => {
    expect(() => resolve(user)).toThrow(message);
  });

  test('an unknown added group is named', () => {
    expect(() => resolve('', ['nope'])).toThrow('unable to find group nope');
  });

  test('an image without tables has numbers only', () => {
    const bare = (user: string) => resolveUser({ user, groupAdd: [] }, undefined, undefined);
    expect(bare('')).toEqual({ uid: 0, gid: 0, additionalGids: [0], home: '/' });
    expect(bare('5:6')).toEqual({ uid: 5, gid: 6, additionalGids: [6], home: '/' });
    expect(() => bare('root')).toThrow(
      'unable to find user root: no matching entries in passwd file',
    );
  });
});

describe('hostile tables', () => {
  test.each([
    'evil:x:abc:0::/:',
    'evil:x::0::/:',
    'evil:x:-1:0::/:',
    'evil:x:0x0:0::/:',
    'evil:x:4294967296:0::/:',
    'evil:x:2147483648:0::/:',
    'evil:x:18446744073709551616:0::/:',
    'evil:x:0',
    'evil',
    'evil:::::::::',
    'evil:x:0:0\0::/:',
    '#evil:x:0:0::/:',
    'evil:x: 0:0::/:',
    'evil:x:0:99999999999::/:',
  ])('the line %j is no entry', (line) => {
    expect(() => resolve('evil', [], `${line}\n`)).toThrow('unable to find user evil');
  });

  test('the first of duplicates counts', () => {
    expect(resolve('a', [], 'a:x:5:5::/a:\na:x:0:0::/root:\n').uid).toBe(5);
  });

  test('a home that is relative or has control characters becomes /', () => {
    for (const home of ['', 'root', '/a\u0007b', `/${'x'.repeat(5000)}`, '/\u007f']) {
      expect(resolve('a', [], `a:x:5:5::${home}:\n`).home).toBe('/');
    }
  });

  test('huge lines and files are bounded', () => {
    expect(() => resolve('a', [], `${'a'.repeat(4 << 20)}:x:0:0::/:`)).toThrow('the limit is');
    expect(() => resolve('a', [], `${'a:'.repeat(2 << 20)}`)).toThrow('unable to find user a');
    expect(() => resolve('a', [], '\n'.repeat(4 << 20))).toThrow('unable to find user a');
    const many = Array.from({ length: 70_000 }, (_, i) => `g${i}:x:${i}:a\n`).join('');
    expect(() => resolve('a', [], 'a:x:1:1::/:\n', many)).toThrow('the limit is 65536');
  });

  test('CRLF and a missing last newline do not matter', () => {
    expect(resolve('a', [], 'b:x:1:1::/:\r\na:x:5:6::/h:/bin/sh\r')).toMatchObject({
      uid: 5,
      gid: 6,
    });
  });
});

test('any tables and user give ids in range or a WharfError', () => {
  const table = fc.string({ unit: fc.constantFrom(...'a:\n0159-x, \0'), maxLength: 60 });
  const user = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom(...'a01:-'), maxLength: 6 }),
  );
  const bytes = fc.oneof(table.map(encode), fc.uint8Array({ maxLength: 60 }));
  fc.assert(
    fc.property(user, fc.array(user, { maxLength: 2 }), bytes, bytes, (name, groupAdd, p, g) => {
      try {
        const found = resolveUser({ user: name, groupAdd }, p, g);
        for (const id of [found.uid, found.gid, ...found.additionalGids]) {
          expect(Number.isInteger(id) && id >= 0 && id < 2 ** 31).toBe(true);
        }
        expect(found.home.startsWith('/')).toBe(true);
        expect(found.additionalGids[0]).toBe(found.gid);
      } catch (error) {
        expect(error).toBeInstanceOf(WharfError);
      }
    }),
    { numRuns: 2000 },
  );
});
