import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RootView } from '@wharf/engine/ports';
import { archive, member, pax } from '@wharf/testing/tar';
import { treeOf } from '../unpack/testing/tree.js';
import type { Bench, Container } from './testing/bench.js';
import { canMount, listArchive, mountOf, openBench } from './testing/bench.js';

const signal = new AbortController().signal;

/** How much is done is bounded; how long a busy machine takes for it says nothing. */
const slow = { timeout: 300_000 };

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100_000) {
    await Promise.resolve();
    yield bytes.subarray(at, at + 100_000);
  }
}

describe.runIf(canMount)('unpacking into a container', () => {
  let bench: Bench;
  let canary: string;
  beforeAll(() => {
    bench = openBench();
    canary = join(bench.dir, 'canary');
    mkdirSync(canary);
    writeFileSync(join(canary, 'file'), 'untouched');
  });
  afterAll(() => bench[Symbol.dispose]());

  const usual = () =>
    bench.container((lower) => {
      mkdirSync(join(lower, 'd/e'), { recursive: true });
      writeFileSync(join(lower, 'd/f'), '1');
      symlinkSync('/d', join(lower, 'link'));
      symlinkSync('../../..', join(lower, 'up'));
      symlinkSync(canary, join(lower, 'out'));
    });
  const into = (
    view: RootView,
    path: string,
    bytes: Buffer,
    { noOverwriteDirNonDir = false, abort = signal } = {},
  ) =>
    bench.files.unpackInto(view, { path, noOverwriteDirNonDir }, pieces(bytes), { signal: abort });
  const seen = async (view: RootView, path: string) =>
    listArchive((await bench.files.pack(view, { path, followLink: true }, { signal })).archive);
  /** Without the marks of overlayfs. */
  const upper = (c: Container) => {
    const tree = [...treeOf(c.upper, bench.native)].filter(([path]) => path !== '/');
    return Object.fromEntries(
      tree.map(([path, what]) => [path, what.replace(/ trusted\.overlay\..*/s, '')]),
    );
  };

  const small = archive(member({ name: 'x', body: 'hello', uid: 1234, gid: 2345, mode: 0o4755 }));

  test('a stopped container gets what the archive has, owners and modes included', async () => {
    const c = usual();
    await into(c.stopped, '/d', small);
    expect(upper(c)).toMatchObject({ 'd/x': 'file "hello" 4755 1234:2345' });
    expect(await seen(c.stopped, '/d')).toEqual(['d/', 'd/e/', 'd/f=1', 'd/x=hello']);
  });

  test('a running container has it at once, and its processes see it', async () => {
    const c = usual();
    const { view, end } = await c.run('while [ ! -e d/x ]; do sleep 0.02; done; cp d/x d/seen');
    await into(view, '/d', small);
    for (let tries = 0; !existsSync(join(c.upper, 'd/seen')) && tries < 200; tries++) {
      await new Promise((done) => setTimeout(done, 20));
    }
    expect(await seen(view, '/d')).toContain('d/seen=hello');
    await end();
  });

  test('links to the directory are followed in the root', async () => {
    const c = usual();
    await into(c.stopped, '/link', small);
    await into(c.stopped, '/up/', archive(member({ name: 'top' })));
    expect(upper(c)).toMatchObject({ 'd/x': expect.any(String) as string, top: 'file ""' });
    await expect(into(c.stopped, '/out', small)).rejects.toMatchObject({ code: 'not-found' });
    expect(readdirSync(canary)).toEqual(['file']);
  });

  test('the directory must exist and be one', async () => {
    const c = usual();
    await expect(into(c.stopped, '/nope', small)).rejects.toMatchObject({ code: 'not-found' });
    await expect(into(c.stopped, '/d/f', small)).rejects.toMatchObject({
      code: 'invalid-argument',
      message: 'extraction point is not a directory',
    });
  });

  test('gzip and zstd are recognised, xz and bzip2 refused by name', async () => {
    for (const bytes of [gzipSync(small), zstdCompressSync(small)]) {
      const c = usual();
      await into(c.stopped, '/', bytes);
      expect(upper(c)).toHaveProperty('x');
    }
    const xz = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1, 2]);
    await expect(into(usual().stopped, '/', xz)).rejects.toThrow('compressed with xz');
    await expect(into(usual().stopped, '/', Buffer.from('BZh91AY&'))).rejects.toThrow('bzip2');
  });

  test('an empty archive is none, a torn one data-loss', async () => {
    const c = usual();
    await into(c.stopped, '/', Buffer.alloc(0));
    await expect(into(c.stopped, '/', small.subarray(0, 600))).rejects.toMatchObject({
      code: 'data-loss',
    });
  });

  test('names of whiteouts are plain names, and what is below stays', async () => {
    const c = usual();
    await into(
      c.stopped,
      '/d',
      archive(member({ name: '.wh.f' }), member({ name: '.wh..wh..opq' })),
    );
    expect(await seen(c.stopped, '/d')).toEqual([
      'd/',
      'd/.wh..wh..opq=',
      'd/.wh.f=',
      'd/e/',
      'd/f=1',
    ]);
  });

  test('the entry of the directory itself changes nothing', async () => {
    const c = usual();
    await into(
      c.stopped,
      '/d',
      archive(member({ name: './', type: '5', mode: 0o700, uid: 5 }), member({ name: './x' })),
    );
    expect(upper(c)).toEqual({ d: 'dir', 'd/x': 'file ""' });
  });

  test('the directory gets a new time as with any new file, those of the archive keep theirs', async () => {
    const c = bench.container((lower) => {
      mkdirSync(join(lower, 'd'));
      utimesSync(join(lower, 'd'), 1000, 1000);
    });
    await into(
      c.stopped,
      '/d',
      archive(member({ name: 's/', type: '5', mode: 0o755, mtime: 77 }), member({ name: 's/x' })),
    );
    expect(statSync(join(c.upper, 'd')).mtimeMs).toBeGreaterThan(1e12);
    expect(statSync(join(c.upper, 'd/s')).mtimeMs).toBe(77_000);
  });

  test('files are replaced by directories and the reverse, unless that is forbidden', async () => {
    const c = usual();
    const swapped = archive(
      member({ name: 'f', type: '5', mode: 0o755 }),
      member({ name: 'e', body: 'file' }),
    );
    await expect(
      into(c.stopped, '/d', swapped, { noOverwriteDirNonDir: true }),
    ).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining(
        'cannot overwrite non-directory "/d/f" with directory',
      ) as string,
    });
    const file = archive(member({ name: 'e', body: 'file' }));
    await expect(into(c.stopped, '/d', file, { noOverwriteDirNonDir: true })).rejects.toThrow(
      'cannot overwrite directory "/d/e" with non-directory "d/e"',
    );
    await into(c.stopped, '/d', swapped);
    expect(await seen(c.stopped, '/d')).toEqual(['d/', 'd/e=file', 'd/f/']);
  });

  test('a file is not replaced because something shall be below it', async () => {
    await expect(
      into(usual().stopped, '/d', archive(member({ name: 'f/x' }))),
    ).rejects.toMatchObject({
      code: 'failed-precondition',
      message: '/d/f is not a directory',
    });
  });

  test('device nodes, fifos, links, attributes', async () => {
    const c = usual();
    await into(
      c.stopped,
      '/d',
      archive(
        member({ name: 'null', type: '3', major: '0000001', minor: '0000003' }),
        member({ name: 'fifo', type: '6' }),
        member({ name: 'sym', type: '2', link: '../../../../etc/passwd' }),
        pax({ 'SCHILY.xattr.user.a': 'b', 'SCHILY.xattr.security.selinux': 'x' }),
        member({ name: 'a', body: 'a' }),
        member({ name: 'hard', type: '1', link: 'a' }),
        member({ name: Buffer.from([0xff]) }),
      ),
    );
    expect(upper(c)).toMatchObject({
      'd/null': 'char 1:3',
      'd/fifo': 'fifo',
      'd/sym': '-> ../../../../etc/passwd',
      'd/a': 'file "a" x2 user.a=b',
      'd/hard': 'file "a" x2 user.a=b',
      'd/\xff': 'file ""',
    });
  });

  test.each([
    ['a name with ..', member({ name: '../x' }), 'invalid-argument'],
    ['an inner ..', member({ name: 'a/../../x' }), 'invalid-argument'],
    ['a hard link out', member({ name: 'x', type: '1', link: '../f' }), 'invalid-argument'],
    [
      'a hard link to the host',
      member({ name: 'x', type: '1', link: '/etc/shadow' }),
      'invalid-argument',
    ],
    [
      'a hard link to what is not in the directory',
      member({ name: 'x', type: '1', link: 'etc/passwd' }),
      'invalid-argument',
    ],
    [
      'an attribute of overlayfs',
      Buffer.concat([pax({ 'SCHILY.xattr.trusted.overlay.opaque': 'y' }), member({ name: 'x' })]),
      'invalid-argument',
    ],
    [
      'a whiteout',
      member({ name: 'x', type: '3', major: '0000000', minor: '0000000' }),
      'invalid-argument',
    ],
    ['a root that is a file', member({ name: '.' }), 'invalid-argument'],
  ])('refuses %s, in words for archives', async (_what, bytes, code) => {
    const failure = into(usual().stopped, '/d', archive(bytes));
    await expect(failure).rejects.toMatchObject({ code });
    await expect(failure).rejects.not.toThrow('layer is refused');
  });

  test('an absolute name lies in the directory', async () => {
    const c = usual();
    await into(c.stopped, '/d', archive(member({ name: '/etc/x', body: 'in' })));
    expect(upper(c)).toMatchObject({ 'd/etc/x': 'file "in"' });
  });

  test('links that the archive makes and then writes through stay in the root', async () => {
    const c = usual();
    await into(
      c.stopped,
      '/d',
      archive(
        member({ name: 'out', type: '2', link: canary }),
        member({ name: 'rel', type: '2', link: '../../../../../../../../etc' }),
        member({ name: 'out/evil', body: 'evil' }),
        member({ name: 'rel/evil', body: 'evil' }),
        member({ name: 'out', type: '2', link: '/etc' }),
      ),
    );
    expect(readdirSync(canary)).toEqual(['file']);
    expect(existsSync('/etc/evil')).toBe(false);
    expect(upper(c)).toMatchObject({
      'etc/evil': 'file "evil"',
      [`${canary.slice(1)}/evil`]: 'file "evil"',
    });
  });

  describe('read-only', () => {
    test('a root is refused, a volume in it is not', async () => {
      const c = usual();
      mkdirSync(join(c.dir, 'volume'));
      const mounts = [mountOf({ source: join(c.dir, 'volume'), target: '/d/e' })];
      const view = { ...c.stopped, readOnly: true, mounts };
      await expect(into(view, '/d', small)).rejects.toMatchObject({
        code: 'failed-precondition',
        message: 'container rootfs is marked read-only',
      });
      await into(view, '/d/e', small);
      expect(readdirSync(join(c.dir, 'volume'))).toEqual(['x']);
      const around = archive(member({ name: '../d/x' }), member({ name: 'x' }));
      await expect(into(view, '/d/e', around)).rejects.toMatchObject({ code: 'invalid-argument' });
    });

    test('a volume is refused, also where the archive leads into it', async () => {
      const c = usual();
      mkdirSync(join(c.dir, 'volume'));
      const mount = mountOf({ source: join(c.dir, 'volume'), target: '/link/e', readOnly: true });
      const view = { ...c.stopped, mounts: [mount] };
      await expect(into(view, '/d/e', small)).rejects.toThrow('mounted volume is marked read-only');
      await expect(into(view, '/d', archive(member({ name: 'e/x' })))).rejects.toMatchObject({
        code: 'failed-precondition',
        message: expect.stringContaining('EROFS') as string,
      });
      expect(readdirSync(join(c.dir, 'volume'))).toEqual([]);
    });
  });

  test('missing places of mounts are made, and a fresh volume is filled from the image first', async () => {
    const c = usual();
    for (const name of ['volume', 'source']) mkdirSync(join(c.dir, name));
    const mounts = [
      mountOf({ source: join(c.dir, 'volume'), target: '/d', seeded: true }),
      mountOf({ source: join(c.dir, 'source'), target: '/mnt/x/y' }),
    ];
    await into({ ...c.stopped, mounts }, '/d', small);
    await into({ ...c.stopped, mounts }, '/mnt/x/y', small);
    expect(Object.fromEntries(treeOf(join(c.dir, 'volume'), bench.native))).toEqual({
      e: 'dir',
      f: 'file "1"',
      x: 'file "hello" 4755 1234:2345',
    });
    expect(readdirSync(join(c.dir, 'source'))).toEqual(['x']);
    expect(upper(c)).toEqual({ mnt: 'dir', 'mnt/x': 'dir', 'mnt/x/y': 'dir' });
  });

  test('something mounted in the way of an entry is failed-precondition', async () => {
    const c = usual();
    writeFileSync(join(c.dir, 'hosts'), 'h');
    const view = {
      ...c.stopped,
      mounts: [mountOf({ source: join(c.dir, 'hosts'), target: '/d/f' })],
    };
    await expect(into(view, '/d', archive(member({ name: 'f', body: 'x' })))).rejects.toMatchObject(
      {
        code: 'failed-precondition',
        message: expect.stringContaining('EBUSY') as string,
      },
    );
  });

  test('a full file system is resource-exhausted', async () => {
    const c = usual();
    const tmpfs = join(c.dir, 'small');
    mkdirSync(tmpfs);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=65m', 'tmpfs', tmpfs]);
    try {
      const view = { ...c.stopped, mounts: [mountOf({ source: tmpfs, target: '/d/e' })] };
      const body = Buffer.alloc(3 << 20, 'x');
      await expect(
        into(view, '/d/e', archive(member({ name: 'big', body }))),
      ).rejects.toMatchObject({
        code: 'resource-exhausted',
        message: expect.stringMatching(/^no space left for the archive: /) as string,
        facts: { errno: 'ENOSPC' },
      });
      const many = Array.from({ length: 30 }, (_, at) => member({ name: `b${at}`, body }));
      await expect(into(view, '/d', archive(...many.map((one) => one)))).resolves.toBeUndefined();
    } finally {
      execFileSync('umount', [tmpfs]);
    }
  });

  test('an abort ends it at once', async () => {
    const c = usual();
    const abort = new AbortController();
    const endless = async function* () {
      yield member({ name: 'big', size: 2 ** 32 }).subarray(0, 512);
      for (let sent = 0; ; sent++) {
        await new Promise((done) => setTimeout(done, 1));
        if (sent === 20) abort.abort(new RangeError('enough'));
        yield Buffer.alloc(65_536);
      }
    };
    const request = { path: '/d', noOverwriteDirNonDir: false };
    const work = bench.files.unpackInto(c.stopped, request, endless(), { signal: abort.signal });
    await expect(work).rejects.toThrow('enough');
  });

  test('the failure of who sends is told', async () => {
    const torn = async function* () {
      yield small.subarray(0, 100);
      await Promise.resolve();
      throw new RangeError('the line broke');
    };
    const request = { path: '/d', noOverwriteDirNonDir: false };
    const work = bench.files.unpackInto(usual().stopped, request, torn(), { signal });
    await expect(work).rejects.toThrow('line broke');
  });

  test('20,000 small files', slow, async () => {
    const c = usual();
    const one = member({ name: 'a000000', body: '' });
    const stream = async function* () {
      for (let at = 0; at < 20; at++) {
        const chunk: Buffer[] = [];
        for (let n = 0; n < 1000; n++) chunk.push(member({ name: `s${at}/n${n}` }));
        await Promise.resolve();
        yield Buffer.concat(chunk);
      }
      yield archive(one);
    };
    await bench.files.unpackInto(c.stopped, { path: '/d', noOverwriteDirNonDir: false }, stream(), {
      signal,
    });
    expect(readdirSync(join(c.upper, 'd/s19')).length).toBe(1000);
    expect(lstatSync(join(c.upper, 'd/a000000')).size).toBe(0);
    expect((await seen(c.stopped, '/d')).length).toBe(20_024);
  });

  test(
    'while the container swaps directories with links, nothing outside changes and nothing from outside is read',
    slow,
    async () => {
      const c = usual();
      const swap = [
        'mkdir -p d/s/real; echo inside > d/s/real/file',
        `(while :; do mv d/s d/t; ln -s ${canary} d/s; rm d/s; mv d/t d/s; mv d/s/real d/s/away; ln -s ../../../../../../../..${canary} d/s/real; rm d/s/real; mv d/s/away d/s/real; done) 2>/dev/null &`,
      ].join('\n');
      const { view, end } = await c.run(swap);
      const codes = new Set<string>();
      for (let round = 0; round < 40; round++) {
        const bytes = archive(
          member({ name: 'real/evil', body: 'evil' }),
          member({ name: 'evil', body: 'evil' }),
        );
        await into(view, '/d/s', bytes).catch((error: { code?: string }) =>
          codes.add(String(error.code)),
        );
        const names = await seen(view, '/d/s').catch(
          (error: { code?: string }) => (codes.add(String(error.code)), []),
        );
        expect(names.join()).not.toContain('untouched');
      }
      await end();
      expect(codes).not.toContain('internal');
      expect(readdirSync(canary)).toEqual(['file']);
      expect(readFileSync(join(canary, 'file'), 'utf8')).toBe('untouched');
    },
  );
});
