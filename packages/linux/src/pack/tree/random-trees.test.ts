import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect } from '../../tar/testing/collect.js';
import type { Bench } from '../../unpack/testing/jail.js';
import { canJail, openBench } from '../../unpack/testing/jail.js';
import { treeOf } from '../../unpack/testing/tree.js';
import type { Range } from '../testing/random-tree.js';
import { anything, makeTree, timesOf, treeArbitrary, ustar } from '../testing/random-tree.js';
import { packTree } from './pack-tree.js';

const signal = new AbortController().signal;
const second = 1_000_000_000n;
const numRuns = 25;

describe.runIf(canJail)('random trees', () => {
  let bench: Bench;
  beforeAll(() => void (bench = openBench()));
  afterAll(async () => {
    await bench.unpacker[Symbol.asyncDispose]();
    bench[Symbol.dispose]();
  });

  const pack = (root: string, exactTimes: boolean) => {
    const rootFd = openSync(root, 'r');
    const chunks: Buffer[] = [];
    try {
      const sink = (chunk: Buffer) => void chunks.push(Buffer.from(chunk));
      const { leftOut } = packTree(sink, { native: bench.native, rootFd, exactTimes });
      expect(leftOut).toEqual({ sockets: 0, changed: 0, reserved: 0 });
      return Buffer.concat(chunks);
    } finally {
      closeSync(rootFd);
    }
  };
  const each = (range: Range, check: (root: string) => void | Promise<void>) =>
    fc.assert(
      fc.asyncProperty(treeArbitrary(range), async (nodes) => {
        const root = bench.target();
        makeTree(bench.native, root, nodes);
        await check(root);
      }),
      { numRuns },
    );
  const unpack = async (bytes: Buffer) => {
    const target = bench.target();
    await bench.unpacker.unpackLayer(
      { source: { blobPath: bench.blob(bytes) }, compression: 'none', target },
      { signal },
    );
    return target;
  };
  const tar = (args: readonly string[], input?: Buffer) =>
    execFileSync('tar', args, { input, maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'pipe'] });
  const keep = ['--xattrs', '--xattrs-include=*', '--numeric-owner'];

  test('come back as they were, and are packed into the same bytes again', async () => {
    await each(anything, async (root) => {
      const bytes = pack(root, true);
      const target = await unpack(bytes);
      expect(treeOf(target, bench.native)).toEqual(treeOf(root, bench.native));
      expect(timesOf(target, 1n)).toEqual(timesOf(root, 1n));
      expect(pack(target, true).equals(bytes)).toBe(true);
      const seconds = pack(root, false);
      expect(pack(await unpack(seconds), false).equals(seconds)).toBe(true);
    });
  });

  test('are taken apart by GNU tar', async () => {
    await each(anything, (root) => {
      const target = bench.target();
      tar([...keep, '-C', target, '-xpf', '-'], pack(root, false));
      expect(treeOf(target, bench.native)).toEqual(treeOf(root, bench.native));
      expect(timesOf(target, second)).toEqual(timesOf(root, second));
    });
  });

  test('are read by python', async () => {
    const script = `
import sys, tarfile, io, json, hashlib
x = lambda m: [[k[13:], v.encode('utf-8', 'surrogateescape').hex()] for k, v in sorted(m.pax_headers.items()) if k.startswith('SCHILY.xattr.')]
s = lambda m: hashlib.sha256(t.extractfile(m).read()).hexdigest() if m.isreg() else ''
t = tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()), encoding='utf-8', errors='surrogateescape')
b = lambda s: s.encode('utf-8', 'surrogateescape').hex()
print(json.dumps([[b(m.name), m.type.decode(), m.mode, m.uid, m.gid, m.size, int(m.mtime), b(m.linkname), x(m), s(m)] for m in t]))`;
    await each(anything, (root) => {
      const bytes = pack(root, false);
      const said = JSON.parse(String(execFileSync('python3', ['-c', script], { input: bytes })));
      const kinds = { file: '0', hardlink: '1', symlink: '2', character: '3', block: '4' };
      const flags: Record<string, string> = { ...kinds, directory: '5', fifo: '6' };
      const hex = (name: Buffer) => name.toString('latin1').replace(/\/$/, '');
      expect(said).toEqual(
        collect(bytes).map(({ entry, body }) => [
          Buffer.from(hex(entry.path), 'latin1').toString('hex'),
          flags[entry.type],
          entry.mode,
          entry.uid,
          entry.gid,
          entry.size,
          Number(entry.mtime.sec),
          entry.link.toString('hex'),
          [...entry.xattrs]
            .map(([name, value]) => [name, Buffer.from(value).toString('hex')])
            .sort(),
          entry.type === 'file' ? createHash('sha256').update(body).digest('hex') : '',
        ]),
      );
    });
  });

  test.each([
    ['PAX', { ...anything, xattrs: false }],
    ['GNU', { ...anything, xattrs: false }],
  ] as const)('as python writes them in format %s are unpacked', async (format, range) => {
    const script = `
import sys, os, tarfile
t = tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.${format}_FORMAT, errors='surrogateescape')
t.add(sys.argv[1], arcname='.')
t.close()`;
    await each(range, async (root) => {
      const options = { maxBuffer: 1 << 28, env: { ...process.env, PYTHONUTF8: '1' } };
      const target = await unpack(execFileSync('python3', ['-c', script, root], options));
      // Times are floats to python: they come out rounded.
      expect(treeOf(target, bench.native)).toEqual(treeOf(root, bench.native));
    });
  });

  test.each([
    ['posix', anything, true],
    ['gnu', { ...anything, xattrs: false }, false],
    ['ustar', ustar, false],
  ] as const)('as GNU tar writes them in format %s are unpacked', async (format, range, exact) => {
    await each(range, async (root) => {
      const options = [`--format=${format}`, '--sparse', ...(exact ? keep : ['--numeric-owner'])];
      const sparse = format === 'ustar' ? options.filter((one) => one !== '--sparse') : options;
      const target = await unpack(tar([...sparse, '-C', root, '-cf', '-', '.']));
      expect(treeOf(target, bench.native)).toEqual(treeOf(root, bench.native));
      const unit = exact ? 1n : second;
      expect(timesOf(target, unit)).toEqual(timesOf(root, unit));
    });
  });
});
