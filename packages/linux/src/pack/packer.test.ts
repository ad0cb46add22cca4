import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { PackPort } from '@wharf/engine/ports';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect } from '../tar/testing/collect.js';
import type { Bench } from '../unpack/testing/jail.js';
import { canJail, openBench } from '../unpack/testing/jail.js';
import { treeOf } from '../unpack/testing/tree.js';
import { createPacker } from './packer.js';
import { mountOverlay } from './testing/overlay.js';

const signal = new AbortController().signal;
const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe.runIf(canJail)('createPacker', () => {
  let bench: Bench;
  let packer: ReturnType<typeof createPacker>;
  let count = 0;
  beforeAll(() => {
    bench = openBench();
    packer = createPacker(bench.setup);
  });
  afterAll(async () => {
    await packer[Symbol.asyncDispose]();
    await bench.unpacker[Symbol.asyncDispose]();
    bench[Symbol.dispose]();
  });

  const newFile = () => join(bench.dir, `out-${count++}`);
  const pack = async (
    upper: string,
    lower: readonly string[] = [],
    request: Partial<Parameters<PackPort['packLayer']>[0]> = {},
  ) => {
    const targetFile = newFile();
    const given = { upper, lower, compression: 'none', targetFile, ...request } as const;
    const packed = await packer.packLayer(given, { signal });
    return { packed, targetFile };
  };
  const names = async (upper: string, lower: readonly string[]) => {
    const { targetFile } = await pack(upper, lower);
    return collect(readFileSync(targetFile)).map(({ entry }) => entry.path.toString('latin1'));
  };
  const changes = async (upper: string, lower: readonly string[]) => {
    const found = await packer.changes({ upper, lower }, { signal });
    return found.map(
      ({ kind, path }) => `${kind[0]?.toUpperCase()} ${Buffer.from(path).toString('latin1')}`,
    );
  };

  /** A lower layer with a bit of everything. */
  const lowerTree = () => {
    const lower = bench.target();
    for (const dir of ['etc', 'usr/bin', 'var/log/deep', 'gone/sub', 'again']) {
      mkdirSync(join(lower, dir), { recursive: true });
    }
    for (const file of [
      'etc/passwd',
      'etc/group',
      'usr/bin/tool',
      'var/log/deep/l',
      'gone/sub/f',
    ]) {
      writeFileSync(join(lower, file), file);
      utimesSync(join(lower, file), 1, 1_600_000_000);
    }
    for (const file of ['again/a', 'again/b', 'top', 'becomes-dir']) {
      writeFileSync(join(lower, file), file);
    }
    symlinkSync('etc/passwd', join(lower, 'link'));
    return lower;
  };

  /** What a container did, through a mounted overlay. */
  const work = (lower: string, act: (merged: string) => void) => {
    const dir = bench.target();
    using overlay = mountOverlay(bench.native, dir, [lower]);
    act(overlay.merged);
    return { upper: overlay.upper, view: treeOf(overlay.merged, bench.native) };
  };

  test('without a file what the layer would be is told alone', async () => {
    const lower = lowerTree();
    const request = { upper: lower, lower: [], compression: 'none' } as const;
    const { packed } = await pack(lower, []);
    const before = readdirSync(bench.dir);
    expect(await packer.packLayer(request, { signal })).toEqual(packed);
    expect(readdirSync(bench.dir)).toEqual(before);
  });

  test('places that were made to mount on are no change, what is in them is', async () => {
    const lower = lowerTree();
    const stubs = ['/etc/hosts', '/etc/hostname', '/dev', '/dev/console', '/proc', '/etc/passwd'];
    const { upper } = work(lower, (merged) => {
      for (const file of ['etc/hosts', 'etc/hostname', 'etc/passwd']) {
        writeFileSync(join(merged, file), '');
      }
      utimesSync(
        join(merged, 'etc'),
        statSync(join(lower, 'etc')).atime,
        statSync(join(lower, 'etc')).mtime,
      );
      for (const dir of ['dev', 'proc']) mkdirSync(join(merged, dir));
      writeFileSync(join(merged, 'dev/console'), '');
      writeFileSync(join(merged, 'proc/x'), 'real');
    });
    const found = await packer.changes({ upper, lower: [lower], stubs }, { signal });
    expect(found.map(({ kind, path }) => `${kind} ${Buffer.from(path).toString()}`)).toEqual([
      'modified /etc',
      'modified /etc/passwd',
      'added /proc',
      'added /proc/x',
    ]);
    const { targetFile } = await pack(upper, [lower], { stubs });
    const packed = collect(readFileSync(targetFile)).map(({ entry }) => entry.path.toString());
    expect(packed).toEqual(['etc/', 'etc/passwd', 'proc/', 'proc/x']);
  });

  const everything = (merged: string) => {
    writeFileSync(join(merged, 'etc/new'), 'new');
    writeFileSync(join(merged, 'etc/passwd'), 'changed');
    rmSync(join(merged, 'etc/group'));
    rmSync(join(merged, 'gone'), { recursive: true });
    rmSync(join(merged, 'again'), { recursive: true });
    mkdirSync(join(merged, 'again'));
    writeFileSync(join(merged, 'again/b'), 'other');
    chmodSync(join(merged, 'usr/bin/tool'), 0o4755);
    rmSync(join(merged, 'becomes-dir'));
    mkdirSync(join(merged, 'becomes-dir'));
    writeFileSync(join(merged, 'becomes-dir/f'), '');
    mkdirSync(join(merged, 'fresh/sub'), { recursive: true });
    renameSync(join(merged, 'top'), join(merged, 'fresh/top'));
    linkSync(join(merged, 'etc/new'), join(merged, 'fresh/linked'));
    execFileSync('touch', ['-c', '-d', '@1600000000', join(merged, 'var/log/deep/l')]);
    bench.native.lsetxattr(join(merged, 'fresh'), 'user.k', Buffer.from('v'));
    execFileSync('mkfifo', [join(merged, 'fresh/p')]);
  };

  describe('packLayer', () => {
    test('over the layers below it shows what the overlay showed', async () => {
      const lower = lowerTree();
      const { upper, view } = work(lower, everything);
      for (const compression of ['none', 'gzip', 'zstd'] as const) {
        const { packed, targetFile } = await pack(upper, [lower], { compression });
        const target = bench.target();
        await bench.unpacker.unpackLayer(
          {
            source: { blobPath: targetFile },
            compression,
            expectedDiffId: packed.diffId,
            target,
            lowerDirs: [lower],
          },
          { signal },
        );
        const { view: again } = work(lower, () => {});
        expect(again).not.toEqual(view);
        const dir = bench.target();
        using overlay = mountOverlay(bench.native, dir, [target, lower]);
        expect(treeOf(overlay.merged, bench.native)).toEqual(view);
        expect(packed.digest).toBe(sha256(readFileSync(targetFile)));
        expect(packed.size).toBe(statSync(targetFile).size);
        expect(statSync(targetFile).mode & 0o777).toBe(0o600);
      }
    });

    test('has whiteouts, and opaque marks where something is to be hidden', async () => {
      const lower = lowerTree();
      const { upper } = work(lower, everything);
      expect(await names(upper, [lower])).toEqual([
        'again/',
        'again/.wh..wh..opq',
        'again/b',
        'becomes-dir/',
        'becomes-dir/f',
        'etc/',
        'etc/.wh.group',
        'etc/new',
        'etc/passwd',
        'fresh/',
        'fresh/linked',
        'fresh/p',
        'fresh/sub/',
        'fresh/top',
        '.wh.gone',
        '.wh.top',
        'usr/',
        'usr/bin/',
        'usr/bin/tool',
      ]);
    });

    test('what was copied up and is the same is left out', async () => {
      const lower = lowerTree();
      const { upper } = work(lower, (merged) => {
        const before = statSync(join(merged, 'usr/bin/tool'));
        chmodSync(join(merged, 'usr/bin/tool'), 0o600);
        chmodSync(join(merged, 'usr/bin/tool'), before.mode);
        truncateSync(join(merged, 'var/log/deep/l'), 3);
        writeFileSync(join(merged, 'var/log/deep/l'), 'var/log/deep/l');
        utimesSync(join(merged, 'var/log/deep/l'), 1, 1_600_000_000);
      });
      expect(existsSync(join(upper, 'usr/bin/tool'))).toBe(true);
      expect(await names(upper, [lower])).toEqual([]);
      expect(await changes(upper, [lower])).toEqual([]);
    });

    test('the same content in another order, on another day, is the same layer', async () => {
      const make = (order: readonly string[]) => {
        const upper = bench.target();
        mkdirSync(join(upper, 'd'));
        for (const name of order) {
          writeFileSync(join(upper, 'd', name), name);
          utimesSync(join(upper, 'd', name), Math.random() * 1e9, 1_500_000_000);
        }
        utimesSync(join(upper, 'd'), 5, 1_400_000_000);
        return upper;
      };
      const order = Array.from({ length: 300 }, (_, at) => `file-${at * 7919}`);
      for (const compression of ['gzip', 'zstd'] as const) {
        const first = await pack(make(order), [], { compression });
        const second = await pack(make(order.toReversed()), [], { compression });
        expect(second.packed).toEqual(first.packed);
      }
    });

    test('what is packed, unpacked and packed again is the same layer', async () => {
      const lower = lowerTree();
      const { upper } = work(lower, everything);
      const first = await pack(upper, [lower]);
      const target = bench.target();
      await bench.unpacker.unpackLayer(
        { source: { blobPath: first.targetFile }, compression: 'none', target, lowerDirs: [lower] },
        { signal },
      );
      expect((await pack(target, [lower])).packed.digest).toBe(first.packed.digest);
      expect((await pack(target)).packed.digest).toBe(first.packed.digest);
    });

    test('the mode of the root is in it when it differs', async () => {
      const [lower, upper] = [bench.target(), bench.target()];
      chmodSync(upper, 0o700);
      expect(await names(upper, [lower])).toEqual(['./']);
      expect(await names(upper, [])).toEqual(['./']);
      chmodSync(upper, 0o755);
      expect(await names(upper, [lower])).toEqual([]);
    });

    test('files that would be whiteouts are left out, and whiteouts of long names are not', async () => {
      const lower = bench.target();
      const long = 'n'.repeat(255);
      writeFileSync(join(lower, long), '');
      const { upper, view } = work(lower, (merged) => {
        rmSync(join(merged, long));
        writeFileSync(join(merged, '.wh.x'), '');
        writeFileSync(join(merged, 'y'), '');
      });
      const { packed, targetFile } = await pack(upper, [lower]);
      expect(packed).toMatchObject({ entries: 2, leftOut: { reserved: 1 } });
      const target = bench.target();
      await bench.unpacker.unpackLayer(
        { source: { blobPath: targetFile }, compression: 'none', target },
        { signal },
      );
      using overlay = mountOverlay(bench.native, bench.target(), [target, lower]);
      expect([...treeOf(overlay.merged, bench.native).keys()]).toEqual(['y']);
      expect([...view.keys()]).toEqual(['.wh.x', 'y']);
    });

    test('an upper directory of redirect_dir is refused', async () => {
      const upper = bench.target();
      mkdirSync(join(upper, 'd'));
      bench.native.lsetxattr(join(upper, 'd'), 'trusted.overlay.redirect', Buffer.from('/x'));
      const code = 'failed-precondition';
      await expect(pack(upper)).rejects.toMatchObject({ code });
    });

    test('an error leaves no file and no descriptor, an abort neither', async () => {
      const upper = bench.target();
      for (let at = 0; at < 40; at++) {
        writeFileSync(join(upper, `f${at}`), Buffer.alloc(4 << 20, `${at}`));
      }
      const open = () => readdirSync('/proc/self/fd').length;
      await pack(upper);
      const before = open();
      for (let round = 0; round < 4; round++) {
        const stop = new AbortController();
        const targetFile = newFile();
        const packing = packer.packLayer(
          { upper, lower: [], compression: 'gzip', targetFile },
          { signal: stop.signal, onProgress: () => stop.abort(new RangeError('enough')) },
        );
        await expect(packing).rejects.toThrow('enough');
        expect(existsSync(targetFile)).toBe(false);
        await expect(pack(join(upper, 'missing'))).rejects.toMatchObject({
          code: 'failed-precondition',
        });
      }
      expect(open()).toBeLessThanOrEqual(before + 1);
    });

    test('a hundred thousand files in one directory', { timeout: 120_000 }, async () => {
      const upper = bench.target();
      for (let at = 0; at < 100_000; at++) writeFileSync(join(upper, `f${at}`), '');
      const { packed } = await pack(upper, [], { compression: 'gzip' });
      expect(packed.entries).toBe(100_000);
    });

    test(
      'memory stays flat and the loop runs while 300 MB are packed',
      { timeout: 120_000 },
      async () => {
        const upper = bench.target();
        const noise = Buffer.alloc(10 << 20);
        for (let at = 0; at < noise.length; at += 4)
          noise.writeInt32LE((at * 48271) % 2147483647, at);
        for (let at = 0; at < 30; at++) writeFileSync(join(upper, `f${at}`), noise);
        global.gc?.();
        const before = process.memoryUsage().rss;
        let most = 0;
        let late = 0;
        let last = performance.now();
        const timer = setInterval(() => {
          const now = performance.now();
          late = Math.max(late, now - last - 10);
          last = now;
          most = Math.max(most, process.memoryUsage().rss - before);
        }, 10);
        try {
          const { packed } = await pack(upper, [], { compression: 'gzip' });
          expect(packed.uncompressedSize).toBeGreaterThan(300 << 20);
        } finally {
          clearInterval(timer);
        }
        expect(most).toBeLessThan(60 << 20);
        expect(late).toBeLessThan(250);
      },
    );
  });

  describe('changes', () => {
    test('are what docker diff shows', async () => {
      const lower = lowerTree();
      const { upper } = work(lower, everything);
      expect(await changes(upper, [lower])).toEqual([
        'M /again',
        'D /again/a',
        'M /again/b',
        'M /becomes-dir',
        'A /becomes-dir/f',
        'M /etc',
        'D /etc/group',
        'A /etc/new',
        'M /etc/passwd',
        'A /fresh',
        'A /fresh/linked',
        'A /fresh/p',
        'A /fresh/sub',
        'A /fresh/top',
        'D /gone',
        'D /top',
        'M /usr',
        'M /usr/bin',
        'M /usr/bin/tool',
      ]);
    });

    test('another time is a change of a file', async () => {
      const lower = lowerTree();
      const { upper } = work(lower, (merged) => utimesSync(join(merged, 'etc/group'), 1, 2));
      expect(await changes(upper, [lower])).toEqual(['M /etc', 'M /etc/group']);
    });

    test('names are bytes, and there may be many', async () => {
      const lower = bench.target();
      const { upper } = work(lower, (merged) => {
        writeFileSync(Buffer.concat([Buffer.from(`${merged}/`), Buffer.from([0xff, 0x0a])]), '');
        for (let at = 0; at < 5000; at++) writeFileSync(join(merged, `g${at}`), '');
      });
      const found = await changes(upper, [lower]);
      expect(found).toHaveLength(5001);
      expect(found.at(-1)).toBe('A /\u00ff\n');
    });

    test('a deep tree does not stop it', async () => {
      const lower = bench.target();
      const upper = bench.target();
      let fd = bench.native.openat2(-100, upper, 0o200000, 0, 0);
      for (let depth = 0; depth < 3000; depth++) {
        bench.native.mkdirat(fd, 'd', 0o755);
        const next = bench.native.openat2(fd, 'd', 0o200000, 0, 0);
        bench.native.close(fd);
        fd = next;
      }
      bench.native.close(fd);
      expect((await changes(upper, [lower])).length).toBe(2048);
      await expect(pack(upper, [lower])).rejects.toMatchObject({ code: 'failed-precondition' });
      await bench.unpacker.removeTree(upper, { signal });
    });
  });

  describe('compareTrees', () => {
    const compare = async (from: string[], to: string[], times = false) => {
      const found = await packer.compareTrees({ from, to, times }, { signal });
      return found.map(({ kind, path }) => `${kind[0]?.toUpperCase()} ${Buffer.from(path)}`);
    };

    test('equal trees in different layers differ in nothing but times', async () => {
      const [a, b] = [lowerTree(), lowerTree()];
      utimesSync(join(b, 'top'), 1, 2);
      expect(await compare([a], [b])).toEqual([]);
      expect(await compare([a], [b], true)).toContain('M /top');
    });

    test('with details it says what differs of each', async () => {
      const [a, b] = [lowerTree(), lowerTree()];
      utimesSync(join(b, 'top'), 1, 2);
      writeFileSync(join(b, 'etc/passwd'), 'other');
      chmodSync(join(b, 'etc/passwd'), 0o600);
      const request = { from: [a], to: [b], times: false, details: true };
      const found = await packer.compareTrees(request, { signal });
      expect(found.map(({ path, differs }) => [Buffer.from(path).toString(), differs])).toEqual([
        ['/etc', undefined],
        ['/etc/passwd', ['mode', 'content']],
      ]);
      const times = await packer.compareTrees({ ...request, times: true }, { signal });
      const top = times.find(({ path }) => Buffer.from(path).toString() === '/top');
      expect(top?.differs).toEqual(['time']);
    });

    test('sees through whiteouts and opaque directories on both sides', async () => {
      const lower = lowerTree();
      const { upper } = work(lower, everything);
      const forth = await compare([lower], [upper, lower]);
      expect(forth).toEqual(await changes(upper, [lower]));
      const back = await compare([upper, lower], [lower]);
      for (const line of ['D /etc/new', 'A /etc/group', 'A /gone', 'A /gone/sub/f', 'D /fresh']) {
        expect(back).toContain(line);
      }
      expect(back).not.toContain('D /fresh/sub');
    });

    test('one empty stack', async () => {
      const lower = lowerTree();
      expect(await compare([], [lower])).toContain('A /etc/passwd');
      expect(await compare([lower], [])).toContain('D /etc');
    });
  });
});
