import { mkdir, open, readdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { leaks, run, startDaemon, startFakeRegistry, type TestDaemon } from '@wharf/testing';
import { busyboxLayer } from '../support/images.js';
import { noise } from '../support/noise.js';
import { file, tar } from '../support/tar.js';
import { contentOf, nothing } from './stored.js';

const registry = await startFakeRegistry();
afterAll(() => registry[Symbol.asyncDispose]());
const mebibyte = 1 << 20;
registry.store.putImage('large', '1', {
  layers: [
    busyboxLayer(),
    ...['x', 'y', 'z'].map((name) => tar(file(name, noise(name, 16 * mebibyte)))),
  ],
  architecture: arch() === 'x64' ? 'amd64' : arch(),
  config: { Cmd: ['wc', '-c', '/x', '/y', '/z'] },
});
const ref = `${registry.host}/large:1`;
const within = { timeout: 20_000 };

async function must(command: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await run(command, args);
  expect(`${code} ${stderr}`, `${command} ${args.join(' ')}`).toMatch(/^0 /);
}

const fileSystems = {
  'a tmpfs': (_: string, at: string) =>
    must('mount', '-t', 'tmpfs', '-o', 'size=256m', 'small', at),
  'an ext4': async (root: string, at: string) => {
    const disk = join(root, 'disk');
    await must('truncate', '-s', '256M', disk);
    await must('mkfs.ext4', '-q', '-m', '0', disk);
    await must('mount', '-o', 'loop', disk, at);
  },
};

/** A small file system to be the data root of a daemon, which is stopped. */
async function cramp(daemon: TestDaemon, kind: keyof typeof fileSystems): Promise<string> {
  await daemon.stop();
  const small = join(daemon.root, 'small');
  await mkdir(small);
  await fileSystems[kind](daemon.root, small);
  return small;
}

async function free(small: string): Promise<number> {
  const { bavail, bsize } = await statfs(small);
  return bavail * bsize;
}

/** To the last byte, whatever the file system keeps for itself. */
async function fillUp(small: string): Promise<void> {
  const file = await open(join(small, 'filler'), 'w');
  try {
    for (let piece = Buffer.alloc(mebibyte, 1); piece.length > 0;) {
      const { bytesWritten } = await file.write(piece).catch(() => ({ bytesWritten: 0 }));
      if (bytesWritten < piece.length) piece = piece.subarray(0, piece.length >> 1);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function fill(small: string, leaving: number): Promise<string> {
  const path = join(small, 'filler');
  await writeFile(path, Buffer.alloc((await free(small)) - leaving, 1), { flush: true });
  return path;
}

test.each([
  ['a tmpfs', 'the download', 24],
  ['a tmpfs', 'the unpacking', 72],
  ['an ext4', 'the download', 24],
  ['an ext4', 'the unpacking', 72],
] as const)(
  'a pull for which %s has too little room, in %s, leaves nothing and names it',
  async (kind, _, room) => {
    await using daemon = await startDaemon({ flags: ['--insecure-registry', registry.host] });
    const small = await cramp(daemon, kind);
    const stored = () => contentOf({ dataRoot: small });
    try {
      await daemon.start(['--data-root', small]);
      const filler = await fill(small, room * mebibyte);
      const before = await free(small);
      const { code, stderr } = await daemon.wharf(['pull', ref], { timeout: 40_000 });
      expect(code).toBe(1);
      expect(stderr).toContain('no space left');
      expect(stderr).toContain(`the file system at ${small} `);
      expect((await daemon.wharf(['images', '-aq'])).stdout).toBe('');
      await expect.poll(stored, within).toEqual(nothing);
      await expect.poll(() => free(small), within).toBeGreaterThan(before - mebibyte);
      expect(await daemon.wharf(['pull', ref], { timeout: 40_000 })).toMatchObject({ code: 1 });

      await rm(filler);
      expect(await daemon.wharf(['pull', ref], { timeout: 40_000 })).toMatchObject({ code: 0 });
      const { stdout } = await daemon.wharf(['run', '--rm', '--network', 'none', ref]);
      expect(stdout).toContain(`${48 * mebibyte} total`);
      expect(await daemon.wharf(['rmi', ref])).toMatchObject({ code: 0 });
      expect(await stored()).toEqual(nothing);
      expect(await readdir(join(small, 'containers'))).toEqual([]);
      await daemon.stop();
    } finally {
      await daemon.kill9();
      await must('umount', small);
    }
    await leaks(daemon.scope);
  },
);

test.each(['a tmpfs', 'an ext4'] as const)(
  'what is on %s that is full to the last byte can be removed, by a daemon that found it so too',
  async (kind) => {
    await using daemon = await startDaemon({ flags: ['--insecure-registry', registry.host] });
    const small = await cramp(daemon, kind);
    const ballast = () =>
      stat(join(small, 'ballast')).then(
        ({ size }) => size,
        () => 0,
      );
    const must0 = async (...args: readonly string[]): Promise<void> => {
      const { code, stderr } = await daemon.wharf(args, { timeout: 40_000 });
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) as string });
    };
    try {
      await daemon.start(['--data-root', small]);
      await must0('pull', ref);
      await must0('tag', ref, 'other:1');
      await must0('create', '--network', 'none', '--name', 'one', ref);
      await expect.poll(ballast, within).toBe(4 * mebibyte);
      // The log of the database begins anew: it has no pages of its own to go on with.
      await daemon.stop();
      await daemon.start(['--data-root', small]);
      await fillUp(small);
      expect(await free(small)).toBeLessThan(64 << 10);
      expect((await daemon.wharf(['tag', ref, 'more:1'])).code).toBe(1);
      await must0('rmi', 'other:1');
      await must0('rm', 'one');
      await must0('rmi', ref);
      expect(await contentOf({ dataRoot: small })).toEqual(nothing);
      await expect.poll(ballast, within).toBe(4 * mebibyte);

      await rm(join(small, 'filler'));
      await must0('pull', ref);
      await fillUp(small);
      await daemon.kill9();
      await daemon.start(['--data-root', small]);
      await must0('rmi', ref);
      await daemon.stop();
    } finally {
      await daemon.kill9();
      await must('umount', small);
    }
    await leaks(daemon.scope);
  },
);

test.each(['a tmpfs', 'an ext4'] as const)(
  'load and import for which %s has too little room leave nothing and name it',
  async (kind) => {
    await using daemon = await startDaemon({ flags: ['--insecure-registry', registry.host] });
    const archive = join(daemon.root, 'archive.tar');
    expect(await daemon.wharf(['pull', ref], { timeout: 40_000 })).toMatchObject({ code: 0 });
    expect(await daemon.wharf(['save', '-o', archive, ref])).toMatchObject({ code: 0 });
    const small = await cramp(daemon, kind);
    const stored = () => contentOf({ dataRoot: small });
    try {
      await daemon.start(['--data-root', small]);
      await expect.poll(() => readdir(small), within).toContain('ballast');
      await fill(small, 24 * mebibyte);
      const before = await free(small);
      for (const args of [
        ['load', '-i', archive],
        ['import', archive, 'x:1'],
      ]) {
        const { code, stderr } = await daemon.wharf(args, { timeout: 40_000 });
        expect(code).toBe(1);
        expect(stderr).toContain(`no space left on the file system at ${small} `);
        expect(await stored()).toEqual(nothing);
        expect(await free(small)).toBeGreaterThan(before - mebibyte);
      }
      await rm(join(small, 'filler'));
      expect(await daemon.wharf(['load', '-i', archive])).toMatchObject({ code: 0 });
      await daemon.stop();
    } finally {
      await daemon.kill9();
      await must('umount', small);
    }
    await leaks(daemon.scope);
  },
);
