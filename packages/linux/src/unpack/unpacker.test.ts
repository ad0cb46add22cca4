import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  chmodSync,
  chownSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyingNeeds } from './apply/capabilities.js';
import type { Bench } from './testing/jail.js';
import { canJail, openBench } from './testing/jail.js';
import { archive, member, pax } from '@wharf/testing/tar';
import { treeOf } from './testing/tree.js';
import type { UnpackRequest } from './unpacker.js';

const signal = new AbortController().signal;
const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe.runIf(canJail)('createUnpacker', () => {
  let bench: Bench;
  beforeAll(() => {
    bench = openBench();
  });
  afterAll(async () => {
    await bench.unpacker[Symbol.asyncDispose]();
    bench[Symbol.dispose]();
  });

  const unpack = async (
    layer: Buffer,
    request: Partial<UnpackRequest> = {},
    options = { signal },
  ) => {
    const target = request.target ?? bench.target();
    const source = { blobPath: bench.blob(layer) };
    const result = await bench.unpacker.unpackLayer(
      { source, compression: 'none', target, ...request },
      options,
    );
    return { target, result, tree: treeOf(target, bench.native) };
  };

  const small = archive(member({ name: 'd/f', body: 'hello' }), member({ name: 'g', body: 'x' }));

  describe('unpackLayer', () => {
    test('tells digest, sizes and entries', async () => {
      const bytes = gzipSync(small);
      const { result } = await unpack(bytes, {
        compression: 'gzip',
        expectedDiffId: sha256(small),
      });
      expect(result).toEqual({
        diffId: sha256(small),
        size: 6,
        entries: 2,
        compressedBytes: bytes.length,
        uncompressedBytes: small.length,
        opaqueRoot: false,
        droppedXattrs: 0,
        droppedEntries: 0,
      });
    });

    test('tells what it left out and that the root is opaque', async () => {
      const { result } = await unpack(
        archive(
          pax({ 'SCHILY.xattr.security.selinux': 'x' }),
          member({ name: 'f' }),
          member({ name: '.wh..wh.aufs' }),
          member({ name: '.wh..wh..opq' }),
        ),
      );
      expect(result).toMatchObject({ opaqueRoot: true, droppedXattrs: 1, droppedEntries: 1 });
    });

    test('takes the bytes as they arrive', async () => {
      const body = Buffer.alloc(40 << 20, 'some text ');
      const layer = archive(member({ name: 'f', body }));
      let given = 0;
      const chunks = async function* () {
        const scratch = Buffer.alloc(65_536);
        for (let at = 0; at < layer.length; at += scratch.length) {
          given += layer.copy(scratch, 0, at);
          yield scratch.subarray(0, Math.min(scratch.length, layer.length - at));
          await Promise.resolve();
        }
      };
      const seen: number[] = [];
      const { result, target } = await unpack(Buffer.alloc(0), {
        source: { chunks: chunks() },
        onProgress: (bytes) => seen.push(bytes),
      });
      expect(result.diffId).toBe(sha256(layer));
      expect(given).toBe(layer.length);
      expect(lstatSync(join(target, 'f')).size).toBe(body.length);
      expect(seen.length).toBeGreaterThan(5);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    });

    test('fails as the chunks fail', async () => {
      const chunks = async function* () {
        yield small.subarray(0, 100);
        await Promise.resolve();
        throw new RangeError('the line broke');
      };
      await expect(unpack(small, { source: { chunks: chunks() } })).rejects.toThrow('line broke');
    });

    test('another digest than expected is data-loss', async () => {
      const wrong = { expectedDiffId: sha256(Buffer.from('other')) };
      await expect(unpack(small, wrong)).rejects.toMatchObject({ code: 'data-loss' });
    });

    test('an end marker may be missing where the digest is known', async () => {
      const bytes = small.subarray(0, -1024);
      await expect(unpack(bytes)).rejects.toThrow(/truncated/);
      const { tree } = await unpack(bytes, { expectedDiffId: sha256(bytes) });
      expect(tree.get('g')).toBe('file "x"');
    });

    test('bytes behind the end are in the digest', async () => {
      const bytes = Buffer.concat([small, Buffer.from('more')]);
      expect((await unpack(bytes)).result.diffId).toBe(sha256(bytes));
    });

    test('times are exact to the nanosecond, also of links and directories', async () => {
      const time = { mtime: '1700000000.123456789', atime: '1600000000.000000001' };
      const { target } = await unpack(
        archive(
          pax(time),
          member({ name: './', type: '5', mode: 0o755 }),
          pax(time),
          member({ name: 'd', type: '5', mode: 0o755 }),
          pax(time),
          member({ name: 'd/l', type: '2', link: 'x' }),
          pax(time),
          member({ name: 'd/f', body: 'x' }),
          pax(time),
          member({ name: 'd/p', type: '6' }),
          member({ name: 'd/.wh.gone' }),
          member({ name: 'd/f2', mtime: 7 }),
          member({ name: 'd/f2', mtime: 8 }),
        ),
      );
      for (const name of ['.', 'd', 'd/l', 'd/f', 'd/p']) {
        const { mtimeNs } = lstatSync(join(target, name), { bigint: true });
        expect([name, mtimeNs]).toEqual([name, 1700000000123456789n]);
      }
      expect(lstatSync(join(target, 'd/f2')).mtimeMs).toBe(8000);
    });

    test('directory times survive many directories and returns to them', async () => {
      const dirs = Array.from({ length: 1500 }, (_, at) => `d${at}`);
      const { target } = await unpack(
        archive(
          ...dirs.map((name, at) => member({ name, type: '5', mode: 0o755, mtime: at + 1 })),
          ...dirs.map((name) => member({ name: `${name}/f` })),
          member({ name: 'd0/l', type: '2', link: '../d1' }),
          member({ name: 'd0/l/g' }),
        ),
      );
      const times = dirs.map((name) => lstatSync(join(target, name)).mtimeMs / 1000);
      expect(times).toEqual(dirs.map((_, at) => at + 1));
    });

    test('a directory that no entry describes is as it is in the layers below', async () => {
      const [top, low] = [bench.target(), bench.target()];
      mkdirSync(join(low, 'tmp/a'), { recursive: true });
      chmodSync(join(low, 'tmp'), 0o1777);
      chownSync(join(low, 'tmp/a'), 5, 6);
      utimesSync(join(low, 'tmp'), 1, 2);
      mkdirSync(join(top, 'tmp'));
      chmodSync(join(top, 'tmp'), 0o700);
      symlinkSync('/etc', join(low, 'link'));
      const layer = archive(member({ name: 'tmp/a/f' }), member({ name: 'link/f' }));
      expect([...(await unpack(layer, { lowerDirs: [low] })).tree]).toEqual([
        ['link', 'dir'],
        ['link/f', 'file ""'],
        ['tmp', 'dir 1777'],
        ['tmp/a', 'dir 5:6'],
        ['tmp/a/f', 'file ""'],
      ]);
      const { tree, target } = await unpack(layer, { lowerDirs: [top, low] });
      expect(tree.get('tmp')).toBe('dir 700');
      expect(lstatSync(join(target, 'tmp')).mtimeMs).toBe(lstatSync(join(top, 'tmp')).mtimeMs);
    });

    test('a target must be an empty directory', async () => {
      const target = bench.target();
      writeFileSync(join(target, 'there'), '');
      const code = 'failed-precondition';
      await expect(unpack(small, { target })).rejects.toMatchObject({ code });
      await expect(unpack(small, { target: join(target, 'there') })).rejects.toMatchObject({
        code,
      });
    });

    test('a blob is not followed if it is a link', async () => {
      const link = join(bench.dir, `link-${process.hrtime.bigint()}`);
      symlinkSync(bench.blob(small), link);
      await expect(unpack(small, { source: { blobPath: link } })).rejects.toMatchObject({
        code: 'invalid-argument',
      });
      rmSync(link);
    });

    test('the free space that is to stay is a limit', async () => {
      const limits = { reserveBytes: 2 ** 50 };
      await expect(unpack(small, { limits })).rejects.toMatchObject({ code: 'resource-exhausted' });
    });

    test('an abort ends it at once, and what is there can be removed', async () => {
      const stop = new AbortController();
      const target = bench.target();
      const chunks = async function* () {
        yield member({ name: 'd/f', body: 'x' });
        while (!existsSync(join(target, 'd'))) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        stop.abort(new RangeError('enough'));
        await new Promise(() => {});
      };
      const source = { chunks: chunks() };
      await expect(unpack(small, { target, source }, stop)).rejects.toThrow('enough');
      expect(existsSync(join(target, 'd'))).toBe(true);
      await bench.unpacker.removeTree(target, { signal });
      expect(existsSync(target)).toBe(false);
    });

    test('an abort while it waits for its turn', async () => {
      await using one = openSecond();
      const stop = new AbortController();
      const never = async function* () {
        await new Promise(() => {});
        yield small;
      };
      const first = one.unpacker.unpackLayer(
        { source: { chunks: never() }, compression: 'none', target: bench.target() },
        stop,
      );
      const second = one.unpacker.unpackLayer(
        { source: { blobPath: bench.blob(small) }, compression: 'none', target: bench.target() },
        stop,
      );
      setTimeout(() => stop.abort(new RangeError('enough')), 50);
      await expect(second).rejects.toThrow('enough');
      await expect(first).rejects.toThrow('enough');
    });

    test('the time limit ends it', async () => {
      const never = async function* () {
        await new Promise(() => {});
        yield small;
      };
      const request = { source: { chunks: never() }, limits: { timeoutMs: 100 } };
      await expect(unpack(small, request)).rejects.toMatchObject({ code: 'deadline-exceeded' });
    });

    test('only the thread of the layer is in the jail', async () => {
      const target = bench.target();
      const rootOf = (task: string) => {
        try {
          return [readlinkSync(`/proc/self/task/${task}/root`)];
        } catch {
          return [];
        }
      };
      const rootsOf = () => readdirSync('/proc/self/task').flatMap(rootOf);
      let during: string[] = [];
      const chunks = async function* () {
        yield gzipSync(small).subarray(0, 20);
        await new Promise((resolve) => setTimeout(resolve, 200));
        during = rootsOf();
        yield gzipSync(small).subarray(20);
      };
      await unpack(small, { target, source: { chunks: chunks() }, compression: 'gzip' });
      expect(during.filter((root) => root !== '/')).toEqual([target]);
      expect(rootsOf().filter((root) => root !== '/')).toEqual([]);
    });

    test(
      'the thread of the layer holds few capabilities, all others keep theirs',
      { timeout: 60_000 },
      async () => {
        const held = () =>
          readdirSync('/proc/self/task').map((task) => {
            const status = readFileSync(`/proc/self/task/${task}/status`, 'utf8');
            return BigInt(`0x${/^CapPrm:\s+(\w+)$/m.exec(status)?.[1]}`);
          });
        const [ours = 0n] = held();
        let during: bigint[] = [];
        const needed = BigInt(applyingNeeds);
        const chunks = async function* () {
          yield gzipSync(small).subarray(0, 20);
          await expect
            .poll(() => (during = held()).filter((each) => each !== ours), { timeout: 30_000 })
            .toEqual([ours & needed]);
          yield gzipSync(small).subarray(20);
        };
        await unpack(small, { source: { chunks: chunks() }, compression: 'gzip' });
        expect(during).toContain(ours & needed);
        const chrootAndHandles = (1n << 18n) | (1n << 2n);
        expect(needed & chrootAndHandles).toBe(0n);
      },
    );

    test('no descriptor stays open', async () => {
      const open = () => readdirSync('/proc/self/fd').length;
      await unpack(small);
      const before = open();
      for (let round = 0; round < 5; round++) {
        await unpack(small, { lowerDirs: [bench.target()] });
        await expect(unpack(Buffer.alloc(600, 1))).rejects.toThrow();
        await expect(unpack(member({ name: 'f', size: 5000, body: 'x' }))).rejects.toThrow(
          /truncated/,
        );
      }
      expect(open()).toBeLessThanOrEqual(before);
    });
  });

  const openSecond = () => {
    const second = openBench({ concurrency: 1 });
    return {
      unpacker: second.unpacker,
      [Symbol.asyncDispose]: async () => {
        await second.unpacker[Symbol.asyncDispose]();
        second[Symbol.dispose]();
      },
    };
  };

  describe('removeTree', () => {
    const remove = (path: string) => bench.unpacker.removeTree(path, { signal });

    test('removes whatever a layer can hold, and follows no link', async () => {
      const canary = bench.target();
      writeFileSync(join(canary, 'f'), '');
      const { target } = await unpack(
        archive(
          member({ name: 'd/l', type: '2', link: canary }),
          member({ name: 'd/p', type: '6' }),
          member({ name: 'd/.wh.x' }),
          member({ name: 'd/e', type: '5', mode: 0 }),
          member({ name: Buffer.from([0x64, 0x2f, 0xff]) }),
        ),
      );
      await remove(target);
      expect(existsSync(target)).toBe(false);
      expect(readdirSync(canary)).toEqual(['f']);
    });

    test('removes trees that are deeper than a path can be long, and wide ones', async () => {
      const target = bench.target();
      let fd = bench.native.openat2(-100, target, 0o200000, 0, 0);
      for (let depth = 0; depth < 3000; depth++) {
        bench.native.mkdirat(fd, 'deep', 0o755);
        const next = bench.native.openat2(fd, 'deep', 0o200000, 0, 0);
        bench.native.close(fd);
        fd = next;
      }
      bench.native.close(fd);
      for (let at = 0; at < 3000; at++) writeFileSync(join(target, `f${at}`), '');
      await remove(target);
      expect(existsSync(target)).toBe(false);
    });

    test('does not enter mounts', async () => {
      const target = bench.target();
      const [mounted, outside] = [join(target, 'd/m'), bench.target()];
      mkdirSync(mounted, { recursive: true });
      writeFileSync(join(outside, 'f'), '');
      bench.native.mount(outside, mounted, null, 0x1000, null);
      try {
        await expect(remove(target)).rejects.toMatchObject({ code: 'failed-precondition' });
        await expect(remove(mounted)).rejects.toMatchObject({ code: 'failed-precondition' });
        expect(readdirSync(outside)).toEqual(['f']);
      } finally {
        bench.native.umount(mounted, 0);
      }
      await remove(target);
      expect(existsSync(target)).toBe(false);
    });

    test('what is not there is fine, a file or a link is refused', async () => {
      const target = bench.target();
      const [file, link] = [join(target, 'f'), join(target, 'l')];
      writeFileSync(file, '');
      symlinkSync(target, link);
      await remove(join(target, 'missing'));
      await remove(join(target, 'missing/too'));
      await expect(remove(file)).rejects.toMatchObject({ code: 'failed-precondition' });
      await expect(remove(link)).rejects.toMatchObject({ code: 'failed-precondition' });
      expect(readdirSync(target)).toEqual(['f', 'l']);
    });

    test('an abort ends it, and it can be run again', async () => {
      const target = bench.target();
      for (let at = 0; at < 2000; at++) writeFileSync(join(target, `f${at}`), '');
      const stop = new AbortController();
      const removing = bench.unpacker.removeTree(target, stop);
      setTimeout(() => stop.abort(new RangeError('enough')), 1);
      await expect(removing).rejects.toThrow('enough');
      await remove(target);
      expect(existsSync(target)).toBe(false);
    });
  });
});
