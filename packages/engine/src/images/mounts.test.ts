import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostPlatform } from '@wharf/oci';
import { FakeMounts } from './testing/fake-mounts.js';
import { openGallery, type Gallery } from './testing/gallery.js';
import { makeImage, testOptions } from './testing/shelf.js';

const one = makeImage({ platform: hostPlatform(process.arch), layers: ['base', 'top'] });
let port: FakeMounts;
let gallery: Gallery;
beforeEach(async () => {
  port = new FakeMounts();
  gallery = await openGallery({ mounts: port });
  gallery.remote.addIndex('docker.io/library/box:latest', [one]);
  await gallery.pull('box');
});
afterEach(() => gallery.demolish());

const path = () => join(gallery.shelf.root, 'mounts', one.id.slice('sha256:'.length));

test('an image is mounted once, counted, and taken away with the last unmount', async () => {
  const first = await gallery.images.mount('box', testOptions);
  expect(first).toEqual({
    imageId: one.id,
    manifestDigest: one.descriptor.digest,
    reference: 'box',
    path: path(),
    count: 1,
  });
  expect(await gallery.images.mount('box', testOptions)).toMatchObject({ count: 2, path: path() });
  expect(port.mounted.get(path())).toHaveLength(2);
  await gallery.images.unmount('box', testOptions);
  expect(port.isMounted(path())).toBe(true);
  expect(await gallery.images.mounts(testOptions)).toMatchObject([{ count: 1 }]);
  await gallery.images.unmount('box', testOptions);
  expect(port.isMounted(path())).toBe(false);
  expect(await gallery.images.mounts(testOptions)).toEqual([]);
  await expect(gallery.images.unmount('box', testOptions)).rejects.toMatchObject({
    code: 'not-found',
    message: 'image box is not mounted',
  });
  expect(gallery.shelf.events().filter((action) => action.endsWith('mount'))).toEqual([
    'mount',
    'mount',
    'unmount',
    'unmount',
  ]);
});

test('force takes it away whatever the count', async () => {
  for (let at = 0; at < 3; at++) await gallery.images.mount('box', testOptions);
  await gallery.images.unmount('box', { ...testOptions, force: true });
  expect(port.mounted.size).toBe(0);
  expect(await gallery.images.mounts(testOptions)).toEqual([]);
});

test('callers at the same time share one mount', async () => {
  const mounts = await Promise.all([1, 2, 3].map(() => gallery.images.mount('box', testOptions)));
  expect(mounts.map(({ count }) => count).toSorted()).toEqual([1, 2, 3]);
  expect(port.mounted.size).toBe(1);
});

test('a mount that fails leaves no record', async () => {
  port.failure = new RangeError('no overlay');
  await expect(gallery.images.mount('box', testOptions)).rejects.toThrow('no overlay');
  expect(await gallery.images.mounts(testOptions)).toEqual([]);
  await expect(gallery.images.mount('nope', testOptions)).rejects.toMatchObject({
    code: 'not-found',
  });
});

test('a mounted image is not removed, with force neither, nor pruned; another name of it is', async () => {
  await gallery.images.mount('box', testOptions);
  const options = { ...testOptions, force: true };
  for (const ref of ['box', one.id]) {
    await expect(gallery.images.remove(ref, options)).rejects.toMatchObject({
      code: 'failed-precondition',
      message: expect.stringContaining(`it is mounted at ${path()}`) as string,
    });
  }
  const pruned = await gallery.images.prune({ ...testOptions, all: true });
  expect(pruned.deleted).toEqual([]);
  await gallery.images.tag('box', 'other', testOptions);
  await gallery.images.remove('other', testOptions);
  await gallery.images.unmount('box', testOptions);
  expect((await gallery.images.remove('box', testOptions)).deleted).toContain(one.id);
});

test('mounts survive the daemon, and end with the host', async () => {
  await gallery.images.mount('box', testOptions);
  gallery = await gallery.restart();
  expect(await gallery.images.adoptMounts()).toBe(0);
  expect(await gallery.images.mount('box', testOptions)).toMatchObject({ count: 2 });
  port.reboot();
  gallery = await gallery.restart();
  expect(await gallery.images.adoptMounts()).toBe(1);
  expect(await gallery.images.mounts(testOptions)).toEqual([]);
  expect(await gallery.images.mount('box', testOptions)).toMatchObject({ count: 1 });
});

test('what somebody else unmounted is forgotten, and a mount without a record taken away', async () => {
  await gallery.images.mount('box', testOptions);
  await port.unmount(path());
  const stray = join(gallery.shelf.root, 'mounts', 'stray');
  mkdirSync(stray, { recursive: true });
  await port.mount([], stray);
  expect(await gallery.images.adoptMounts()).toBe(2);
  expect(await gallery.images.mounts(testOptions)).toEqual([]);
  expect(port.mounted.size).toBe(0);
  expect(existsSync(join(gallery.shelf.root, 'mounts'))).toBe(true);
});
