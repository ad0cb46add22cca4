import { hash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canMount, list, openBench } from './testing/bench.js';
import type { BuildFilesBench, Files } from './testing/bench.js';

describe.runIf(canMount)('copying from a tree', () => {
  let bench: BuildFilesBench;
  beforeAll(() => void (bench = openBench()));
  afterAll(() => bench[Symbol.dispose]());

  const context: Files = {
    'a.txt': 'a',
    'b.txt': [0o4755, 'b'],
    d: [0o700, { 'f.md': 'f', 'g.txt': 'g', e: { h: 'h' } }],
    link: '-> d',
    'to-a': '-> a.txt',
  };

  test('the content of a directory', async () => {
    const upper = await bench.copy([bench.treeItem(context)], '/x/y');
    expect(list(upper)).toEqual({
      x: '755 0:0 /',
      'x/y': '755 0:0 /',
      'x/y/a.txt': '644 0:0 a',
      'x/y/b.txt': '4755 0:0 b',
      'x/y/d': '700 0:0 /',
      'x/y/d/e': '755 0:0 /',
      'x/y/d/e/h': '644 0:0 h',
      'x/y/d/f.md': '644 0:0 f',
      'x/y/d/g.txt': '644 0:0 g',
      'x/y/link': '-> d',
      'x/y/to-a': '-> a.txt',
    });
    for (const path of ['x/y', 'x/y/a.txt', 'x/y/d', 'x/y/d/e/h', 'x/y/link'])
      expect(lstatSync(join(upper, path)).mtimeMs).toBe(946684800000);
  });

  test.each([
    ['a file to a name', '/a.txt', '/n', { n: '644 0:0 a' }],
    ['a file into a directory', '/a.txt', '/n/', { n: '755 0:0 /', 'n/a.txt': '644 0:0 a' }],
    ['a link is followed', '/to-a', '/n', { n: '644 0:0 a' }],
    ['a link to a directory is one', '/link/e', '/n', { n: '755 0:0 /', 'n/h': '644 0:0 h' }],
    [
      'wildcards',
      '/*.txt',
      '/n/',
      { n: '755 0:0 /', 'n/a.txt': '644 0:0 a', 'n/b.txt': '4755 0:0 b' },
    ],
    ['wildcards in the middle', '/*/e/?', '/n/', { n: '755 0:0 /', 'n/h': '644 0:0 h' }],
    ['a class', '/[^b-z]*.txt', '/n', { n: '644 0:0 a' }],
  ])('%s', async (_, path, destination, expected) => {
    const upper = await bench.copy([bench.treeItem(context, path)], destination);
    expect(list(upper)).toEqual(expected);
  });

  test('a path that nothing has is not-found', async () => {
    await expect(bench.copy([bench.treeItem(context, '/none')], '/')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('"/none": not found') as string,
    });
  });

  test('excludes, parents, owner and mode', async () => {
    const exclude = ['**/*.txt', '!**/g.txt'];
    expect(list(await bench.copy([bench.treeItem(context)], '/', { exclude }))).toEqual({
      d: '700 0:0 /',
      'd/e': '755 0:0 /',
      'd/e/h': '644 0:0 h',
      'd/f.md': '644 0:0 f',
      'd/g.txt': '644 0:0 g',
      link: '-> d',
      'to-a': '-> a.txt',
    });
    const item = bench.treeItem(context, '/d/**/h', { keep: 'd/**/h' });
    expect(list(await bench.copy([item], '/x', { owner: '7:8' }))).toEqual({
      x: '755 7:8 /',
      'x/d': '700 7:8 /',
      'x/d/e': '755 7:8 /',
      'x/d/e/h': '644 7:8 h',
    });
    const mode = { kind: 'changes', changes: 'u=rwX,go=rX' } as const;
    expect(
      list(await bench.copy([bench.treeItem(context, '/d')], '/', { owner: '7', mode })),
    ).toEqual({
      e: '755 7:7 /',
      'e/h': '644 7:7 h',
      'f.md': '644 7:7 f',
      'g.txt': '644 7:7 g',
    });
  });

  test('onto a stack: links in the destination stay inside, only what is new is in the layer', async () => {
    const lower = bench.folder();
    mkdirSync(join(lower, 'etc'));
    mkdirSync(join(lower, 'real'));
    symlinkSync('/real', join(lower, 'link'));
    symlinkSync('../../../../../../tmp', join(lower, 'out'));
    symlinkSync('/real/new', join(lower, 'dangling'));
    writeFileSync(join(lower, 'real/a.txt'), 'old');
    writeFileSync(join(lower, 'etc/passwd'), 'me:x:5:6::/:/bin/sh\n');
    writeFileSync(join(lower, 'etc/group'), 'us:x:9:\n');
    const copy = (path: string, destination: string, owner = '') =>
      bench.copy([bench.treeItem(context, path)], destination, {
        place: bench.place(lower),
        owner,
      });
    expect(list(await copy('/a.txt', '/link'))).toEqual({
      real: '755 0:0 /',
      'real/a.txt': '644 0:0 a',
    });
    expect(list(await copy('/a.txt', '/out/f', 'me'))).toEqual({
      tmp: '755 5:6 /',
      'tmp/f': '644 5:6 a',
    });
    expect(list(await copy('/a.txt', '/dangling', 'me:us'))).toEqual({
      real: '755 0:0 /',
      'real/new': '644 5:9 a',
    });
    await expect(copy('/a.txt', '/x', 'you')).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(copy('/d', '/etc/passwd')).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('cannot copy to non-directory') as string,
    });
    await expect(copy('/a.txt', '/etc/passwd/')).rejects.toMatchObject({
      code: 'invalid-argument',
    });
  });

  test('a pattern may match nothing', async () => {
    expect(list(await bench.copy([bench.treeItem(context, '/none*')], '/x/'))).toEqual({});
  });

  test('a pattern may match nothing beside another source', async () => {
    const items = [bench.treeItem(context, '/none*'), bench.treeItem(context, '/a.txt')];
    expect(list(await bench.copy(items, '/x/'))).toEqual({
      x: '755 0:0 /',
      'x/a.txt': '644 0:0 a',
    });
  });

  test('a pivot cuts what --parents keeps', async () => {
    const item = bench.treeItem(context, '/d/e/h', { keep: 'e/h' });
    expect(list(await bench.copy([item], '/x/'))).toEqual({
      x: '755 0:0 /',
      'x/e': '755 0:0 /',
      'x/e/h': '644 0:0 h',
    });
    const all = bench.treeItem(context, '/d', { keep: 'd' });
    expect(Object.keys(list(await bench.copy([all], '/', { exclude: ['d/e', '*.txt'] })))).toEqual([
      'd',
      'd/f.md',
      'd/g.txt',
    ]);
  });

  test('a place can be used again', async () => {
    const place = bench.place(bench.folder());
    await bench.copy([bench.treeItem(context, '/a.txt')], '/', { place });
    await bench.copy([bench.treeItem(context, '/b.txt')], '/', { place });
    expect(Object.keys(list(place.upper))).toEqual(['a.txt', 'b.txt']);
  });

  test('a tree that is not whole is data-loss', async () => {
    const item = bench.treeItem({ f: 'lost' }, '/f');
    const hex = hash('sha256', 'lost');
    rmSync(join(bench.treesRoot, hex.slice(0, 2), hex.slice(2)));
    await expect(bench.copy([item], '/')).rejects.toMatchObject({ code: 'data-loss' });
    const none = { ...item, source: { kind: 'tree', digest: `sha256:${'0'.repeat(64)}` } } as const;
    await expect(bench.copy([none], '/')).rejects.toMatchObject({ code: 'data-loss' });
  });

  test('a digest is that of the content, whatever is left out', async () => {
    const digest = async (files: Files, path = '/', exclude: readonly string[] = []) =>
      await bench.files.digest({ items: [bench.treeItem(files, path)], exclude }, bench);
    const facts = await digest(context);
    expect(facts.entries.map(({ path }) => path)).toEqual([
      '/a.txt',
      '/b.txt',
      '/d',
      '/d/e',
      '/d/e/h',
      '/d/f.md',
      '/d/g.txt',
      '/link',
      '/to-a',
    ]);
    expect((await digest({ ...context, 'a.txt': 'b' })).digest).not.toBe(facts.digest);
    expect((await digest({ ...context, 'a.txt': 'b' }, '/', ['a.txt'])).digest).toBe(
      (await digest(context, '/', ['a.txt'])).digest,
    );
    await expect(digest(context, '/none')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a digest of a tree that was made before is not made again', async () => {
    const request = { items: [bench.treeItem({ f: 'asked twice' }, '/f')], exclude: [] };
    const facts = await bench.files.digest(request, bench);
    const hex = (request.items[0]?.source as { digest: string }).digest.slice('sha256:'.length);
    rmSync(join(bench.treesRoot, hex.slice(0, 2), hex.slice(2)));
    expect(await bench.files.digest(request, bench)).toEqual(facts);
    const other = { ...request, exclude: ['g'] };
    await expect(bench.files.digest(other, bench)).rejects.toMatchObject({ code: 'data-loss' });
  });

  test('a digest of a stack is made each time', async () => {
    const lower = bench.folder();
    const request = { items: [bench.stackItem([lower], '/f')], exclude: [] };
    writeFileSync(join(lower, 'f'), 'one');
    const { digest } = await bench.files.digest(request, bench);
    writeFileSync(join(lower, 'f'), 'two');
    expect((await bench.files.digest(request, bench)).digest).not.toBe(digest);
  });

  test('of a directory of very many entries those that are directly in it are told', async () => {
    const many = Object.fromEntries(Array.from({ length: 20_001 }, (_, i) => [`f${i}`, 'same']));
    const facts = await bench.files.digest(
      { items: [bench.treeItem({ d: { many, more: many } }, '/d')], exclude: [] },
      bench,
    );
    expect(facts.entries.map(({ path }) => path)).toEqual(['/d/many', '/d/more']);
  });

  test('nothing stays mounted, no descriptor stays open, however a copy ended', async () => {
    const tree: Files = { big: Buffer.alloc(64 << 20), f: 'f' };
    // Threads have descriptors of their own, which are no files.
    const open = () =>
      readdirSync('/proc/self/fd')
        .map((fd) => {
          try {
            return readlinkSync(`/proc/self/fd/${fd}`);
          } catch {
            return '';
          }
        })
        .filter((path) => path.startsWith('/') && !path.startsWith('/proc')).length;
    const lower = [bench.folder(), bench.folder()];
    await bench.copy([bench.treeItem(context, '/a.txt')], '/', { place: bench.place(...lower) });
    const before = open();
    for (let at = 0; at < 6; at++) {
      const abort = new AbortController();
      const request = { place: bench.place(...lower), items: [bench.treeItem(tree)] };
      const done = bench.files.copy(
        { ...request, destination: '/', owner: '', exclude: [] },
        abort,
      );
      setTimeout(() => abort.abort(new RangeError('enough')), 15 * at);
      await done.catch((error: unknown) => expect(error).toBeInstanceOf(RangeError));
    }
    expect(open()).toBe(before);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(bench.dir);
  });

  test('10,000 files are one copy', { timeout: 60_000 }, async () => {
    const files = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [
        `d${i}`,
        Object.fromEntries(
          Array.from({ length: 100 }, (__, j) => [`f${j}`, `${i} ${j}`.repeat(100)]),
        ),
      ]),
    );
    const item = bench.treeItem(files);
    await bench.copy([item], '/x', { place: bench.place(bench.folder()) });
    const facts = await bench.files.digest({ items: [item], exclude: [] }, bench);
    expect(facts.entries).toHaveLength(10_100);
  });
});
