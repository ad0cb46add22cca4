import { hostileLayers } from '@wharf/testing';
import { archive, member } from '@wharf/testing/tar';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canMount, list, openBench } from './testing/bench.js';
import type { BuildFilesBench } from './testing/bench.js';

describe.runIf(canMount)('ADD of an archive', () => {
  let bench: BuildFilesBench;
  let canary: string;
  beforeAll(() => {
    bench = openBench();
    canary = join(bench.dir, 'canary');
    mkdirSync(canary);
    writeFileSync(join(canary, 'file'), 'untouched');
  });
  afterAll(() => bench[Symbol.dispose]());

  const tar = () => {
    const dir = bench.folder();
    mkdirSync(join(dir, 'd'));
    writeFileSync(join(dir, 'd/f'), 'f');
    const owner = ['--owner=3', '--group=4'];
    return execFileSync('tar', ['-C', dir, ...owner, '--mode=0640', '-cf', '-', 'd/f']);
  };
  const add = (content: Buffer, more: object = {}) =>
    bench.copy([bench.treeItem({ a: content }, '/a', { unpack: true })], '/x', more);
  const unpacked = { x: '755 0:0 /', 'x/d': '755 0:0 /', 'x/d/f': '640 3:4 f' };

  test.each([
    ['plain', (bytes: Buffer) => bytes],
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['zstd', (bytes: Buffer) => zstdCompressSync(bytes)],
    ['xz', (bytes: Buffer) => execFileSync('xz', ['-c'], { input: bytes })],
    ['bzip2', (bytes: Buffer) => execFileSync('bzip2', ['-c'], { input: bytes })],
  ])('it is unpacked when it is %s, whatever it is called', async (_, compress) => {
    expect(list(await add(compress(tar())))).toEqual(unpacked);
  });

  test('an owner is that of all members', async () => {
    expect(list(await add(tar(), { owner: '5:6' }))).toEqual({
      x: '755 5:6 /',
      'x/d': '755 0:0 /',
      'x/d/f': '640 5:6 f',
    });
  });

  test.each([
    ['text', Buffer.from('hello')],
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(10_240)],
    ['compressed text', gzipSync('hello '.repeat(200))],
    ['xz of text', execFileSync('xz', ['-c'], { input: 'hello '.repeat(200) })],
    ['broken gzip', gzipSync('x'.repeat(1000)).subarray(0, 15)],
  ])('%s is copied', async (_, content) => {
    const upper = await add(content);
    expect(readFileSync(join(upper, 'x')).equals(content)).toBe(true);
  });

  test('a directory stays one, links on the way stay inside (B-03)', async () => {
    const lower = bench.folder();
    mkdirSync(join(lower, 'real'));
    symlinkSync('/real', join(lower, 'x'));
    symlinkSync(`${'../'.repeat(20)}${canary}`, join(lower, 'real/d'));
    const before = statSync(canary).ctimeMs;
    const upper = await add(tar(), { place: bench.place(lower) });
    expect(list(upper)).toMatchObject({ [`${canary.slice(1)}/f`]: '640 3:4 f' });
    expect(statSync(canary).ctimeMs).toBe(before);
  });

  test('a bomb is refused (B-04)', async () => {
    const bomb = zstdCompressSync(archive(member({ name: 'zeros', body: Buffer.alloc(96 << 20) })));
    await expect(add(bomb)).rejects.toMatchObject({ code: 'resource-exhausted' });
  });

  const state = () => {
    const { mtimeMs, ctimeMs, ino, mode } = statSync(join(canary, 'file'));
    return {
      mtimeMs,
      ctimeMs,
      ino,
      mode,
      outer: statSync(canary).ctimeMs,
      names: readdirSync(canary),
    };
  };

  for (const [group, rows] of Object.entries(hostileLayers)) {
    const plain = rows.filter(({ compression, limits }) => !compression && !limits);
    test.each(plain)(`${group}: $title (B-04)`, async (row) => {
      const before = state();
      const verdict = row.elsewhere?.plain ?? row.elsewhere?.sniffed ?? row.refused ?? 'taken';
      const outcome = await add(row.layer(canary)).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).not.toMatchObject({ code: 'internal' });
      if (verdict === 'taken') expect(outcome).toBeTypeOf('string');
      expect(state()).toEqual(before);
    });
  }
});
