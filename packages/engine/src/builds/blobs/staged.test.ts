import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashBytes } from '../../layers/layers.js';
import { StagedBlobs } from './staged.js';

let root: string;
let made = 0;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'wharf-staged-'));
});
afterEach(() => rm(root, { recursive: true }));

const scratch = async () => {
  const path = join(root, `scratch-${made++}`);
  await mkdir(path);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
};

const blobOf = async (text: string) => {
  const file = join(root, `file-${made++}`);
  await writeFile(file, text);
  const bytes = Buffer.from(text);
  return {
    file,
    blob: { diffId: hashBytes(bytes), digest: hashBytes(bytes), size: bytes.length },
  };
};

test('a blob is taken once, in the way in which it was made', async () => {
  await using staged = new StagedBlobs('gzip', scratch);
  const { file, blob } = await blobOf('one');
  await staged.keep(file, blob);
  expect(await staged.take(blob.diffId, 'zstd')).toBeUndefined();
  const [taken, again] = await Promise.all([
    staged.take(blob.diffId, 'gzip'),
    staged.take(blob.diffId, 'gzip'),
  ]);
  expect(again).toBeUndefined();
  expect(taken).toMatchObject({ digest: blob.digest, size: 3 });
  expect(await readFile(taken!.file, 'utf8')).toBe('one');
});

test('nothing stays of those that nobody took, nor is a place made for none', async () => {
  const none = new StagedBlobs('gzip', scratch);
  await none[Symbol.asyncDispose]();
  const staged = new StagedBlobs('gzip', scratch);
  const { file, blob } = await blobOf('one');
  await staged.keep(file, blob);
  expect(await readdir(root)).toHaveLength(1);
  await staged[Symbol.asyncDispose]();
  expect(await readdir(root)).toEqual([]);
});

test('of a build that has ended nothing is kept: the layer may be another one’s', async () => {
  const staged = new StagedBlobs('gzip', scratch);
  const first = await blobOf('one');
  await staged.keep(first.file, first.blob);
  const { file, blob } = await blobOf('two');
  await staged[Symbol.asyncDispose]();
  await staged.keep(file, blob);
  expect(await readdir(root)).toEqual([file.slice(root.length + 1)]);
});

test('a file that cannot be taken over is said while the build runs', async () => {
  await using staged = new StagedBlobs('gzip', scratch);
  const { blob } = await blobOf('one');
  await expect(staged.keep(join(root, 'none'), blob)).rejects.toMatchObject({ code: 'ENOENT' });
});
