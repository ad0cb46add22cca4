import { createHash } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Digest } from '@wharf/oci';
import { fakeTar, type FakeMember } from '../testing/fake-archives.js';
import { frames, openHarbour, pieces, type Harbour } from '../testing/harbour.js';

const hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const tars = [Buffer.alloc(2 << 20, 'a'), Buffer.alloc(1 << 20, 'b'), Buffer.from('small')];
const config = Buffer.from(
  JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: tars.map((tar) => `sha256:${hex(tar)}`) },
  }),
);
const layers: FakeMember[] = tars.map((body) => ({ path: `${hex(body)}.tar`, body }));
const manifest = [
  { Config: 'config.json', RepoTags: ['big:1'], Layers: layers.map(({ path }) => path) },
];
const members: FakeMember[] = [
  ...layers,
  { path: 'config.json', body: config },
  { path: 'manifest.json', body: JSON.stringify(manifest) },
];

/** What becomes of layers that are unpacked early, by the first letter of what they hold. */
function watch({ deps }: Harbour): string[] {
  const calls: string[] = [];
  const names = new Map(tars.map((tar) => [`sha256:${hex(tar)}`, tar.toString('latin1', 0, 1)]));
  const { stage, unstage } = deps.layers;
  deps.layers.stage = (source, options) => {
    calls.push(`stage ${names.get(source.diffId)}`);
    return stage(source, options);
  };
  deps.layers.unstage = (blob, options) => {
    calls.push(`unstage ${names.get(blob)}`);
    return unstage(blob, options);
  };
  return calls;
}

const load = (harbour: Harbour, archive: Buffer) =>
  frames(harbour.transfers.load(pieces(archive), { signal: harbour.signal }));

const snapshots = async ({ root }: Harbour): Promise<string[]> =>
  (await readdir(join(root, 'snapshots'))).filter((name) => name.startsWith('tmp-'));

test('large plain layers are unpacked as they come, and once', async () => {
  await using harbour = await openHarbour();
  const calls = watch(harbour);
  await load(harbour, fakeTar(members));
  expect(calls.filter((call) => call.startsWith('stage'))).toEqual(['stage a', 'stage b']);
  expect(harbour.deps.layers.list()).toHaveLength(3);
  expect(await snapshots(harbour)).toEqual([]);
  await load(harbour, fakeTar(members));
  expect(calls.filter((call) => call.startsWith('stage'))).toHaveLength(2);
});

test('what no image takes is gone in the end', async () => {
  await using harbour = await openHarbour();
  const calls = watch(harbour);
  await expect(load(harbour, fakeTar(layers))).rejects.toMatchObject({ code: 'invalid-argument' });
  expect(calls).toEqual(['stage a', 'stage b', 'unstage a', 'unstage b']);
  expect(await snapshots(harbour)).toEqual([]);
  expect(harbour.deps.layers.list()).toEqual([]);
});

test('a staged layer is taken for its own blob alone: another one has to unpack to it', async () => {
  await using harbour = await openHarbour();
  const { layers: store } = harbour.deps;
  const { signal } = harbour;
  const [tar = Buffer.alloc(0)] = tars;
  const diffId = `sha256:${hex(tar)}` as Digest;
  const [plain, packed] = ['plain', 'packed'].map((name) => join(harbour.root, name));
  await writeFile(plain ?? '', tar);
  await writeFile(packed ?? '', gzipSync('something else'));
  const source = { diffId, blobSize: tar.length };
  await store.stage(
    { ...source, blob: diffId, blobPath: plain ?? '', compression: 'none' },
    { signal },
  );
  const other = `sha256:${hex(Buffer.from('other'))}` as Digest;
  const lie = { ...source, blob: other, blobPath: packed ?? '', compression: 'gzip' as const };
  await expect(store.commit(undefined, lie, { signal })).rejects.toMatchObject({
    code: 'data-loss',
  });
  await store.unstage(diffId, { signal });
  expect(await snapshots(harbour)).toEqual([]);
});
