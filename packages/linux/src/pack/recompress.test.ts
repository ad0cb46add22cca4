import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { PackPort } from '@wharf/engine/ports';
import { archive, member } from '@wharf/testing/tar';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bench } from '../unpack/testing/jail.js';
import { canJail, openBench } from '../unpack/testing/jail.js';
import { createPacker } from './packer.js';

const signal = new AbortController().signal;
const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe.runIf(canJail)('recompress and identify', () => {
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
  const tar = archive(member({ name: 'd/f', body: 'hello' }), member({ name: 'g', body: 'x' }));

  test('whatever the way, the same bytes come out', async () => {
    const plain = { blobPath: bench.blob(tar), from: 'none' } as const;
    const gzip = { blobPath: bench.blob(gzipSync(tar)), from: 'gzip' } as const;
    for (const to of ['zstd', 'gzip', 'none'] as const) {
      const results = [];
      for (const source of [plain, gzip]) {
        const targetFile = newFile();
        results.push(await packer.recompress({ ...source, to, targetFile }, { signal }));
        expect(results.at(-1)?.digest).toBe(sha256(readFileSync(targetFile)));
      }
      expect(results[0]).toEqual(results[1]);
      expect(results[0]).toMatchObject({
        diffId: sha256(tar),
        entries: 2,
        uncompressedSize: tar.length,
      });
    }
  });

  test('a corrupt blob leaves nothing', async () => {
    const targetFile = newFile();
    const blobPath = bench.blob(gzipSync(tar).subarray(0, 60));
    await expect(
      packer.recompress({ blobPath, from: 'gzip', to: 'zstd', targetFile }, { signal }),
    ).rejects.toMatchObject({ code: 'data-loss' });
    expect(existsSync(targetFile)).toBe(false);
  });

  test('each compression is told by its first bytes', async () => {
    const by = (program: string) => spawnSync(program, ['-c'], { input: tar }).stdout;
    for (const compression of ['gzip', 'zstd', 'none'] as const) {
      const path = bench.blob(compression === 'none' ? tar : by(compression));
      expect(await packer.identify({ path }, { signal })).toEqual({
        compression,
        diffId: sha256(tar),
        uncompressedSize: tar.length,
        rewritten: false,
      });
    }
    for (const program of ['xz', 'bzip2']) {
      const [path, targetFile] = [bench.blob(by(program)), newFile()];
      expect(await packer.identify({ path, targetFile }, { signal })).toEqual({
        compression: 'none',
        diffId: sha256(tar),
        uncompressedSize: tar.length,
        rewritten: true,
      });
      expect(readFileSync(targetFile).equals(tar)).toBe(true);
      await expect(packer.identify({ path }, { signal })).rejects.toMatchObject({
        code: 'invalid-argument',
      });
      const broken = bench.blob(by(program).subarray(0, 40));
      await expect(
        packer.identify({ path: broken, targetFile: newFile() }, { signal }),
      ).rejects.toMatchObject({ code: 'data-loss' });
    }
  });

  test('a bomb is stopped', async () => {
    const bomb = spawnSync('sh', ['-c', 'head -c 300000000 /dev/zero | xz -0'], {
      maxBuffer: 1 << 24,
    }).stdout;
    const targetFile = newFile();
    await expect(
      packer.identify({ path: bench.blob(bomb), targetFile }, { signal }),
    ).rejects.toMatchObject({ code: 'resource-exhausted' });
    expect(existsSync(targetFile)).toBe(false);
  });
});
