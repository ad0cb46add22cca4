import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DataLossError, type PullFrame, type PullPhase } from '@wharf/core';
import { hostPlatform, type Digest } from '@wharf/oci';
import { mountPoint } from '../disk/full.js';
import type { UnpackPort } from '../layers/ports.js';
import { openGallery, type Gallery } from './testing/gallery.js';
import { amd64, arm64, fakeUnpacker, makeImage, testOptions } from './testing/shelf.js';

let gallery: Gallery;
beforeEach(async () => {
  gallery = await openGallery();
});
afterEach(() => gallery.demolish());

const host = hostPlatform(process.arch);
const foreign = host.architecture === 'amd64' ? arm64 : amd64;
const foreignName = `linux/${foreign.architecture}`;
const native = makeImage({ platform: host, layers: ['base layer', 'native layer'] });
const other = makeImage({ platform: foreign, layers: ['base layer', 'other layer'] });
const box = 'docker.io/library/box:latest';
const get = (ref: string, platform = '') => gallery.images.get(ref, { ...testOptions, platform });

test('an index stays whole, of which one platform is here', async () => {
  const index = gallery.remote.addIndex(box, [other, native]);
  const [result] = await gallery.pull('box');
  expect(result).toEqual({
    digest: index.digest,
    imageId: native.id,
    reference: box,
    upToDate: false,
  });
  const image = await get('box');
  expect(image).toMatchObject({
    id: native.id,
    targetDigest: index.digest,
    targetMediaType: index.mediaType,
    manifestDigest: native.descriptor.digest,
    repoTags: ['box:latest'],
    repoDigests: [`box@${index.digest}`],
    size: 22,
  });
  expect(
    image.platforms.map(({ platform, available, kind }) => [platform, available, kind]),
  ).toEqual([
    [foreignName, false, 'image'],
    [`linux/${host.architecture}`, true, 'image'],
  ]);
  expect(gallery.remote.fetched.map(({ digest }) => digest)).not.toContain(
    other.manifest.layers[1]?.digest,
  );
});

test('a second pull of another platform adds to the same image', async () => {
  const index = gallery.remote.addIndex(box, [other, native]);
  await gallery.pull('box');
  await expect(get('box', foreignName)).rejects.toThrow(`pull --platform ${foreignName}`);
  const [result] = await gallery.pull('box', { platform: foreignName });
  expect(result).toMatchObject({ imageId: other.id, digest: index.digest, upToDate: false });
  expect((await get('box', foreignName)).id).toBe(other.id);
  expect((await get('box')).id).toBe(native.id);
  expect(await gallery.images.list(testOptions)).toHaveLength(1);
  const shared = gallery.remote.fetched.filter(
    ({ digest }) => digest === native.manifest.layers[0]?.digest,
  );
  expect(shared).toHaveLength(1);
});

test('all platforms come at once, with what is said about them', async () => {
  const { digest } = gallery.remote.addIndex(box, [native, other], true);
  await gallery.pull('box', { allPlatforms: true });
  const { platforms } = await get('box');
  expect(platforms.map(({ kind, available }) => [kind, available])).toEqual([
    ['image', true],
    ['image', true],
    ['attestation', true],
    ['attestation', true],
  ]);
  await gallery.images.collect(testOptions);
  for (const held of [digest, ...gallery.remote.blobs.keys()])
    expect(await gallery.shelf.content.find(held as Digest)).toBeDefined();
});

test('what is said about a platform is kept with it, and its loss is no harm', async () => {
  gallery.remote.addIndex(box, [native, other], true);
  const { platforms } = await gallery.pull('box').then(() => get('box'));
  expect(platforms.map(({ contentSize }) => contentSize > 0)).toEqual([true, false, true, false]);
  gallery.remote.blobs.delete(platforms[3]?.manifestDigest ?? '');
  await gallery.pull('box', { platform: foreignName });
});

test('a platform that the index lacks, or a single image is not for, is told as docker tells it', async () => {
  gallery.remote.addIndex(box, [native]);
  gallery.remote.add('docker.io/library/one:latest', native);
  for (const ref of ['box', 'one'])
    await expect(gallery.pull(ref, { platform: 'linux/s390x' })).rejects.toThrow(
      'no matching manifest for linux/s390x',
    );
  expect(await gallery.images.list(testOptions)).toEqual([]);
});

test('by digest, of an index or of one platform, there is no name', async () => {
  const { digest } = gallery.remote.addIndex(box, [native, other]);
  await gallery.pull(`box@${digest}`);
  expect(await get(`box@${digest}`)).toMatchObject({
    repoTags: [],
    repoDigests: [`box@${digest}`],
  });
  const [result] = await gallery.pull(`box@${other.descriptor.digest}`);
  expect(result).toMatchObject({ digest: other.descriptor.digest, imageId: other.id });
  expect((await get(`box@${other.descriptor.digest}`)).targetDigest).toBe(other.descriptor.digest);
});

test('every tag of a repository is pulled', async () => {
  gallery.remote.add('docker.io/library/app:1', native);
  gallery.remote.add('docker.io/library/app:2', other);
  gallery.remote.add('docker.io/library/apple:3', other);
  const results = await gallery.pull('app', { allTags: true });
  expect(results.map(({ reference }) => reference)).toEqual([
    'docker.io/library/app:1',
    'docker.io/library/app:2',
  ]);
  await expect(gallery.pull('app:1', { allTags: true })).rejects.toThrow('--all-tags');
});

test('an image is up to date when its name leads to all of it already', async () => {
  gallery.remote.add(box, native);
  expect(await gallery.pull('box')).toMatchObject([{ upToDate: false }]);
  expect(await gallery.pull('box')).toMatchObject([{ upToDate: true }]);
  gallery.remote.add(box, other);
  expect(await gallery.pull('box')).toMatchObject([{ upToDate: false, imageId: other.id }]);
  expect(await get(native.id)).toMatchObject({ repoTags: [] });
});

test('progress tells bytes of all bytes for each layer, and ends with done', async () => {
  gallery.remote.add(box, native);
  gallery.remote.onPart = () => new Promise((resolve) => setImmediate(resolve));
  const phases = new Map<string, PullPhase[]>();
  for await (const frame of gallery.images.pull('box', testOptions)) {
    if (frame.kind !== 'progress') continue;
    const { id, phase, current, total } = frame.progress;
    if (phases.get(id)?.at(-1) !== phase) phases.set(id, [...(phases.get(id) ?? []), phase]);
    expect(current).toBeLessThanOrEqual(total);
  }
  for (const { digest } of native.manifest.layers) {
    expect(phases.get(digest)).toEqual(expect.arrayContaining(['downloading', 'done']));
    expect(phases.get(digest)?.at(-1)).toBe('done');
  }
});

test('what was fetched before a daemon died is not fetched again', async () => {
  gallery.remote.add(box, native);
  gallery.remote.onPart = (digest, sent) =>
    digest === native.manifest.layers[1]?.digest && sent >= 8
      ? Promise.reject(new TypeError('the line broke'))
      : Promise.resolve();
  await expect(gallery.pull('box')).rejects.toThrow('the line broke');
  expect(await gallery.images.list(testOptions)).toEqual([]);
  gallery = await gallery.restart();
  await gallery.images.collect(testOptions);
  gallery.remote.fetched.splice(0);
  gallery.remote.onPart = () => Promise.resolve();
  await gallery.pull('box');
  expect(gallery.remote.fetched).toEqual([
    { digest: native.manifest.layers[1]?.digest, offset: 8 },
  ]);
});

test('a pull that is left ends at once and leaves nothing that has a name', async () => {
  gallery.remote.add(box, native);
  gallery.remote.onPart = (_digest, _sent, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  const abort = new AbortController();
  const frames: PullFrame[] = [];
  const pulling = (async () => {
    for await (const frame of gallery.images.pull('box', { signal: abort.signal }))
      frames.push(frame);
  })();
  await new Promise((resolve) => setTimeout(resolve, 30));
  abort.abort(new TypeError('enough'));
  await expect(pulling).rejects.toMatchObject({ code: 'cancelled' });
  expect(await gallery.images.list(testOptions)).toEqual([]);
});

test('layers are unpacked side by side and recorded from the lowest on', async () => {
  await gallery.demolish();
  const real = fakeUnpacker();
  const lowest = Promise.withResolvers<void>();
  const order: string[] = [];
  gallery = await openGallery({
    unpacker: {
      ...real,
      async unpack(request, options) {
        if (request.diffId === native.config.diffIds[0]) await lowest.promise;
        const result = await real.unpack(request, options);
        order.push(
          `${request.diffId === native.config.diffIds[0] ? 'low' : 'high'} ${String(request.lower)}`,
        );
        if (request.lower === 'later') {
          lowest.resolve();
          return { ...result, implied: ['usr'] };
        }
        return result;
      },
      settle({ lower, implied }) {
        order.push(`settle ${implied.join()} upon ${lower.length}`);
        return Promise.resolve();
      },
    },
  });
  gallery.remote.add(box, native);
  await gallery.pull('box');
  expect(order).toEqual(['high later', 'low ', 'settle usr upon 1']);
});

test('a pull that is refused answers when all that it began beside has ended, and leaves no remains', async () => {
  await gallery.demolish();
  const begun = Promise.withResolvers<void>();
  gallery = await openGallery({
    unpacker: {
      ...fakeUnpacker(),
      async unpack({ diffId }, { signal }) {
        if (diffId !== native.config.diffIds[0]) {
          await begun.promise;
          throw new DataLossError('a bad layer');
        }
        begun.resolve();
        await once(signal, 'abort');
        // As a worker does, it takes a moment to stop.
        await sleep(50);
        throw signal.reason;
      },
    },
  });
  gallery.remote.add(box, native);
  await expect(gallery.pull('box')).rejects.toThrow('a bad layer');
  expect(await readdir(join(gallery.shelf.root, 'snapshots'))).toEqual(['empty']);
});

test('a disk that is full is named, nothing of the pull stays, and room mends it', async () => {
  await gallery.demolish();
  let room = false;
  const unpacker: UnpackPort = {
    ...fakeUnpacker(),
    unpack: (request, options) =>
      room
        ? fakeUnpacker().unpack(request, options)
        : Promise.reject(Object.assign(new TypeError('write'), { code: 'ENOSPC' })),
  };
  gallery = await openGallery({ unpacker });
  gallery.remote.add(box, native);
  const mount = await mountPoint(gallery.shelf.root);
  await expect(gallery.pull('box')).rejects.toMatchObject({
    code: 'resource-exhausted',
    message: expect.stringContaining(
      `pulling box:latest: no space left on the file system at ${mount} `,
    ),
  });
  expect(await gallery.images.list(testOptions)).toEqual([]);
  expect(await gallery.shelf.content.list()).toEqual([]);
  expect([...gallery.shelf.leases.held()]).toEqual([]);
  room = true;
  await gallery.pull('box');
  expect((await get('box')).id).toBe(native.id);
});
