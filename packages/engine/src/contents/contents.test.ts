import { describe, expect, test } from 'vitest';
import type { Contents, ImageContent } from '@wharf/core';
import {
  gather,
  makeImage,
  makeIndex,
  openHarbour,
  pieces,
  type Harbour,
} from '../images/testing/harbour.js';
import { createContents } from './contents.js';

const open = (harbour: Harbour): Contents => createContents(harbour.deps);

/** Moves what is missing, as `image send` does. */
async function send(
  from: Harbour,
  to: Harbour,
  content: ImageContent,
  lease = 'l1',
): Promise<string[]> {
  const { signal } = from;
  const missing = await open(to).missing(lease, content.blobs, { signal });
  for (const { blob, offset } of missing) {
    const chunks = open(from).read(blob.digest, { signal, offset });
    await open(to).write({ lease, blob, offset }, chunks, { signal });
  }
  return missing.map(({ blob }) => blob.digest);
}

describe('an image moves between daemons', () => {
  test('with its digest, and only what is missing', async () => {
    await using from = await openHarbour();
    await using to = await openHarbour();
    const { signal } = from;
    await makeImage(to, { layers: ['lower'], names: ['docker.io/library/base:1'] });
    const image = await makeImage(from, { names: ['docker.io/library/x:1'] });
    const content = await open(from).describe('x:1', { signal });
    expect(content).toMatchObject({ name: 'docker.io/library/x:1', absent: [] });
    expect(content.blobs.at(-1)?.digest).toBe(image.target.digest);
    expect(await send(from, to, content)).toHaveLength(3);
    await to.collect();
    const named = await open(to).name('l1', content.name, content.target, { signal });
    expect(named.imageId).toBe(image.imageId);
    await to.collect();
    expect(to.deps.records.byName('docker.io/library/x:1')?.digest).toBe(image.target.digest);
    expect(await send(from, to, content)).toEqual([]);
  });

  test('of several platforms goes with those that are here, or with one', async () => {
    await using from = await openHarbour();
    await using to = await openHarbour();
    const { signal } = from;
    const amd = await makeImage(from);
    const arm = await makeImage(from, { architecture: 'arm64', layers: ['arm'] });
    const absent = { ...amd.target, digest: `sha256:${'0'.repeat(64)}` as never };
    const target = await makeIndex(from, [amd, arm], {
      names: ['docker.io/library/m:1'],
      absent: [absent],
    });
    const all = await open(from).describe('m:1', { signal });
    expect(all.absent.map(({ digest }) => digest)).toEqual([absent.digest]);
    const one = await open(from).describe('m:1', { signal, platform: 'linux/arm64' });
    expect(one.absent.map(({ digest }) => digest)).toEqual([absent.digest, amd.target.digest]);
    await send(from, to, one);
    await open(to).name('l1', one.name, one.target, { signal });
    const there = to.deps.records.byName('docker.io/library/m:1');
    expect(there?.digest).toBe(target.digest);
    expect(there?.manifests.map(({ digest }) => digest)).toEqual([arm.target.digest]);
  });
});

test('a look at an image writes nothing', async () => {
  await using harbour = await openHarbour();
  const { signal, deps } = harbour;
  await makeImage(harbour, { names: ['docker.io/library/x:1'] });
  const changes = () => deps.state.db.prepare('SELECT total_changes() AS n').get();
  const before = changes();
  await open(harbour).describe('x:1', { signal });
  expect(changes()).toEqual(before);
});

describe('a write', () => {
  test('goes on where an interrupted one ended', async () => {
    await using to = await openHarbour();
    await using from = await openHarbour();
    const { signal } = to;
    const image = await makeImage(from, { compression: 'none', names: ['docker.io/library/x:1'] });
    const [layer] = image.layers;
    const blob = {
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest: layer!.diffId,
      size: layer!.bytes.length,
    };
    const cut = async function* () {
      yield layer!.bytes.subarray(0, 100);
      throw new RangeError('cable');
    };
    const contents = open(to);
    await contents.missing('l', [blob], { signal });
    await expect(
      contents.write({ lease: 'l', blob, offset: 0 }, cut(), { signal }),
    ).rejects.toThrow('cable');
    await to.collect();
    expect(await contents.missing('l', [blob], { signal })).toEqual([{ blob, offset: 100 }]);
    await expect(
      contents.write({ lease: 'l', blob, offset: 7 }, pieces(layer!.bytes), { signal }),
    ).rejects.toMatchObject({ code: 'failed-precondition', facts: { offset: '100' } });
    const rest = open(from).read(blob.digest, { signal, offset: 100 });
    await contents.write({ lease: 'l', blob, offset: 100 }, rest, { signal });
    expect((await gather(contents.read(blob.digest, { signal }))).equals(layer!.bytes)).toBe(true);
  });

  test('of wrong bytes leaves nothing', async () => {
    await using to = await openHarbour();
    const { signal } = to;
    const blob = { mediaType: 'a/b', digest: `sha256:${'0'.repeat(64)}`, size: 3 };
    await expect(
      open(to).write({ lease: 'l', blob, offset: 0 }, pieces(Buffer.from('abc')), { signal }),
    ).rejects.toMatchObject({ code: 'data-loss' });
    expect(await open(to).missing('l', [blob], { signal })).toEqual([{ blob, offset: 0 }]);
  });
});

test('malformed names, leases and descriptors are refused', async () => {
  await using harbour = await openHarbour();
  const { signal } = harbour;
  const contents = open(harbour);
  const good = { mediaType: 'a/b', digest: `sha256:${'0'.repeat(64)}`, size: 3 };
  const invalid = { code: 'invalid-argument' };
  for (const lease of ['', '../x', 'a b', 'a'.repeat(65), '-x', 'a\n'])
    await expect(contents.missing(lease, [], { signal })).rejects.toMatchObject(invalid);
  for (const blob of [
    { ...good, size: -1 },
    { ...good, size: 1.5 },
    { ...good, digest: '../../etc' },
    { ...good, mediaType: 'nope' },
  ])
    await expect(contents.missing('l', [blob], { signal })).rejects.toMatchObject(invalid);
  expect(() => contents.read('sha256:x', { signal })).toThrow('invalid digest');
  const manifest = { ...good, mediaType: 'application/vnd.oci.image.manifest.v1+json' };
  for (const [name, target] of [
    ['A B', manifest],
    [`x@${good.digest}`, manifest],
    ['x', good],
  ] as const)
    await expect(contents.name('l', name, target, { signal })).rejects.toMatchObject(invalid);
  await expect(contents.name('l', 'x', manifest, { signal })).rejects.toMatchObject({
    code: 'not-found',
  });
  await expect(contents.describe('nope', { signal })).rejects.toMatchObject({ code: 'not-found' });
});
