import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeImageIndex, mediaTypes, serialiseImageIndex, type Digest } from '@wharf/oci';
import { nameTarget } from './install.js';
import { openGallery, type Gallery } from './testing/gallery.js';
import { fakeUnpacker, install, makeImage, openShelf, testOptions } from './testing/shelf.js';

let gallery: Gallery;
beforeEach(async () => {
  gallery = await openGallery();
});
afterEach(() => gallery.demolish());

const kept = makeImage({ layers: ['base', 'kept'] });
const gone = makeImage({ layers: ['base', 'gone', 'more'] });

test('a collection that is killed at any step leaves the rest whole, and the next one ends it', async () => {
  await gallery.demolish();
  for (let steps = 0; ; steps++) {
    let left = steps;
    const step = (): void => {
      if (left-- === 0) throw new TypeError('killed');
    };
    const real = fakeUnpacker();
    const shelf = await openShelf({
      unpacker: {
        ...real,
        async removeTree(path, options) {
          if (path.includes('tmp-') || left === Infinity) return real.removeTree(path, options);
          step();
          await real.removeTree(path, options);
        },
      },
    });
    left = Infinity;
    await install(shelf, kept, ['docker.io/library/kept:latest']);
    await install(shelf, gone, ['docker.io/library/gone:latest']);
    const { remove } = shelf.content;
    gallery = await openGallery({
      shelf: {
        ...shelf,
        content: { ...shelf.content, remove: async (digest) => (step(), remove(digest)) },
      },
    });
    left = steps;
    await gallery.images.remove('gone', testOptions);
    const killed = left < 0;
    left = Infinity;
    gallery = await gallery.restart();
    await expectWhole(gallery);
    await gallery.images.collect(testOptions);
    await gallery.shelf.layers.sweep(testOptions);
    await expectWhole(gallery);
    expect(await gallery.shelf.content.list()).toHaveLength(kept.blobs.size);
    expect(gallery.shelf.layers.list()).toHaveLength(2);
    expect(await readdir(join(gallery.shelf.root, 'snapshots'))).toHaveLength(3);
    if (!killed) return;
    await gallery.demolish();
  }
});

async function expectWhole({ shelf, images }: Gallery): Promise<void> {
  expect((await images.list(testOptions)).map(({ id }) => id)).toEqual([kept.id]);
  for (const digest of kept.blobs.keys()) expect(await shelf.content.find(digest)).toBeDefined();
  expect(await images.lowerDirectories(kept.descriptor.digest)).toHaveLength(2);
}

test('a blob that another database knew stays', async () => {
  const { content, state } = gallery.shelf;
  const { digest } = await content.put(Buffer.from('theirs'), testOptions);
  state.noteStrangers('blobs', [digest]);
  await content.put(Buffer.from('loose'), testOptions);
  await gallery.images.collect(testOptions);
  expect(await content.list()).toEqual([digest]);
});

test('what is claimed stays, and half a blob as long as its lease', async () => {
  const { content, leases } = gallery.shelf;
  const claimed = await content.put(Buffer.from('claimed'), testOptions);
  const loose = await content.put(Buffer.from('loose'), testOptions);
  const half = `sha256:${'d'.repeat(64)}` as Digest;
  const ingest = await content.begin({ digest: half, size: 10 }, testOptions);
  await ingest.write(Buffer.from('half'));
  await ingest.close();
  leases.hold('somebody', [claimed.digest, half]);
  const { blobs, bytes } = await gallery.images.collect(testOptions);
  expect([blobs, bytes]).toEqual([[loose.digest], 5]);
  expect(await content.partial(half)).toBe(4);
  leases.release('somebody');
  await gallery.images.collect(testOptions);
  expect(await content.list()).toEqual([]);
  expect(await content.partial(half)).toBe(0);
});

test('what is said about a platform in an index inside the index stays whole', async () => {
  const { shelf, images } = gallery;
  const put = async (mediaType: string, document: unknown) => ({
    mediaType,
    ...(await shelf.content.put(Buffer.from(JSON.stringify(document)), testOptions)),
  });
  const layer = await put('application/vnd.in-toto+json', { about: kept.id });
  const config = await put(mediaTypes.ociConfig, {});
  const attestation = {
    ...(await put(mediaTypes.ociManifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config,
      layers: [layer],
    })),
    platform: { os: 'unknown', architecture: 'unknown', variant: '' },
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': kept.descriptor.digest,
    },
  };
  const index = async (entries: Parameters<typeof makeImageIndex>[0]) => {
    const made = makeImageIndex(entries);
    const blob = await shelf.content.put(serialiseImageIndex(made), testOptions);
    return { mediaType: made.mediaType, ...blob };
  };
  const inner = await index([{ ...kept.descriptor, platform: kept.config.platform }, attestation]);
  const outer = await index([inner]);
  await install(shelf, kept);
  nameTarget(shelf, {
    target: outer,
    manifests: [kept],
    names: ['docker.io/library/nested:latest'],
    digests: [],
    event: { action: 'load', actorId: kept.id, attributes: {} },
  });
  await images.collect(testOptions);
  for (const { digest } of [outer, inner, attestation, config, layer, kept.descriptor])
    expect(await shelf.content.find(digest)).toBeDefined();
});

test('nothing is collected while a document cannot be read', async () => {
  await install(gallery.shelf, kept, ['docker.io/library/kept:latest']);
  const loose = await gallery.shelf.content.put(Buffer.from('loose'), testOptions);
  await gallery.shelf.content.remove(kept.descriptor.digest);
  await expect(gallery.images.collect(testOptions)).rejects.toMatchObject({ code: 'data-loss' });
  expect(await gallery.shelf.content.find(loose.digest)).toBe(5);
});
