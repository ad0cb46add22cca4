import { afterEach, beforeEach, expect, test } from 'vitest';
import { hostPlatform, type Digest } from '@wharf/oci';
import { openGallery, type Gallery } from './testing/gallery.js';
import { amd64, arm64, install, makeImage, testOptions, type MadeImage } from './testing/shelf.js';

let gallery: Gallery;
beforeEach(async () => {
  gallery = await openGallery();
});
afterEach(() => gallery.demolish());

const host = hostPlatform(process.arch);
const foreign = host.architecture === 'amd64' ? arm64 : amd64;
const image = makeImage({ platform: host, layers: ['base', 'top'] });
const sibling = makeImage({ platform: host, layers: ['base', 'other'] });
const name = (tag: string, repository = 'box'): string => `docker.io/library/${repository}:${tag}`;
const put = (made: MadeImage, ...names: string[]) => install(gallery.shelf, made, names);
const remove = (ref: string, options: { force?: boolean; platform?: string } = {}) =>
  gallery.images.remove(ref, { ...testOptions, ...options });
const container = 'c'.repeat(64);
const use = (made: MadeImage, running: boolean): void =>
  void gallery.users.set(made.descriptor.digest, [{ id: container, running }]);
const has = async (digest: string): Promise<boolean> =>
  (await gallery.shelf.content.find(digest as Digest)) !== undefined;

test('the last name takes the image with it, and layers that others have stay', async () => {
  await put(image, name('1'), name('2'));
  await put(sibling, name('3'));
  expect(await remove('box:1')).toEqual({ untagged: ['box:1'], deleted: [] });
  const { untagged, deleted } = await remove('box:2');
  expect(untagged).toEqual(['box:2']);
  expect(deleted[0]).toBe(image.id);
  expect(deleted).toHaveLength(2);
  expect(gallery.shelf.layers.list()).toHaveLength(2);
  expect(await has(image.manifest.layers[0]?.digest ?? '')).toBe(true);
  expect(await has(image.manifest.layers[1]?.digest ?? '')).toBe(false);
  expect(gallery.shelf.events().slice(-2)).toEqual(['untag', 'delete']);
});

test('by id all names of one repository go, of several only by force', async () => {
  await put(image, name('1'), name('1', 'crate'));
  await expect(remove(image.id)).rejects.toThrow(
    `conflict: unable to delete ${image.id.slice(7, 19)} (must be forced) - image is referenced in multiple repositories`,
  );
  expect((await remove(image.id, { force: true })).untagged).toEqual(['box:1', 'crate:1']);
  expect(await gallery.images.list(testOptions)).toEqual([]);
});

test('an image of a container is refused in the words of docker', async () => {
  await put(image, name('1'));
  const id = image.id.slice(7, 19);
  const short = container.slice(0, 12);
  use(image, false);
  await expect(remove('box:1')).rejects.toThrow(
    `conflict: unable to remove repository reference "box:1" (must force) - container ${short} is using its referenced image ${id}`,
  );
  await expect(remove(id)).rejects.toThrow(
    `conflict: unable to delete ${id} (must be forced) - image is being used by stopped container ${short}`,
  );
  use(image, true);
  await expect(remove(id, { force: true })).rejects.toThrow(
    `conflict: unable to delete ${id} (cannot be forced) - image is being used by running container ${short}`,
  );
});

test('by force a name goes while a container runs, and the image of a stopped one goes from sight only', async () => {
  await put(image, name('1'));
  use(image, true);
  expect(await remove('box:1', { force: true })).toEqual({ untagged: ['box:1'], deleted: [] });
  use(image, false);
  expect((await remove(image.id, { force: true })).deleted).toEqual([image.id]);
  expect(await gallery.images.list(testOptions)).toEqual([]);
  await gallery.images.collect(testOptions);
  expect(await gallery.images.lowerDirectories(image.descriptor.digest)).toHaveLength(2);
  gallery.users.clear();
  await gallery.images.collect(testOptions);
  await expect(gallery.images.lowerDirectories(image.descriptor.digest)).rejects.toThrow('is gone');
  expect(await gallery.shelf.content.list()).toEqual([]);
});

test('one platform of an index goes and leaves the rest, the last takes the image with it', async () => {
  const other = makeImage({ platform: foreign, layers: ['foreign'] });
  gallery.remote.addIndex(name('latest'), [image, other]);
  await gallery.pull('box', { allPlatforms: true });
  const platform = `linux/${foreign.architecture}`;
  expect((await remove('box', { platform })).deleted[0]).toBe(other.id);
  expect(await has(other.manifest.layers[0]?.digest ?? '')).toBe(false);
  expect((await gallery.images.get('box', testOptions)).id).toBe(image.id);
  const { untagged } = await remove('box', { platform: `linux/${host.architecture}` });
  expect(untagged).toHaveLength(2);
  expect(await gallery.shelf.content.list()).toEqual([]);
});

test('by name@digest the digest goes, and with it an image without another name', async () => {
  gallery.remote.add(name('latest'), image);
  await gallery.pull(`box@${image.descriptor.digest}`);
  const { untagged, deleted } = await remove(`box@${image.descriptor.digest}`);
  expect(untagged).toEqual([`box@${image.descriptor.digest}`]);
  expect(deleted[0]).toBe(image.id);
});

test('the last tag of a repository takes its digests along', async () => {
  gallery.remote.add(name('latest'), image);
  await gallery.pull('box');
  await gallery.images.tag('box', 'crate', testOptions);
  expect((await remove('box')).untagged).toEqual(['box:latest', `box@${image.descriptor.digest}`]);
  expect(await gallery.images.get('crate', testOptions)).toMatchObject({ repoDigests: [] });
});
