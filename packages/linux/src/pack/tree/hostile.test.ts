import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addon } from '../../../native/fixture.js';
import { collect } from '../../tar/testing/collect.js';
import type { Bench } from '../../unpack/testing/jail.js';
import { canJail, openBench } from '../../unpack/testing/jail.js';
import { packTree } from './pack-tree.js';
import type { PackTreeOptions } from './pack-tree.js';

describe.runIf(canJail)('a tree that changes while it is packed', () => {
  let bench: Bench;
  beforeAll(() => void (bench = openBench()));
  afterAll(() => bench[Symbol.dispose]());

  const pack = (
    root: string,
    options: Partial<PackTreeOptions> = {},
    during: (bytes: number) => void = () => {},
  ) => {
    const rootFd = openSync(root, 'r');
    const chunks: Buffer[] = [];
    try {
      const sink = (chunk: Buffer) => {
        chunks.push(Buffer.from(chunk));
        during(chunks.length);
      };
      const result = packTree(sink, { native: bench.native, rootFd, ...options });
      const entries = collect(Buffer.concat(chunks));
      return { entries, names: entries.map(({ entry }) => String(entry.path)), result };
    } finally {
      closeSync(rootFd);
    }
  };
  /** Does something once, when the walk is about to look at a name. */
  const before = (name: string, act: () => void): Partial<PackTreeOptions> => {
    let done = false;
    const include = (path: string) => {
      if (path === name && !done) {
        done = true;
        act();
      }
      return true;
    };
    return { include };
  };

  test('a file that shrinks is filled up with zeros, one that grows is cut', () => {
    const root = bench.target();
    for (const name of ['a', 'b']) writeFileSync(join(root, name), Buffer.alloc(3 << 20, name));
    const { entries, result } = pack(root, {}, (chunk) => {
      if (chunk === 1) truncateSync(join(root, 'a'), 2 << 20);
      if (chunk === 4) appendFileSync(join(root, 'b'), 'more');
    });
    const [a, b] = entries;
    expect(a?.body.subarray(0, 2 << 20).equals(Buffer.alloc(2 << 20, 'a'))).toBe(true);
    expect(a?.body.subarray(2 << 20).equals(Buffer.alloc(1 << 20))).toBe(true);
    expect(b?.body.equals(Buffer.alloc(3 << 20, 'b'))).toBe(true);
    expect(result.leftOut.changed).toBe(2);
  });

  test('a file that becomes a link, a directory or nothing is not followed', () => {
    const root = bench.target();
    for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(root, name), name);
    const { names, entries } = pack(
      root,
      before('b', () => {
        for (const name of ['b', 'c', 'd']) unlinkSync(join(root, name));
        symlinkSync('/etc/passwd', join(root, 'b'));
        mkdirSync(join(root, 'd'));
      }),
    );
    expect(names).toEqual(['a', 'b', 'd/']);
    expect(entries[1]?.entry.type).toBe('symlink');
  });

  test('a directory that becomes a link to the host is not entered', () => {
    const root = bench.target();
    const canary = bench.target();
    writeFileSync(join(canary, 'secret'), 'secret');
    mkdirSync(join(root, 'a/b'), { recursive: true });
    for (const name of ['f', 'g']) writeFileSync(join(root, 'a/b', name), name);
    const { names } = pack(
      root,
      before('a/b/g', () => {
        renameSync(join(root, 'a'), join(root, 'z'));
        symlinkSync(canary, join(root, 'a'));
      }),
    );
    expect(names).toEqual(['a/', 'a/b/', 'a/b/f', 'a/b/g']);
  });

  test('a deep directory that was moved meanwhile ends there', () => {
    const root = bench.target();
    const deep = Array.from({ length: 60 }, () => 'd').join('/');
    mkdirSync(join(root, deep), { recursive: true });
    for (const dir of ['', 'd', 'd/d', deep]) writeFileSync(join(root, dir, 'z'), '');
    const { names, result } = pack(
      root,
      before(`${deep}/z`, () => {
        renameSync(join(root, 'd'), join(root, 'moved'));
        mkdirSync(join(root, 'd/d'), { recursive: true });
      }),
    );
    expect(names).toContain(`${deep}/z`);
    expect(names).not.toContain('d/z');
    expect(names.at(-1)).toBe('z');
    expect(result.leftOut.changed).toBeGreaterThan(0);
  });

  test(
    'a swapper finds no moment in which something outside is read',
    { timeout: 60_000 },
    async () => {
      const [root, canary] = [bench.target(), bench.target()];
      for (const dir of [join(root, 'd/e'), join(canary, 'e')]) mkdirSync(dir, { recursive: true });
      for (const name of ['f', 'g']) writeFileSync(join(root, 'd/e', name), 'inside');
      for (const name of ['f', 'g', 'secret']) writeFileSync(join(canary, 'e', name), 'outside');
      symlinkSync(canary, join(root, 'x'));
      symlinkSync(join(canary, 'e/f'), join(root, 'y'));
      writeFileSync(join(root, 'w'), 'inside');
      const source = `
      const { workerData } = require('node:worker_threads');
      const native = require(workerData.addon);
      const swap = (a, b) => native.renameat2(-100, workerData.root + '/' + a, -100, workerData.root + '/' + b, 2);
      while (Atomics.load(workerData.stop, 0) === 0) { swap('d', 'x'); swap('w', 'y'); }`;
      const stop = new Int32Array(new SharedArrayBuffer(4));
      const swapper = new Worker(source, { eval: true, workerData: { addon, root, stop } });
      const ended = new Promise((resolve) => swapper.once('exit', resolve));
      await new Promise((resolve) => swapper.once('online', resolve));
      let inside = 0;
      try {
        for (let round = 0; round < 3000; round++) {
          for (const { body, entry } of pack(root).entries) {
            expect(String(body)).not.toBe('outside');
            expect(String(entry.path)).not.toMatch(/secret/);
            if (String(body) === 'inside') inside++;
          }
        }
      } finally {
        Atomics.store(stop, 0, 1);
        await ended;
      }
      expect(inside).toBeGreaterThan(100);
      const open = readdirSync('/proc/self/fd').length;
      pack(root);
      expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(open);
      rmSync(root, { recursive: true });
    },
  );
});
