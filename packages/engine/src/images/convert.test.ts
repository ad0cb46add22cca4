import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FileChange } from '@wharf/core';
import { mediaTypes } from '@wharf/oci';
import { commitUpper, type CommitRequest } from './commit.js';
import {
  frames,
  gather,
  makeImage,
  makeIndex,
  openHarbour,
  pieces,
  type Harbour,
} from './testing/harbour.js';

describe('convert', () => {
  test('gives the same image with other layers another name', async () => {
    await using harbour = await openHarbour();
    const { signal, deps } = harbour;
    const image = await makeImage(harbour, { names: ['docker.io/library/x:1'] });
    const all = await frames(
      harbour.transfers.convert('x:1', 'x:zstd', { signal, compression: 'zstd' }),
    );
    const end = all.at(-1);
    expect(end).toMatchObject({ kind: 'done', imageId: image.imageId });
    expect(all.filter(({ kind }) => kind === 'step')).toHaveLength(2);
    const target = deps.records.byName('docker.io/library/x:zstd');
    const { document } = await deps.documents.manifest(target!.digest);
    expect(document.layers.map(({ mediaType }) => mediaType)).toEqual([
      mediaTypes.ociLayerZstd,
      mediaTypes.ociLayerZstd,
    ]);
    await harbour.collect();
    expect((await gather(harbour.transfers.save(['x:zstd'], { signal }))).length).toBeGreaterThan(
      0,
    );
    expect(deps.records.byName('docker.io/library/x:1')?.digest).toBe(image.target.digest);
  });

  test('does it for all platforms of an index', async () => {
    await using harbour = await openHarbour();
    const { signal, deps } = harbour;
    const amd = await makeImage(harbour);
    const arm = await makeImage(harbour, { architecture: 'arm64', layers: ['arm'] });
    await makeIndex(harbour, [amd, arm], { names: ['docker.io/library/m:1'] });
    await frames(harbour.transfers.convert('m:1', 'm:none', { signal, compression: 'none' }));
    const target = deps.records.byName('docker.io/library/m:none');
    expect(target?.manifests.map(({ configDigest }) => configDigest).sort()).toEqual(
      [amd.imageId, arm.imageId].sort(),
    );
    await harbour.collect();
    const { document } = await deps.documents.index(target!.digest);
    for (const { digest } of document.manifests)
      expect(await deps.content.find(digest)).toBeDefined();
  });

  test('has nothing to do for what is so already', async () => {
    await using harbour = await openHarbour();
    const { signal, deps } = harbour;
    const image = await makeImage(harbour, { names: ['docker.io/library/x:1'] });
    await frames(harbour.transfers.convert('x:1', 'y', { signal, compression: 'gzip' }));
    expect(deps.records.byName('docker.io/library/y:latest')?.digest).toBe(image.target.digest);
  });
});

test('a diff comes in batches of a thousand', async () => {
  await using harbour = await openHarbour();
  const { signal, deps } = harbour;
  await makeImage(harbour, { layers: ['a'], names: ['docker.io/library/a:1'] });
  await makeImage(harbour, { layers: ['a', 'b'], names: ['docker.io/library/b:1'] });
  const changes = Array.from({ length: 2500 }, (_, i): FileChange => {
    return { kind: 'added', path: Buffer.from(`/f${i}`) };
  });
  const seen: number[] = [];
  Object.assign(deps.pack, {
    compareTrees: ({ from, to }: { from: readonly string[]; to: readonly string[] }) => {
      seen.push(from.length, to.length);
      return Promise.resolve(changes);
    },
  });
  const batches = await frames(harbour.transfers.diff('a:1', 'b:1', { signal }));
  expect(batches.map((batch) => batch.length)).toEqual([1000, 1000, 500]);
  expect(seen).toEqual([1, 2]);
});

describe('a disk that is full is named, and nothing of it stays:', () => {
  const full = () => Promise.reject(Object.assign(new TypeError('write'), { code: 'ENOSPC' }));
  const nothingOf = async ({ root, deps, collect }: Harbour, blobs: number): Promise<void> => {
    expect(await deps.content.list()).toHaveLength(blobs);
    expect(await readdir(join(root, 'tmp')).catch(() => [])).toEqual([]);
    expect(deps.state.db.prepare('SELECT * FROM leases').all()).toEqual([]);
    await collect();
  };
  const told = (what: string) => ({
    code: 'resource-exhausted',
    message: expect.stringMatching(
      `^${what}: no space left on the file system at /.* free once the attempt was cleared away`,
    ) as string,
    facts: { errno: 'ENOSPC' },
  });

  test('import', async () => {
    await using harbour = await openHarbour();
    const { deps, signal } = harbour;
    deps.layers.commit = full;
    const tar = Buffer.from('a tar');
    const work = harbour.transfers.import(pieces(tar), { signal });
    await expect(work).rejects.toMatchObject(told('importing an image'));
    await nothingOf(harbour, 0);
  });

  test('load', async () => {
    await using from = await openHarbour();
    await makeImage(from, { names: ['docker.io/library/a:1'] });
    const archive = await gather(from.transfers.save(['a:1'], { signal: from.signal }));
    await using harbour = await openHarbour();
    harbour.deps.layers.commit = full;
    const work = frames(harbour.transfers.load(pieces(archive), { signal: harbour.signal }));
    await expect(work).rejects.toMatchObject(told('loading images'));
    await nothingOf(harbour, 0);
  });

  test('convert', async () => {
    await using harbour = await openHarbour();
    await makeImage(harbour, { names: ['docker.io/library/a:1'] });
    const before = (await harbour.deps.content.list()).length;
    harbour.deps.pack.recompress = full;
    const options = { signal: harbour.signal, compression: 'zstd' } as const;
    const work = frames(harbour.transfers.convert('a:1', 'b:1', options));
    await expect(work).rejects.toMatchObject(told('converting a:1'));
    await nothingOf(harbour, before);
  });

  test('commit', async () => {
    await using harbour = await openHarbour();
    const { deps, signal } = harbour;
    const { target } = await makeImage(harbour, { names: ['docker.io/library/a:1'] });
    const before = (await deps.content.list()).length;
    deps.pack.packLayer = async ({ targetFile }) => {
      await writeFile(targetFile ?? '', 'half');
      return full();
    };
    const request: CommitRequest = {
      manifestDigest: target.digest,
      upper: harbour.root,
      stubs: [],
      names: [],
      author: '',
      comment: '',
      createdBy: '',
      config: (base) => base,
      quiet: () => undefined,
      check: () => undefined,
    };
    const work = commitUpper(deps, request, { signal });
    await expect(work).rejects.toMatchObject(told('committing a container'));
    await nothingOf(harbour, before);
  });
});

describe('import', () => {
  const tar = Buffer.from('a tar of a root filesystem');

  test('makes an image of one layer, whose bytes stay', async () => {
    await using harbour = await openHarbour();
    const { signal, deps } = harbour;
    const { imageId } = await harbour.transfers.import(pieces(tar, 7), {
      signal,
      name: 'fresh',
      message: 'made by hand',
      changes: ['CMD ["sh"]', 'ENV A=1'],
      platform: 'linux/arm64',
    });
    const config = await deps.documents.config(imageId as never);
    expect(config).toMatchObject({
      platform: { os: 'linux', architecture: 'arm64' },
      config: { command: ['sh'], env: ['A=1'] },
      history: [{ comment: 'made by hand' }],
    });
    const target = deps.records.byName('docker.io/library/fresh:latest');
    const { document } = await deps.documents.manifest(target!.digest);
    expect(document.layers[0]).toMatchObject({
      mediaType: mediaTypes.ociLayer,
      digest: config.diffIds[0],
      size: tar.length,
    });
    await harbour.collect();
    expect(await deps.content.find(document.layers[0]!.digest)).toBe(tar.length);
  });

  test('may be dangling; nothing comes of bad changes or of nothing', async () => {
    await using harbour = await openHarbour();
    const { signal, deps } = harbour;
    await harbour.transfers.import(pieces(tar), { signal });
    expect(deps.records.targets()[0]?.names).toEqual([]);
    await expect(
      harbour.transfers.import(pieces(tar), { signal, changes: ['RUN x'] }),
    ).rejects.toThrow('RUN is not a valid change command');
    await expect(harbour.transfers.import(pieces(Buffer.alloc(0)), { signal })).rejects.toThrow(
      'empty',
    );
    expect(deps.records.targets()).toHaveLength(1);
  });
});
