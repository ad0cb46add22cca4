import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  linkSync,
} from 'node:fs';
import { join } from 'node:path';
import { isWharfError } from '@wharf/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostileLayers } from '@wharf/testing';
import type { Bench } from './testing/jail.js';
import { canJail, openBench } from './testing/jail.js';
import { treeOf } from './testing/tree.js';

const signal = new AbortController().signal;

/** One thing to be put into a random tree. */
const item = fc.record({
  dir: fc.nat(5),
  name: fc.oneof(
    fc.stringMatching(/^[a-z][a-z0-9. _-]{0,12}$/),
    fc.stringMatching(/^[a-zäöü日本]{1,8}$/),
    fc.constant('n'.repeat(200)),
  ),
  kind: fc.constantFrom('file', 'file', 'dir', 'dir', 'symlink', 'hardlink', 'fifo', 'null'),
  bytes: fc.nat(3000),
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.constantFrom(0, 1000, 2097152, 4294967294),
  seconds: fc.integer({ min: 0, max: 2_000_000_000 }),
  nanos: fc.nat(999_999),
});
type Item = typeof item extends fc.Arbitrary<infer T> ? T : never;

function make(root: string, items: readonly Item[], bench: Bench): void {
  const dirs = [root];
  const files: string[] = [];
  const times: [string, number][] = [];
  for (const one of items) {
    const path = join(dirs[one.dir % dirs.length] ?? root, one.name);
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
    if (one.kind === 'hardlink') {
      const from = files[one.bytes % Math.max(1, files.length)];
      if (from !== undefined) linkSync(from, path);
      continue;
    }
    if (one.kind === 'dir') dirs.push(path);
    if (one.kind === 'file') files.push(path);
    makeOne(one, path, bench);
    times.push([path, one.seconds + one.nanos / 1e6]);
  }
  for (const [path, time] of times.reverse()) lutimesSync(path, time, time);
}

function makeOne(one: Item, path: string, bench: Bench): void {
  if (one.kind === 'symlink') {
    symlinkSync(one.name.repeat(1 + (one.bytes % 12)), path);
    lchownSync(path, one.uid, 0);
    return;
  }
  if (one.kind === 'file') writeFileSync(path, Buffer.alloc(one.bytes, one.name));
  else if (one.kind === 'dir') mkdirSync(path);
  else if (one.kind === 'fifo') bench.native.mknodat(-100, path, 0o010644, 0, 0);
  else bench.native.mknodat(-100, path, 0o020644, 1, 3);
  chownSync(path, one.uid, 1);
  chmodSync(path, one.mode);
  if (one.bytes % 5 === 0) {
    if (one.kind === 'file')
      bench.native.lsetxattr(path, 'user.some', Buffer.from([0, 255, one.bytes % 256]));
  }
}

function timesOf(root: string): Record<string, bigint> {
  const names = readdirSync(root, { recursive: true }) as string[];
  return Object.fromEntries(
    names.map((name) => [name, lstatSync(join(root, name), { bigint: true }).mtimeNs]),
  );
}

const pythonTar = `
import sys, tarfile
t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=getattr(tarfile, sys.argv[2]))
t.add(sys.argv[1], arcname='.')
t.close()`;
const packers: readonly [string, boolean, (dir: string) => [string, string[]]][] = [
  [
    'GNU tar, pax',
    true,
    (dir) => [
      'tar',
      ['-C', dir, '--format=pax', '--xattrs', '--xattrs-include=*', '-cf', '-', '.'],
    ],
  ],
  ['GNU tar, gnu', false, (dir) => ['tar', ['-C', dir, '--format=gnu', '-S', '-cf', '-', '.']]],
  ['python, pax', false, (dir) => ['python3', ['-c', pythonTar, dir, 'PAX_FORMAT']]],
  ['python, gnu', false, (dir) => ['python3', ['-c', pythonTar, dir, 'GNU_FORMAT']]],
];

describe.runIf(canJail)('what others pack', () => {
  let bench: Bench;
  beforeAll(() => {
    bench = openBench();
  });
  afterAll(async () => {
    await bench.unpacker[Symbol.asyncDispose]();
    bench[Symbol.dispose]();
  });

  test.each(packers)(
    '%s, is unpacked as it was',
    { timeout: 60_000 },
    async (_title, exact, packer) => {
      await fc.assert(
        fc.asyncProperty(fc.array(item, { maxLength: 25 }), async (items) => {
          const [from, target] = [bench.target(), bench.target()];
          try {
            make(from, items, bench);
            const tar = execFileSync(...packer(from), { maxBuffer: 1 << 28 });
            const source = { blobPath: bench.blob(tar) };
            await bench.unpacker.unpackLayer({ source, compression: 'none', target }, { signal });
            const strip = (tree: Map<string, string>) =>
              exact
                ? tree
                : new Map([...tree].map(([path, is]) => [path, is.replace(/ user\.some=.*/s, '')]));
            expect(treeOf(target, bench.native)).toEqual(strip(treeOf(from, bench.native)));
            if (exact) expect(timesOf(target)).toEqual(timesOf(from));
            rmSync(source.blobPath);
          } finally {
            await bench.unpacker.removeTree(from, { signal });
            await bench.unpacker.removeTree(target, { signal });
          }
        }),
        { numRuns: 8 },
      );
    },
  );

  test(
    '500 mutations of the corpus end in a tree or a refusal, and stay inside',
    { timeout: 120_000 },
    async () => {
      const canary = join(bench.dir, 'canary');
      mkdirSync(canary);
      writeFileSync(join(canary, 'file'), 'untouched');
      utimesSync(join(canary, 'file'), 1, 1);
      const rows = Object.values(hostileLayers)
        .flat()
        .filter((row) => row.compression === undefined || row.title.length < 8);
      const seeds = rows
        .map((row) => ({
          compression: row.compression ?? ('none' as const),
          bytes: row.layer(canary),
        }))
        .filter(({ bytes }) => bytes.length > 0 && bytes.length < 1 << 20);
      const change = fc.tuple(
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.nat(255),
      );
      const check = async ([which, changes, resum]: [number, [number, number][], boolean]) => {
        const seed = seeds[which] ?? { compression: 'none' as const, bytes: Buffer.alloc(512) };
        const bytes = Buffer.from(seed.bytes);
        for (const [at, byte] of changes) bytes[Math.floor(at * bytes.length)] = byte;
        if (resum) fixChecksums(bytes);
        const target = bench.target();
        const source = { blobPath: bench.blob(bytes) };
        const limits = { timeoutMs: 10_000 };
        const request = { source, compression: seed.compression, target, limits };
        const outcome: unknown = await bench.unpacker
          .unpackLayer(request, { signal })
          .catch((error: unknown) => error);
        if (isWharfError(outcome))
          expect([outcome.message, outcome.code]).not.toContain('internal');
        else expect(outcome).toHaveProperty('diffId');
        await bench.unpacker.removeTree(target, { signal });
        rmSync(source.blobPath);
      };
      const mutant = fc.tuple(
        fc.nat(seeds.length - 1),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(mutant, { minLength: 10, maxLength: 10 }), async (mutants) => {
          await Promise.all(mutants.map(check));
          expect(statSync(join(canary, 'file'))).toMatchObject({
            size: 9,
            mtimeMs: 1000,
            nlink: 1,
          });
          expect(readdirSync(canary)).toEqual(['file']);
        }),
        { numRuns: 50, endOnFailure: true },
      );
    },
  );
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
