import { expect, test } from 'vitest';
import { makeManifest, mediaTypes, serialiseManifest, type Descriptor } from '@wharf/oci';
import { createShelf } from './shelf.js';
import { memoryStore } from './testing/memory-store.js';

const options = { signal: new AbortController().signal };

function setUp(tags: number) {
  const store = memoryStore();
  const config = store.put(mediaTypes.ociConfig, Buffer.from('{}')) as Descriptor;
  const put = (name: string, text: string) => {
    const layer = store.put(mediaTypes.ociLayer, Buffer.from(text)) as Descriptor;
    const manifest = makeManifest(config, [layer]);
    store.names.set(name, store.put(manifest.mediaType, Buffer.from(serialiseManifest(manifest))));
    return layer;
  };
  for (let tag = 0; tag < tags; tag++) put(`docker.io/library/app:${tag}`, `layer ${tag}`);
  let changes = 0;
  const asked: string[] = [];
  const shelf = createShelf(
    store.images,
    {
      describe: (ref, how) => {
        asked.push(ref);
        return store.contents.describe(ref, how);
      },
    },
    () => changes,
  );
  return { shelf, store, put, asked, change: () => void changes++ };
}

test('a repository of many tags is looked at once for many requests', async () => {
  const { shelf, asked } = setUp(100);
  const [first] = [await shelf.offer('app', options)];
  for (let request = 0; request < 50; request++)
    expect(await shelf.offer('app', options)).toBe(first);
  expect(first.tags.size).toBe(100);
  expect(asked).toHaveLength(100);
});

test('that there is no such repository is looked up once, too', async () => {
  const { shelf, store } = setUp(1);
  let lists = 0;
  const { list } = store.images;
  store.images.list = (options) => (lists++, list(options));
  for (let request = 0; request < 5; request++)
    await expect(shelf.offer('new', options)).rejects.toMatchObject({ word: 'NAME_UNKNOWN' });
  expect(lists).toBe(1);
});

test('what changed is seen at once', async () => {
  const { shelf, put, store, change } = setUp(1);
  await shelf.offer('app', options);
  const layer = put('docker.io/library/app:new', 'new');
  change();
  expect((await shelf.offer('app', options)).blobs.has(layer.digest)).toBe(true);
  store.names.clear();
  change();
  await expect(shelf.offer('app', options)).rejects.toMatchObject({ status: 404 });
});

test('what changed while it was looked at is not kept', async () => {
  const { shelf, store, put, change } = setUp(1);
  const { list } = store.images;
  const slow = shelf.offer('app', options);
  change();
  put('docker.io/library/app:new', 'new');
  await slow;
  store.images.list = list;
  expect((await shelf.offer('app', options)).tags.has('new')).toBe(true);
});

test('without news of changes nothing is kept', async () => {
  const { store } = setUp(1);
  const shelf = createShelf(store.images, store.contents);
  expect(await shelf.offer('app', options)).not.toBe(await shelf.offer('app', options));
});
