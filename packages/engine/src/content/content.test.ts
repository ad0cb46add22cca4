import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
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
