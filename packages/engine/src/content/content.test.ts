import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestOf } from '@wharf/oci';
import { openContentStore, type BlobIdentity, type ContentStore } from './content.js';

const options = { signal: new AbortController().signal };
let root: string;
let store: ContentStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'wharf-content-'));
  store = await openContentStore(root);
});
afterEach(() => rm(root, { recursive: true }));

function identity(bytes: Uint8Array): BlobIdentity {
  return {
    digest: digestOf('sha256', createHash('sha256').update(bytes).digest('hex')),
    size: bytes.length,
  };
}

test('bytes get their name when size and digest match', async () => {
  const blob = await store.put(Buffer.from('hello'), options);
  expect(await store.find(blob.digest)).toBe(5);
  expect(Buffer.from(await store.read(blob.digest, 10)).toString()).toBe('hello');
  expect(await store.list()).toEqual([blob.digest]);
  expect(await readdir(join(root, 'ingest'))).toEqual([]);
});

test('an interrupted ingest is resumed where it stopped', async () => {
  const bytes = Buffer.from('0123456789');
  const blob = identity(bytes);
  const first = await store.begin(blob, options);
  await first.write(bytes.subarray(0, 4));
  await first.close();
  const second = await (await openContentStore(root)).begin(blob, options);
  expect(second.offset).toBe(4);
  await second.write(bytes.subarray(4));
  await second.commit();
  await second.close();
  expect(await store.find(blob.digest)).toBe(10);
});

test('a wrong last byte is data loss and leaves nothing', async () => {
  const blob = identity(Buffer.from('abc'));
  const ingest = await store.begin(blob, options);
  await ingest.write(Buffer.from('abX'));
  await expect(ingest.commit()).rejects.toMatchObject({ code: 'data-loss' });
  expect(await store.find(blob.digest)).toBeUndefined();
  expect(await readdir(join(root, 'ingest'))).toEqual([]);
});

test('more bytes than promised are refused at once', async () => {
  const ingest = await store.begin(identity(Buffer.from('abc')), options);
  await expect(ingest.write(Buffer.from('abcd'))).rejects.toMatchObject({ code: 'data-loss' });
});

test('a partial file that is too long starts again', async () => {
  const blob = identity(Buffer.from('abc'));
  await writeFile(join(root, 'ingest', blob.digest.slice(7)), 'garbage garbage');
  const ingest = await store.begin(blob, options);
  expect(ingest.offset).toBe(0);
  await ingest.write(Buffer.from('abc'));
  await ingest.commit();
});

test('a blob above the limit is not read', async () => {
  const blob = await store.put(Buffer.alloc(100), options);
  await expect(store.read(blob.digest, 99)).rejects.toMatchObject({ code: 'resource-exhausted' });
});

test('half of a blob goes when nobody claims it', async () => {
  const [kept, dropped] = [Buffer.from('kept one'), Buffer.from('dropped')];
  for (const bytes of [kept, dropped]) {
    const ingest = await store.begin(identity(bytes), options);
    await ingest.write(bytes.subarray(0, 4));
    await ingest.close();
  }
  await store.dropPartial(new Set([identity(kept).digest]));
  const offsets = [kept, dropped].map(async (bytes) => {
    const ingest = await store.begin(identity(bytes), options);
    await ingest.close();
    return ingest.offset;
  });
  expect(await Promise.all(offsets)).toEqual([4, 0]);
});

test('a file that was hashed elsewhere is taken over, and dropped when the blob is there', async () => {
  const blob = identity(Buffer.from('adopted'));
  for (const round of [1, 2]) {
    const file = join(root, `made-${round}`);
    await writeFile(file, 'adopted');
    await store.adoptFile(file, blob);
    expect((await readdir(root)).sort()).toEqual(['blobs', 'ingest']);
    expect(await store.find(blob.digest)).toBe(7);
  }
  await writeFile(join(root, 'short'), 'ad');
  await expect(
    store.adoptFile(join(root, 'short'), identity(Buffer.from('other'))),
  ).rejects.toMatchObject({ code: 'data-loss' });
});

test('a blob streams from an offset', async () => {
  const bytes = Buffer.alloc((1 << 20) + 10, 'ab');
  const { digest } = await store.put(bytes, options);
  const pieces: Uint8Array[] = [];
  for await (const piece of store.stream(digest, { ...options, offset: 7 })) pieces.push(piece);
  expect(Buffer.concat(pieces).equals(bytes.subarray(7))).toBe(true);
  expect(pieces.length).toBe(2);
  const absent = store.stream(identity(Buffer.from('?')).digest, options);
  await expect(absent[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'not-found' });
});

test('the second ingest of a digest waits for the first, an own one does not', async () => {
  const bytes = Buffer.from('0123456789');
  const blob = identity(bytes);
  const first = await store.begin(blob, options);
  await first.write(bytes.subarray(0, 4));
  expect(await store.partial(blob.digest)).toBe(4);
  const second = store.begin(blob, options);
  const own = await store.beginOwn(blob);
  await own.write(bytes);
  await own.commit();
  await own.close();
  expect(await store.find(blob.digest)).toBe(10);
  await first.close();
  expect((await second).offset).toBe(4);
  await (await second).close();
});

test('an own ingest leaves nothing behind, whether closed or killed', async () => {
  const blob = identity(Buffer.from('abc'));
  const closed = await store.beginOwn(blob);
  await closed.write(Buffer.from('a'));
  await closed.close();
  expect(await readdir(join(root, 'ingest'))).toEqual([]);
  const killed = await store.beginOwn(blob);
  await killed.write(Buffer.from('ab'));
  await openContentStore(root);
  expect(await readdir(join(root, 'ingest'))).toEqual([]);
  await killed.close();
});

test('many puts of the same bytes at once all succeed', async () => {
  const puts = Array.from({ length: 20 }, () => store.put(Buffer.from('same'), options));
  expect(new Set((await Promise.all(puts)).map((blob) => blob.digest)).size).toBe(1);
});

test('of what does not fit on the disk nothing is kept', async () => {
  const blob = identity(Buffer.from('abc'));
  await symlink('/dev/full', join(root, 'ingest', blob.digest.slice(7)));
  const ingest = await store.begin(blob, options);
  await expect(ingest.write(Buffer.from('abc'))).rejects.toMatchObject({ code: 'ENOSPC' });
  await ingest.close();
  expect(await readdir(join(root, 'ingest'))).toEqual([]);
});
