import { execFileSync } from 'node:child_process';
import { hash, randomBytes } from 'node:crypto';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPacker } from '../../pack/packer.js';
import { canMount, list, openBench } from '../testing/bench.js';
import type { BuildFilesBench } from '../testing/bench.js';

describe.runIf(canMount)('sealing a layer', () => {
  let bench: BuildFilesBench;
  beforeAll(() => void (bench = openBench()));
  afterAll(() => bench[Symbol.dispose]());

  const epochSeconds = 1_000_000;
  type Request = Parameters<BuildFilesBench['files']['seal']>[0];
  const seal = (upper: string, more: Partial<Request> = {}) =>
    bench.files.seal({ upper, lower: [], epochSeconds, stubs: [], ...more }, bench);
  const mtime = (...path: string[]) => lstatSync(join(...path)).mtimeMs / 1000;

  test('no time is later than the epoch, earlier ones stay', async () => {
    const upper = bench.folder();
    mkdirSync(join(upper, 'd'));
    writeFileSync(join(upper, 'd/young'), '12345');
    writeFileSync(join(upper, 'd/old'), '1');
    linkSync(join(upper, 'd/young'), join(upper, 'twin'));
    symlinkSync('d/old', join(upper, 'link'));
    execFileSync('mknod', [join(upper, 'gone'), 'c', '0', '0']);
    execFileSync('mkfifo', [join(upper, 'fifo')]);
    utimesSync(join(upper, 'd/old'), 5, 5);
    expect(await seal(upper)).toMatchObject({
      ...{ size: 6, entries: 7, opaqueRoot: false },
      layer: { entries: 7, size: 5632 },
    });
    for (const path of ['', 'd', 'd/young', 'link', 'gone', 'fifo', 'twin'])
      expect(mtime(upper, path)).toBe(epochSeconds);
    expect(mtime(upper, 'd/old')).toBe(5);
  });

  test.each(['none', 'gzip', 'zstd'] as const)(
    'its archive is written in the same pass, as the packer writes it: %s',
    async (compression) => {
      const upper = bench.folder();
      mkdirSync(join(upper, 'd'));
      for (let at = 0; at < 50; at++) writeFileSync(join(upper, `d/f${at}`), 'text '.repeat(at));
      writeFileSync(join(upper, 'large'), randomBytes(3_000_000));
      const plain = await seal(upper);
      const targetFile = join(bench.folder(), 'blob');
      const { layer } = await seal(upper, { blob: { compression, targetFile } });
      const packer = createPacker(bench.packing);
      const again = join(bench.folder(), 'again');
      const request = { upper, lower: [], compression, targetFile: again };
      expect(await packer.packLayer(request, bench)).toEqual(layer);
      await packer[Symbol.asyncDispose]();
      expect(layer.diffId).toBe(plain.layer.diffId);
      const bytes = readFileSync(targetFile);
      expect(bytes.equals(readFileSync(again))).toBe(true);
      expect(layer).toMatchObject({
        digest: `sha256:${hash('sha256', bytes)}`,
        size: bytes.length,
      });
      expect(lstatSync(targetFile).mode & 0o777).toBe(0o600);
    },
  );

  test('what overlayfs noted for itself is gone, what the layer means stays', async () => {
    const upper = bench.folder();
    mkdirSync(join(upper, 'd'));
    const set = (path: string, name: string) =>
      bench.native.lsetxattr(join(upper, path), name, Buffer.from('y'));
    set('d', 'trusted.overlay.opaque');
    set('d', 'trusted.overlay.impure');
    set('d', 'trusted.overlay.origin');
    set('d', 'user.mine');
    set('', 'trusted.overlay.opaque');
    expect(await seal(upper)).toMatchObject({ opaqueRoot: true });
    const names = bench.native
      .llistxattr(join(upper, 'd'))
      .map((name) => Buffer.from(name).toString());
    expect(names.sort()).toEqual(['trusted.overlay.opaque', 'user.mine']);
  });

  test('what a layer cannot hold is sealed too, and is in no archive', async () => {
    const upper = bench.folder();
    mkdirSync(join(upper, '.wh.d/e'), { recursive: true });
    for (const path of ['.wh.d/e/f', '.wh.x', '.wh.dx', 'kept'])
      writeFileSync(join(upper, path), '1');
    const { layer, ...sealed } = await seal(upper);
    expect(sealed).toMatchObject({ size: 4, entries: 6 });
    expect(layer).toMatchObject({ entries: 1, leftOut: { reserved: 3 } });
    for (const path of ['.wh.d', '.wh.d/e/f', '.wh.dx', 'kept'])
      expect(mtime(upper, path)).toBe(epochSeconds);
  });

  test('a layer over others has what differs from them when it is sealed', async () => {
    const [upper, lower] = [bench.folder(), bench.folder()];
    for (const layer of [upper, lower]) {
      writeFileSync(join(layer, 'same'), 'same');
      writeFileSync(join(layer, 'young'), 'young');
      utimesSync(join(layer, 'same'), 5, 5);
    }
    utimesSync(join(lower, 'young'), epochSeconds, epochSeconds);
    writeFileSync(join(upper, 'new'), 'new');
    const targetFile = join(bench.folder(), 'blob');
    const blob = { compression: 'none', targetFile } as const;
    expect(await seal(upper, { lower: [lower], blob })).toMatchObject({
      ...{ size: 12, entries: 3 },
      layer: { entries: 1 },
    });
    expect(readFileSync(targetFile).toString('latin1', 0, 4)).toBe('new\0');
  });

  test('empty stubs that nothing below has are gone', async () => {
    const [upper, lower, hidden] = [bench.folder(), bench.folder(), bench.folder()];
    for (const path of ['a/b/c', 'below', 'full', 'hidden', 'hiding/x'])
      mkdirSync(join(upper, path), { recursive: true });
    mkdirSync(join(lower, 'below'));
    mkdirSync(join(hidden, 'hidden'));
    mkdirSync(join(hidden, 'hiding/x'), { recursive: true });
    execFileSync('mknod', [join(lower, 'hidden'), 'c', '0', '0']);
    bench.native.lsetxattr(join(upper, 'hiding'), 'trusted.overlay.opaque', Buffer.from('y'));
    writeFileSync(join(upper, 'full/f'), '');
    writeFileSync(join(upper, 'empty'), '');
    writeFileSync(join(upper, 'said'), 'x');
    utimesSync(join(upper, 'a'), 7, 7);
    const stubs = ['/a/b', '/a/b/c', '/below', '/full', '/hidden', '/hiding/x', '/empty', '/said'];
    await seal(upper, { lower: [lower, hidden], stubs });
    expect(Object.keys(list(upper))).toEqual(['a', 'below', 'full', 'full/f', 'hiding', 'said']);
    expect(mtime(upper, 'a')).toBe(7);
  });

  test('a stub whose parent became a link is not followed (B-07)', async () => {
    const [upper, canary] = [bench.folder(), bench.folder()];
    mkdirSync(join(canary, 'stub'));
    writeFileSync(join(canary, 'file'), '');
    const before = lstatSync(canary);
    symlinkSync(canary, join(upper, 'a'));
    symlinkSync('../'.repeat(20) + canary, join(upper, 'b'));
    const stubs = ['/a/stub', '/b/stub', '/a/file', '/../a/stub', `/..${canary}/stub`];
    await seal(upper, { stubs });
    expect(readdirSync(canary)).toEqual(['file', 'stub']);
    expect(lstatSync(canary).ctimeMs).toBe(before.ctimeMs);
    expect(existsSync(join(canary, 'file'))).toBe(true);
    expect(mtime(upper, 'a')).toBe(epochSeconds);
    expect(mtime(canary, 'file')).not.toBe(epochSeconds);
  });
});
