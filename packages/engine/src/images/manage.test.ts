import { afterEach, beforeEach, expect, test } from 'vitest';
import { serialiseManifest, type Digest } from '@wharf/oci';
import { hashBytes } from '../layers/layers.js';
import { openGallery, type Gallery } from './testing/gallery.js';
import {
  install,
  makeImage,
  testOptions,
  type ImageRecipe,
  type MadeImage,
} from './testing/shelf.js';

let gallery: Gallery;
beforeEach(async () => {
  gallery = await openGallery();
});
afterEach(() => gallery.demolish());

async function make(name: string, recipe: ImageRecipe) {
  const image = makeImage({ layers: ['base', name], ...recipe });
  await install(gallery.shelf, image, name === '' ? [] : [`docker.io/library/${name}:latest`]);
  return image;
}
const list = async (filters: Record<string, string[]> = {}) =>
  (await gallery.images.list({ ...testOptions, filters: new Map(Object.entries(filters)) })).map(
    ({ repoTags, id }) => repoTags[0]?.replace(':latest', '') ?? id,
  );
const prune = (options: { all?: boolean; filters?: Map<string, string[]> } = {}) =>
  gallery.images.prune({ ...testOptions, ...options });

test('the list begins with what was created last, and filters as docker does', async () => {
  const none = await make('', { created: '2024-03-01T00:00:00Z', layers: ['none'] });
  await make('old', { created: '2023-01-01T00:00:00Z', labels: { team: 'a' } });
  await make('new', { created: '2024-06-01T00:00:00Z', labels: { team: 'b', big: '1' } });
  expect(await list()).toEqual(['new', none.id, 'old']);
  expect(await list({ dangling: ['true'] })).toEqual([none.id]);
  expect(await list({ dangling: ['false'] })).toEqual(['new', 'old']);
  expect(await list({ label: ['team'], 'label!': ['big'] })).toEqual(['old']);
  expect(await list({ before: ['new'] })).toEqual([none.id, 'old']);
  expect(await list({ since: [none.id] })).toEqual(['new']);
  expect(await list({ until: ['2024-02-01'] })).toEqual(['old']);
  expect(await list({ reference: ['n*'] })).toEqual(['new']);
  await expect(list({ colour: ['red'] })).rejects.toThrow("invalid filter 'colour'");
  await expect(list({ before: ['missing'] })).rejects.toMatchObject({ code: 'not-found' });
});

test('what others have as well is told as shared, and users are counted', async () => {
  const one = await make('one', {});
  await make('two', {});
  gallery.users.set(one.descriptor.digest, [{ id: 'c', running: false }]);
  const [image] = await gallery.images.list({
    ...testOptions,
    sharedSize: true,
    filters: new Map([['reference', ['one']]]),
  });
  expect(image).toMatchObject({ size: 7, sharedSize: 4, containers: 1 });
  expect(image?.contentSize).toBeGreaterThan(7);
  const usage = await gallery.images.usage();
  expect(usage.layersSize).toBe(10);
  expect(usage.reclaimable).toBeGreaterThan(3);
  expect(usage.reclaimable).toBeLessThan(usage.layersSize + usage.contentSize - 7);
});

test('history tells layers and steps, newest first', async () => {
  const step = (createdBy: string, emptyLayer = false) => ({ createdBy, comment: '', emptyLayer });
  const image = await make('told', { history: [step('ADD'), step('ENV', true), step('RUN')] });
  expect(await gallery.images.history('told', testOptions)).toEqual([
    { ...step('RUN'), imageId: image.id, tags: ['told:latest'], size: 4 },
    { ...step('ENV', true), imageId: '', tags: [], size: 0 },
    { ...step('ADD'), imageId: '', tags: [], size: 4 },
  ]);
  await make('silent', {});
  expect((await gallery.images.history('silent', testOptions)).map(({ size }) => size)).toEqual([
    6, 4,
  ]);
});

test('what containers are made from: the image, nothing, or why not that platform of it', async () => {
  await make('here', {});
  expect((await gallery.images.resolve('here'))?.image.repoTags).toEqual(['here:latest']);
  expect(await gallery.images.resolve('missing', 'linux/s390x')).toBeUndefined();
  await expect(gallery.images.resolve('here', 'linux/s390x')).rejects.toThrow(
    'image here is here for linux/amd64, not for linux/s390x: it is no image of several platforms',
  );
});

test('the time of the last name is kept, and there is none without', async () => {
  const before = new Date();
  const { id } = await make('', { layers: ['none'] });
  expect(await gallery.images.get(id, testOptions)).not.toHaveProperty('lastTaggedAt');
  await gallery.images.tag(id, 'named:1', testOptions);
  const { lastTaggedAt } = await gallery.images.get('named:1', testOptions);
  expect(lastTaggedAt?.getTime()).toBeGreaterThanOrEqual(before.getTime());
});

test('prune takes what has no tag and no container, and says what that freed', async () => {
  const named = await make('named', { layers: ['named'] });
  const used = await make('', { layers: ['used'] });
  const gone = await make('', { layers: ['gone'] });
  gallery.users.set(used.descriptor.digest, [{ id: 'c', running: false }]);
  const { untagged, deleted, reclaimed } = await prune();
  expect(untagged).toEqual([]);
  expect(deleted).toEqual([gone.id, gone.config.diffIds[0]]);
  const blobs = [...gone.blobs.values()].reduce((sum, bytes) => sum + bytes.byteLength, 0);
  expect(reclaimed).toBe(blobs + 4);
  expect(gallery.shelf.events().at(-1)).toBe('prune');
  expect(await list()).toEqual(expect.arrayContaining(['named', used.id]));
  expect((await prune({ all: true })).deleted[0]).toBe(named.id);
  expect((await prune({ all: true })).reclaimed).toBe(0);
});

test('prune keeps what its filters do not mean', async () => {
  await make('old', { created: '2023-01-01T00:00:00Z', layers: ['1'], labels: { keep: 'yes' } });
  await make('new', { created: '2024-06-01T00:00:00Z', layers: ['2'] });
  const filters = (given: Record<string, string[]>) => ({
    all: true,
    filters: new Map(Object.entries(given)),
  });
  expect((await prune(filters({ until: ['2022-01-01'] }))).untagged).toEqual([]);
  expect((await prune(filters({ 'label!': ['keep'] }))).untagged).toEqual(['new:latest']);
  expect((await prune(filters({ label: ['keep=no'] }))).untagged).toEqual([]);
  await expect(prune(filters({ before: ['old'] }))).rejects.toThrow("invalid filter 'before'");
  expect((await prune(filters({ until: ['1h'] }))).untagged).toEqual(['old:latest']);
});

/** The image under another digest, as a push that compresses leaves it, known by it in a repository. */
async function shadowOf(image: MadeImage, repository: string): Promise<Digest> {
  const manifest = { ...image.manifest, annotations: { compressed: 'anew' } };
  const bytes = serialiseManifest(manifest);
  const descriptor = { ...image.descriptor, digest: hashBytes(bytes), size: bytes.byteLength };
  const blobs = new Map([...image.blobs, [descriptor.digest, bytes]]);
  await install(gallery.shelf, { ...image, manifest, descriptor, blobs });
  gallery.shelf.state.transaction((tx) => {
    if (repository !== '') gallery.shelf.records.addRepository(tx, repository, descriptor.digest);
  });
  return descriptor.digest;
}

test('an image that is here under another digest too is one image, and has both digests', async () => {
  const image = await make('one', {});
  const digest = await shadowOf(image, 'docker.io/library/one');
  const other = await shadowOf(image, 'docker.io/library/other');
  expect(digest).toBe(other);
  expect(digest).not.toBe(image.descriptor.digest);
  expect(await list()).toEqual(['one']);
  expect(await list({ dangling: ['true'] })).toEqual([]);
  const { repoDigests } = await gallery.images.get('one', testOptions);
  expect(repoDigests).toEqual([`one@${digest}`, `other@${digest}`]);
  expect(await prune()).toMatchObject({ untagged: [], deleted: [] });
  expect((await gallery.images.remove('one', testOptions)).untagged).toEqual([
    'one:latest',
    `one@${digest}`,
  ]);
  expect(await list()).toEqual([image.id]);
});

test('what is known by no repository goes with prune unsaid, with its last tag the image is gone', async () => {
  const image = await make('two', {});
  const plain = await shadowOf(image, '');
  expect((await prune()).deleted).toEqual([]);
  expect(gallery.shelf.records.target(plain)).toBeUndefined();
  const digest = await shadowOf(image, 'docker.io/library/two');
  const { untagged, deleted } = await gallery.images.remove('two', testOptions);
  expect(untagged).toEqual(['two:latest', `two@${digest}`]);
  expect(deleted[0]).toBe(image.id);
  expect(await list()).toEqual([]);
});

test('a part of an index that gets a tag is an image of its own', async () => {
  const image = makeImage({ layers: ['part'] });
  gallery.remote.addIndex('docker.io/library/many:latest', [image]);
  await gallery.pull('many');
  await gallery.images.tag(image.id, 'whole', testOptions);
  await gallery.images.tag(`many@${image.descriptor.digest}`, 'part', testOptions);
  const digest = async (ref: string) => (await gallery.images.get(ref, testOptions)).targetDigest;
  expect(await digest('part')).toBe(image.descriptor.digest);
  expect(await digest('whole')).toBe(await digest('many'));
});

test('the policy removes what was not used for longest, until it is kept', async () => {
  await gallery.demolish();
  gallery = await openGallery({ policy: { maxUsed: 3000 } });
  const ago = Date.now() - 60_000;
  for (const name of ['first', 'second', 'third']) {
    const image = await make(name, { layers: [name.repeat(200)] });
    gallery.shelf.state.transaction((tx) =>
      gallery.shelf.records.touch(tx, image.descriptor.digest, ago + name.length),
    );
  }
  await gallery.pull('none').catch(() => undefined);
  gallery.images.relieve();
  await expect.poll(() => list(), { timeout: 5000 }).toEqual(['second']);
  const row = () =>
    gallery.shelf.state.db
      .prepare("SELECT attributes FROM events WHERE type = 'daemon' AND action = 'gc'")
      .get() as { attributes: string } | undefined;
  await expect.poll(() => row()).toBeDefined();
  expect(JSON.parse(row()?.attributes ?? '')).toMatchObject({ images: '2', excess: '0' });
  expect(
    await gallery.shelf.content.find(makeImage({ layers: ['first'] }).id as Digest),
  ).toBeUndefined();
});
