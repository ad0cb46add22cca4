import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WharfError } from '@wharf/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collect } from './testing/collect.js';
import { archive, base256, end, member, pax, paxRaw, record } from '@wharf/testing/tar';
import { defaultTarLimits } from './entry.js';

const only = (bytes: Buffer) => {
  const [first, ...rest] = collect(bytes);
  expect(rest).toEqual([]);
  if (first === undefined) throw new WharfError('internal', 'no entry');
  return first;
};

describe('headers', () => {
  test('a ustar member has all its fields', () => {
    const { entry, body } = only(
      archive(member({ name: 'a/b', mode: 0o4755, uid: 7, gid: 8, mtime: 9, body: 'hello' })),
    );
    expect(entry).toMatchObject({ type: 'file', mode: 0o4755, uid: 7, gid: 8, size: 5 });
    expect(entry.mtime).toEqual({ sec: 9n, nsec: 0 });
    expect(String(entry.path)).toBe('a/b');
    expect(String(body)).toBe('hello');
  });

  test('a prefix goes in front, in ustar, and in the broken GNU headers of old Go', () => {
    expect(String(only(archive(member({ name: 'n', prefix: 'p/q' }))).entry.path)).toBe('p/q/n');
    const magic = 'ustar  \0';
    expect(String(only(archive(member({ name: 'n', magic, prefix: 'p/q' }))).entry.path)).toBe(
      'p/q/n',
    );
    const times = (block: Buffer) => void block.write('14000000000\0' + '14000000000\0', 345);
    expect(String(only(archive(member({ name: 'n', magic, patch: times }))).entry.path)).toBe('n');
  });

  test('v7 headers have neither prefix nor devices, and a slash makes a directory', () => {
    const v7 = { magic: '\0\0\0\0\0\0\0\0', type: '\0' };
    expect(only(archive(member({ ...v7, name: 'd/' }))).entry.type).toBe('directory');
    expect(only(archive(member({ ...v7, name: 'f', prefix: 'zz' }))).entry.type).toBe('file');
  });

  test('base-256 numbers are read, also negative times', () => {
    const uid = base256(4294967294n, 8);
    const { entry } = only(archive(member({ name: 'a', uid, mtime: base256(-5n, 12) })));
    expect(entry.uid).toBe(4294967294);
    expect(entry.mtime).toEqual({ sec: -5n, nsec: 0 });
  });

  test('signed checksums of old tars are right too', () => {
    const signed = member({ name: Buffer.from([0xe9, 0xe8]) });
    const block = signed.subarray(0, 512);
    block.fill(0x20, 148, 156);
    const sum = block.reduce((total, byte) => total + (byte > 127 ? byte - 256 : byte), 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    expect(only(archive(signed)).entry.path).toEqual(Buffer.from([0xe9, 0xe8]));
  });

  test.each([
    ['a wrong checksum', member({ name: 'a', checksum: '000001\0 ' }), /checksum/],
    ['a letter in a number', member({ name: 'a', uid: '00x\0' }), /uid/],
    ['a huge base-256 size', member({ name: 'a', size: base256(2n ** 70n, 12) }), /size/],
    ['a negative size', member({ name: 'a', size: base256(-1n, 12) }), /negative/],
    ['a negative uid', member({ name: 'a', uid: base256(-1n, 8) }), /uid/],
    ['the uid that means none', member({ name: 'a', uid: base256(4294967295n, 8) }), /uid/],
    ['no name', member({ name: '' }), /without a name/],
    ['an unknown kind', member({ name: 'a', type: 'Q' }), /unknown kind/],
    ['a multi-volume part', member({ name: 'a', type: 'M' }), /unknown kind/],
  ])('%s is refused', (_what, bytes, message) => {
    expect(() => collect(archive(bytes))).toThrow(message);
  });
});

describe('extended headers', () => {
  test('values are bytes, numbers are exact, times go to the nanosecond', () => {
    const raw = Buffer.from([0x01, 0x00, 0x80, 0xff, 0x0a, 0x3d]);
    const path = Buffer.concat([Buffer.from('p'), Buffer.from([0xff, 0xfe])]);
    const { entry } = only(
      archive(
        pax({
          path,
          uid: '3000000',
          gid: '4294967294',
          mtime: '-1.25',
          atime: '1.0000000019',
          'SCHILY.xattr.security.capability': raw,
          'SCHILY.xattr.user.empty': '',
          comment: 'x',
        }),
        member({ name: 'short' }),
      ),
    );
    expect(entry).toMatchObject({ path, uid: 3000000, gid: 4294967294 });
    expect(entry.mtime).toEqual({ sec: -2n, nsec: 750_000_000 });
    expect(entry.atime).toEqual({ sec: 1n, nsec: 1 });
    expect([...entry.xattrs]).toEqual([
      ['security.capability', raw],
      ['user.empty', Buffer.alloc(0)],
    ]);
  });

  test('the size of an extended header replaces that of the header', () => {
    const { body } = only(
      archive(pax({ size: '5' }), member({ name: 'a', size: 0, body: 'hello' })),
    );
    expect(String(body)).toBe('hello');
  });

  test('long names of GNU, name and link', () => {
    const long = 'd/'.repeat(200) + 'x';
    const { entry } = only(
      archive(
        member({ name: '././@LongLink', type: 'K', body: `${long}y\0` }),
        member({ name: '././@LongLink', type: 'L', body: `${long}\0` }),
        member({ name: 'short', type: '2', link: 'l' }),
      ),
    );
    expect(String(entry.path)).toBe(long);
    expect(String(entry.link)).toBe(`${long}y`);
  });

  test('a global header gives owners and times to what follows', () => {
    const global = paxRaw([record('uid', '5'), record('comment', 'c')], 'g');
    const [a, b] = collect(
      archive(global, member({ name: 'a' }), pax({ uid: '6' }), member({ name: 'b' })),
    );
    expect([a?.entry.uid, b?.entry.uid]).toEqual([5, 6]);
  });

  const a = member({ name: 'a' });
  test.each([
    ['a length that is too long', [paxRaw([record('path', 'x', '99')]), a], /not well formed/],
    ['a length of 0', [paxRaw([record('path', 'x', '0')]), a], /not well formed/],
    ['a length that is no number', [paxRaw([record('path', 'x', 'zz')]), a], /not well formed/],
    ['a negative length', [paxRaw([record('path', 'x', '-9')]), a], /not well formed/],
    ['a record without =', [paxRaw([Buffer.from('8 abcde\n')]), a], /not well formed/],
    ['a record without a key', [paxRaw([Buffer.from('6 =ab\n')]), a], /not well formed/],
    ['a NUL in a path', [pax({ path: 'a\0b' }), a], /NUL/],
    ['a size of 1e3', [pax({ size: '1e3' }), a], /size/],
    ['a negative uid', [pax({ uid: '-1' }), a], /uid/],
    ['a uid of 2^32', [pax({ uid: '4294967296' }), a], /uid/],
    ['a time of NaN', [pax({ mtime: 'NaN' }), a], /mtime/],
    ['a global path', [paxRaw([record('path', 'x')], 'g'), a], /global/],
    ['a path over the limit', [pax({ path: 'x'.repeat(4097) }), a], /more than 4096/],
    ['a body over the limit', [pax({ comment: 'x'.repeat(1 << 20) }), a], /more than 1048576/],
    ['nothing after it', [pax({ path: 'x' })], /truncated/],
  ])('%s is refused', (_what, parts, message) => {
    expect(() => collect(archive(...parts))).toThrow(message);
  });
});

describe('structure', () => {
  const a = member({ name: 'a', body: 'x'.repeat(600) });

  test('nothing at all is an empty archive, and so are zeros', () => {
    expect(collect(Buffer.alloc(0))).toEqual([]);
    expect(collect(end)).toEqual([]);
  });

  test('what follows the end is ignored', () => {
    expect(collect(Buffer.concat([a, end, Buffer.from('garbage'), a]))).toHaveLength(1);
  });

  test('an archive may end after one block of zeros', () => {
    expect(collect(Buffer.concat([a, end.subarray(512)]))).toHaveLength(1);
  });

  test('a cut anywhere is noticed', () => {
    const whole = archive(pax({ mtime: '1.5' }), a, a);
    for (let at = 1; at < whole.length - 1024; at += 37) {
      expect(() => collect(whole.subarray(0, at))).toThrow(/truncated/);
    }
  });

  test('links and directories have no body, as for Go', () => {
    const entries = collect(
      archive(member({ name: 'l', type: '1', link: 'a', size: 600 }), a, member({ name: 'b' })),
    );
    expect(entries.map(({ entry }) => String(entry.path))).toEqual(['l', 'a', 'b']);
  });

  test('a volume label is no entry', () => {
    expect(collect(archive(member({ name: 'v', type: 'V' }), a))).toHaveLength(1);
  });

  test('data after one block of zeros is refused', () => {
    expect(() => collect(Buffer.concat([a, Buffer.alloc(512), a, end]))).toThrow(/zeros/);
  });

  test('too many entries are refused', () => {
    expect(() => collect(archive(a, a), { limits: { ...defaultTarLimits, entries: 1 } })).toThrow(
      /more than 1 entries/,
    );
  });

  test('how the bytes are cut does not matter', () => {
    const whole = archive(
      pax({ path: 'long'.repeat(100), 'SCHILY.xattr.user.a': 'b' }),
      member({ name: 'x', body: 'z'.repeat(1500) }),
      a,
      member({ name: 'd/', type: '5' }),
    );
    const expected = collect(whole);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), (step) => {
        expect(collect(whole, { step })).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  test('any bytes give a result or one of our errors', () => {
    const seed = archive(pax({ path: 'q', mtime: '1.5' }), a, member({ name: 'b', type: '2' }));
    const change = fc.tuple(fc.nat(seed.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), fc.boolean(), (changes, resum) => {
        const bytes = Buffer.from(seed);
        for (const [at, byte] of changes) bytes[at] = byte;
        if (resum) fixChecksums(bytes);
        try {
          collect(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WharfError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

function fixChecksums(bytes: Buffer): void {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const block = bytes.subarray(at, at + 512);
    if (block.toString('latin1', 257, 262) !== 'ustar') continue;
    block.fill(0x20, 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
}

describe('sparse files', () => {
  test.each(['gnu', '0.0', '0.1', '1.0'])('GNU tar, format %s', (format) => {
    const dir = mkdtempSync(join(tmpdir(), 'wharf-sparse-'));
    try {
      const file = join(dir, 'f');
      writeFileSync(file, '');
      truncateSync(file, 3_000_000);
      for (let at = 0; at < 40; at++) {
        execFileSync(
          'dd',
          [`of=${file}`, `seek=${at * 65536 + 100}`, 'oflag=seek_bytes'].concat(
            'conv=notrunc',
            'status=none',
          ),
          { input: `data ${at} ` },
        );
      }
      const flags =
        format === 'gnu' ? ['--format=gnu'] : ['--format=pax', `--sparse-version=${format}`];
      const tar = execFileSync('tar', ['-C', dir, '-S', ...flags, '-cf', '-', 'f']);
      expect(tar.length).toBeLessThan(600_000);
      const { entry, body } = only(tar);
      expect(entry.sparse?.length).toBeGreaterThan(20);
      expect(String(entry.path)).toBe('f');
      expect(body.equals(execFileSync('cat', [file], { maxBuffer: 1 << 23 }))).toBe(true);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  const sparse = (records: Record<string, string>, body: string) =>
    archive(pax(records), member({ name: 'a', body }));
  const one = { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': 'n' };
  const map = (text: string, data: string) => text.padEnd(512, '\0') + data;

  test.each([
    ['no size', sparse({ ...one }, map('1\n0\n1\n', 'x')), /without a size/],
    [
      'regions out of order',
      sparse({ ...one, 'GNU.sparse.realsize': '9' }, map('2\n5\n1\n0\n1\n', 'xy')),
      /does not fit/,
    ],
    [
      'regions past the end',
      sparse({ ...one, 'GNU.sparse.realsize': '9' }, map('1\n9\n1\n', 'x')),
      /does not fit/,
    ],
    [
      'more data than regions',
      sparse({ ...one, 'GNU.sparse.realsize': '9' }, map('1\n0\n1\n', 'xy')),
      /does not fit/,
    ],
    [
      'letters in the map',
      sparse({ ...one, 'GNU.sparse.realsize': '9' }, map('1\nq\n1\n', 'x')),
      /map/,
    ],
    [
      'a map that does not end',
      sparse({ ...one, 'GNU.sparse.realsize': '9' }, '99999999\n' + '1\n'.repeat(300)),
      /map/,
    ],
    [
      'an unknown version',
      sparse({ ...one, 'GNU.sparse.major': '2', 'GNU.sparse.realsize': '9' }, 'x'),
      /unknown format/,
    ],
    [
      'an exabyte',
      sparse({ ...one, 'GNU.sparse.realsize': '1152921504606846' }, map('0\n', '')),
      /longer than the limit/,
    ],
    [
      'a map of many regions',
      sparse(
        { ...one, 'GNU.sparse.realsize': '9' },
        `150000\n${'0\n0\n'.repeat(150_000)}`.padEnd(600_064, '\0'),
      ),
      /too many regions/,
    ],
  ])('%s is refused', (_what, bytes, message) => {
    expect(() => collect(bytes)).toThrow(message);
  });
});
