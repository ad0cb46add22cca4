import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTar, type TarMember } from '@wharf/linux/tar';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { collect } from '../testing/stream.js';
import { packCopy } from './pack.js';
import { unpackCopy, type UnpackTarget } from './unpack.js';

const root = mkdtempSync(join(tmpdir(), 'wharf-files-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const here = join(root, 'here');
const outside = join(root, 'outside');
const signal = new AbortController().signal;

beforeEach(() => {
  for (const directory of [here, outside]) {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory);
  }
  writeFileSync(join(outside, 'canary'), 'sings');
});

let skipped: string[] = [];

async function unpack(members: readonly TarMember[], target: Partial<UnpackTarget> = {}) {
  skipped = [];
  const archive = writeTar(members, { signal });
  const place = { directory: here, name: undefined, ...target };
  await unpackCopy(archive, place, {
    signal,
    skipped: (path, what) => skipped.push(`${path} ${what}`),
  });
}

const dir = (path: string, mode = 0o755): TarMember => ({ path, type: 'directory', mode });
const file = (path: string, text: string, mode = 0o644): TarMember => ({
  path,
  type: 'file',
  mode,
  body: Buffer.from(text),
});
const symlink = (path: string, link: string): TarMember => ({
  path,
  type: 'symlink',
  mode: 0o777,
  link,
});
const read = (path: string) => readFileSync(join(here, path), 'utf8');

describe('a copy from a container', () => {
  test('gets the name that was asked for, or fills a directory', async () => {
    await unpack([dir('etc'), file('etc/a', '1'), dir('etc/d', 0o500), file('etc/d/b', '2')], {
      name: 'new',
    });
    expect([read('new/a'), read('new/d/b')]).toEqual(['1', '2']);
    expect(statSync(join(here, 'new/d')).mode & 0o7777).toBe(0o500);
    await unpack([dir('etc'), file('etc/a', '3')], { directory: join(here, 'new') });
    expect(read('new/a')).toBe('3');
    await unpack([dir('./'), file('./c', '4')], { directory: join(here, 'new') });
    expect(read('new/c')).toBe('4');
    await unpack([file('x', 'new')], { name: 'y' });
    expect(read('y')).toBe('new');
  });

  test('keeps modes and times, but gives nobody more rights', async () => {
    const mtime = { sec: 1_000_000_000n, nsec: 500_000_000 };
    await unpack([{ ...file('su', 'x', 0o6755), mtime }], { name: 'su' });
    const { mode, mtimeMs } = statSync(join(here, 'su'));
    expect([mode & 0o7777, mtimeMs]).toEqual([0o755, 1_000_000_000_500]);
    await unpack([{ ...file('old', 'x'), mtime: { sec: -2n, nsec: 500_000_000 } }], {
      name: 'old',
    });
    expect(statSync(join(here, 'old')).mtimeMs).toBe(-1500);
  });

  test('links stay links, hard ones too; devices are left out', async () => {
    await unpack(
      [
        dir('d'),
        file('d/a', '1'),
        { path: 'd/h', type: 'hardlink', mode: 0o644, link: 'd/a' },
        symlink('d/l', '/etc/passwd'),
        { path: 'd/null', type: 'character', mode: 0o666, major: 1, minor: 3 },
      ],
      { name: 'd' },
    );
    expect(lstatSync(join(here, 'd/h')).ino).toBe(lstatSync(join(here, 'd/a')).ino);
    expect(readlinkSync(join(here, 'd/l'))).toBe('/etc/passwd');
    expect(skipped).toEqual(['d/null character']);
    expect(existsSync(join(here, 'd/null'))).toBe(false);
  });

  test('names are bytes', async () => {
    const path = Buffer.concat([Buffer.from('d/'), Buffer.from([0xff, 0xfe])]);
    await unpack([dir('d'), { ...file('', 'x'), path }], { name: 'd' });
    expect(readdirSync(join(here, 'd'), { encoding: 'buffer' })).toEqual([
      Buffer.from([0xff, 0xfe]),
    ]);
  });

  test.each<[string, TarMember[]]>([
    ['dots', [dir('d'), file('d/../../outside/canary', 'x')]],
    ['dots at the start', [file('../outside/canary', 'x')]],
    ['a link of the archive', [dir('d'), symlink('d/l', '../../outside'), file('d/l/canary', 'x')]],
    ['an absolute link', [dir('d'), symlink('d/l', outside), file('d/l/canary', 'x')]],
    ['the root as a link', [symlink('d', outside), file('d/canary', 'x')]],
    [
      'a directory over a link',
      [dir('d'), symlink('d/l', outside), dir('d/l'), file('d/l/canary', 'x')],
    ],
    [
      'a hard link',
      [dir('d'), { path: 'd/h', type: 'hardlink', mode: 0o644, link: '../outside/canary' }],
    ],
    [
      'a hard link through a link',
      [
        dir('d'),
        symlink('d/l', outside),
        { path: 'd/h', type: 'hardlink', mode: 0o644, link: 'd/l/canary' },
      ],
    ],
    ['another name', [dir('d'), file('e/x', 'x')]],
    ['two levels at once', [file('d/x', 'x')]],
  ])('cannot leave the target by %s', async (_what, members) => {
    for (const name of ['copy', undefined]) {
      await expect(unpack(members, { name })).rejects.toThrow(/archive|directory|overwrite/);
    }
    expect(readFileSync(join(outside, 'canary'), 'utf8')).toBe('sings');
    expect(readdirSync(outside)).toEqual(['canary']);
    expect(existsSync(join(here, '..', 'x'))).toBe(false);
  });

  test('a link that was there before is replaced and not written through', async () => {
    symlinkSync(join(outside, 'canary'), join(here, 'a'));
    symlinkSync(outside, join(here, 'sub'));
    await unpack([dir('d'), file('d/a', 'mine')]);
    expect(lstatSync(join(here, 'a')).isFile()).toBe(true);
    await expect(unpack([dir('d'), file('d/sub/canary', 'x')])).rejects.toThrow('is no directory');
    expect(readFileSync(join(outside, 'canary'), 'utf8')).toBe('sings');
  });

  test('a file does not take the place of a directory, nor the reverse', async () => {
    mkdirSync(join(here, 'a'));
    writeFileSync(join(here, 'b'), '');
    await expect(unpack([dir('d'), file('d/a', 'x')])).rejects.toThrow(
      'cannot overwrite directory',
    );
    await expect(unpack([dir('d'), dir('d/b')])).rejects.toThrow('cannot overwrite non-directory');
  });

  test('one that breaks off leaves no half file', async () => {
    const whole = await collect(writeTar([file('big', 'x'.repeat(10_000))], { signal }));
    const half = (async function* () {
      yield await Promise.resolve(Buffer.concat(whole).subarray(0, 5_000));
    })();
    const options = { signal, skipped: () => undefined };
    await expect(unpackCopy(half, { directory: here, name: 'big' }, options)).rejects.toThrow(
      'truncated',
    );
    expect(readdirSync(here)).toEqual([]);
  });

  test('a failure of the system names the file', async () => {
    const long = 'n'.repeat(300);
    await expect(unpack([dir('d'), file(`d/${long}`, 'x')])).rejects.toThrow(
      `d/${long}: ENAMETOOLONG`,
    );
  });
});

describe('a copy into a container', () => {
  const pack = async (path: string, name: string | undefined, followLink = false) => {
    const source = { path, name, followLink };
    const parts = packCopy(source, {
      signal,
      skipped: (one, what) => skipped.push(`${one} ${what}`),
    });
    return Buffer.concat(await collect(parts));
  };
  const list = (archive: Buffer) =>
    execFileSync('tar', ['-tf', '-'], { input: archive }).toString().trim().split('\n');

  test('is sorted, each directory before what is in it', async () => {
    mkdirSync(join(here, 'd/sub'), { recursive: true });
    for (const name of ['d/b', 'd/a', 'd/sub/c']) writeFileSync(join(here, name), name);
    linkSync(join(here, 'd/a'), join(here, 'd/z'));
    symlinkSync('/nowhere', join(here, 'd/l'));
    const names = ['x/', 'x/a', 'x/b', 'x/l', 'x/sub/', 'x/sub/c', 'x/z'];
    expect(list(await pack(join(here, 'd'), 'x'))).toEqual(names);
    expect(list(await pack(join(here, 'd'), undefined))).toEqual([
      'a',
      'b',
      'l',
      'sub/',
      'sub/c',
      'z',
    ]);
  });

  test('a link is a link, or what it names', async () => {
    writeFileSync(join(here, 'file'), 'text');
    symlinkSync('file', join(here, 'link'));
    const verbose = (archive: Buffer) =>
      execFileSync('tar', ['-tvf', '-'], { input: archive }).toString().slice(0, 1);
    expect(verbose(await pack(join(here, 'link'), 'n'))).toBe('l');
    expect(verbose(await pack(join(here, 'link'), 'n', true))).toBe('-');
  });

  test('GNU tar finds everything as it was', async () => {
    mkdirSync(join(here, 'd'));
    writeFileSync(join(here, 'd/f'), Buffer.alloc(700_001, 7));
    chmodSync(join(here, 'd/f'), 0o4711);
    utimesSync(join(here, 'd/f'), 1, new Date(-1500));
    execFileSync('mkfifo', [join(here, 'd/pipe')]);
    const to = join(root, 'out');
    mkdirSync(to);
    const input = await pack(join(here, 'd'), 'd');
    execFileSync('tar', ['-xpf', '-', '-C', to], { input });
    const found = statSync(join(to, 'd/f'));
    expect([found.mode & 0o7777, found.mtimeMs, found.size]).toEqual([0o4711, -2000, 700_001]);
    expect(statSync(join(to, 'd/pipe')).isFIFO()).toBe(true);
    rmSync(to, { recursive: true });
  });

  test('what is packed and unpacked is the same', async () => {
    const names = fc.stringMatching(/^[a-zà]{1,12}$/);
    const trees = fc.dictionary(names, fc.uint8Array({ maxLength: 3000 }), { maxKeys: 8 });
    await fc.assert(
      fc.asyncProperty(trees, async (tree) => {
        const from = mkdtempSync(join(root, 'from-'));
        for (const [name, bytes] of Object.entries(tree)) writeFileSync(join(from, name), bytes);
        const to = mkdtempSync(join(root, 'to-'));
        const options = { signal, skipped: () => undefined };
        const archive = packCopy({ path: from, followLink: false, name: 'x' }, options);
        await unpackCopy(archive, { directory: to, name: 'y' }, options);
        const copied = readdirSync(join(to, 'y')).map((name) => [
          name,
          new Uint8Array(readFileSync(join(to, 'y', name))),
        ]);
        expect(Object.fromEntries(copied)).toEqual({ ...tree });
        rmSync(from, { recursive: true });
        rmSync(to, { recursive: true });
      }),
      { numRuns: 30 },
    );
  });
});
