import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  hostPlatform,
  makeImageIndex,
  serialiseConfig,
  serialiseImageIndex,
  serialiseManifest,
  type Digest,
  type IndexEntry,
} from '@wharf/oci';
import { hashBytes } from '../layers/layers.js';
import { openGallery, type Gallery } from './testing/gallery.js';
import { readTree } from './tree.js';
import { amd64, arm64, makeImage, testOptions, type MadeImage } from './testing/shelf.js';

let gallery: Gallery;
beforeEach(async () => {
  gallery = await openGallery();
});
afterEach(() => gallery.demolish());

const host = hostPlatform(process.arch);
const foreign = host.architecture === 'amd64' ? arm64 : amd64;
const box = 'docker.io/library/box:latest';

/** Puts an index into the registry, and names it when asked to. */
function offer(entries: readonly IndexEntry[], name?: string): IndexEntry {
  const index = makeImageIndex(entries);
  const bytes = serialiseImageIndex(index);
  const descriptor = { mediaType: index.mediaType, digest: hashBytes(bytes), size: bytes.length };
  gallery.remote.blobs.set(descriptor.digest, bytes);
  if (name !== undefined) gallery.remote.tags.set(name, descriptor);
  return descriptor;
}

/** The blobs of an image, with no name. */
function keep({ blobs, descriptor, config }: MadeImage): IndexEntry {
  for (const [digest, bytes] of blobs) gallery.remote.blobs.set(digest, bytes);
  return { ...descriptor, platform: config.platform };
}

async function nothingIsHere(): Promise<void> {
  expect(await gallery.images.list(testOptions)).toEqual([]);
  expect(gallery.shelf.layers.list()).toEqual([]);
}

/** The same image, whose config says something else of its layers. */
function lying(image: MadeImage, diffIds: readonly Digest[]): MadeImage {
  const blobs = new Map(image.blobs);
  const put = (bytes: Uint8Array) => {
    const digest = hashBytes(bytes);
    blobs.set(digest, bytes);
    return { digest, size: bytes.length };
  };
  const config = { ...image.config, diffIds };
  const blob = put(serialiseConfig(config));
  const manifest = { ...image.manifest, config: { ...image.manifest.config, ...blob } };
  const descriptor = { ...image.descriptor, ...put(serialiseManifest(manifest)) };
  return { id: blob.digest, descriptor, manifest, config, blobs };
}

test('R-10 an index inside an index is not followed, however deep they go', async () => {
  let entry = keep(makeImage({ platform: host }));
  for (let depth = 0; depth < 10_000; depth++) entry = { ...offer([entry]), platform: host };
  offer([entry], box);
  await expect(gallery.pull('box')).rejects.toMatchObject({
    code: 'unimplemented',
    message: expect.stringContaining('nested indexes are not followed') as string,
    facts: { digest: entry.digest },
  });
  await expect(gallery.pull('box', { allPlatforms: true })).rejects.toMatchObject({
    code: 'not-found',
  });
  expect(gallery.remote.fetched).toEqual([]);
  await nothingIsHere();
});

test('R-10 an index beside images is left out, and the images are pulled', async () => {
  const image = makeImage({ platform: host });
  offer([keep(image), offer([keep(makeImage({ platform: foreign }))])], box);
  expect(await gallery.pull('box', { allPlatforms: true })).toHaveLength(1);
  expect((await gallery.images.get('box', { ...testOptions, platform: '' })).id).toBe(image.id);
});

test.each([
  ['in the wrong order', (ids: readonly Digest[]) => ids.toReversed()],
  ['one too few', (ids: readonly Digest[]) => ids.slice(1)],
  ['one too many', (ids: readonly Digest[]) => [...ids, ids[0] as Digest]],
  ['none', () => []],
  ['of other bytes', (ids: readonly Digest[]) => [ids[0] as Digest, hashBytes(Buffer.from('x'))]],
])('R-18 diff ids %s: nothing of the image is to be seen', async (_what, change) => {
  const image = makeImage({ platform: host, layers: ['lower', 'upper'] });
  gallery.remote.add(box, lying(image, change(image.config.diffIds)));
  await expect(gallery.pull('box')).rejects.toThrow(/layers|is not/);
  expect(await gallery.images.list(testOptions)).toEqual([]);
  await expect(gallery.images.get('box', { ...testOptions, platform: '' })).rejects.toMatchObject({
    code: 'not-found',
  });
});

test('R-19 an index that lies about a platform: the image is what its config says', async () => {
  const image = makeImage({ platform: foreign });
  offer([{ ...keep(image), platform: host }], box);
  await gallery.pull('box');
  const found = await gallery.images.get('box', { ...testOptions, platform: '' });
  expect(found).toMatchObject({ os: 'linux', architecture: foreign.architecture });
  expect(found.platforms.map(({ platform }) => platform)).toEqual([
    `linux/${foreign.architecture}`,
  ]);
});

test('an image that names the layers of another one is not given them', async () => {
  const secret = makeImage({ platform: host, layers: ['lower', 'secret'] });
  const thief = makeImage({ platform: host, layers: ['lower', 'of my own'] });
  const identify = () => Promise.resolve({ compression: 'none', diffId: thief.config.diffIds[1] });
  await gallery.demolish();
  gallery = await openGallery({ pack: { identify } });
  gallery.remote.add('docker.io/library/secret:1', secret);
  gallery.remote.add(box, lying(thief, secret.config.diffIds));
  await gallery.pull('secret:1');
  await expect(gallery.pull('box')).rejects.toMatchObject({ code: 'data-loss' });
  expect(await gallery.images.list(testOptions)).toMatchObject([{ repoTags: ['secret:1'] }]);
});

test('indexes in an index that multiply are refused at a number that can be looked at', async () => {
  const { content, documents } = gallery.shelf;
  const put = async (entries: readonly IndexEntry[]): Promise<IndexEntry> => {
    const index = makeImageIndex(entries);
    return {
      mediaType: index.mediaType,
      ...(await content.put(serialiseImageIndex(index), testOptions)),
    };
  };
  const entry = keep(makeImage({ platform: host }));
  const inner = await Promise.all(
    Array.from({ length: 11 }, (_, at) => put(Array.from({ length: 1000 - at }, () => entry))),
  );
  await expect(readTree({ content, documents }, await put(inner))).rejects.toMatchObject({
    code: 'resource-exhausted',
  });
});
