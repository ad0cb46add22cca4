import { createHash } from 'node:crypto';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildCacheType } from '@wharf/core';
import { tempDir } from '@wharf/testing';
import { blobsOfCache, tidyLayout } from './tidy-layout.js';

const options = { signal: AbortSignal.timeout(10_000) };
const hour = 60 * 60 * 1000;
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
let folder: Awaited<ReturnType<typeof tempDir>>;
let blobs: string;

beforeEach(async () => {
  folder = await tempDir();
  blobs = join(folder.path, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
});
afterEach(() => folder[Symbol.asyncDispose]());

async function put(text: string): Promise<string> {
  const hex = createHash('sha256').update(text).digest('hex');
  await writeFile(join(blobs, hex), text);
  return hex;
}

const descriptor = (hex: string, mediaType = 'application/octet-stream') => ({
  ...{ mediaType, digest: `sha256:${hex}`, size: 1 },
});

/** An export of a config and layers; all blobs of it. */
function exported(...texts: readonly string[]): Promise<readonly string[]> {
  return exportedAs(buildCacheType, ...texts);
}

async function exportedAs(
  artifactType: string | undefined,
  ...texts: readonly string[]
): Promise<readonly string[]> {
  const [config = '', ...layers] = await Promise.all(texts.map(put));
  const manifest = await put(
    JSON.stringify({ config: descriptor(config), layers: layers.map((hex) => descriptor(hex)) }),
  );
  const index = { manifests: [{ ...descriptor(manifest, manifestType), artifactType }] };
  await writeFile(join(folder.path, 'index.json'), JSON.stringify(index));
  return [manifest, config, ...layers].sort();
}

const left = async (): Promise<string[]> => (await readdir(blobs)).sort();

/** As the next export does, which begins when the clock shows `later` more. */
async function tidied(before: ReadonlySet<string> | undefined, later = 1000): Promise<void> {
  await tidyLayout(folder.path, before, { ...options, startedAt: Date.now() + later });
}

test('what the former export alone had goes, what both have stays', async () => {
  await exported('c1', 'same', 'old');
  const before = await blobsOfCache(folder.path, options);
  expect(before?.size).toBe(4);
  const second = await exported('c2', 'same', 'new');
  await tidied(before);
  expect(await left()).toEqual(second);
});

test('what another export has written since stays', async () => {
  const first = await exported('c1', 'old');
  const before = await blobsOfCache(folder.path, options);
  const second = await exported('c2', 'new');
  await tidied(before, -1000);
  expect(await left()).toEqual([...first, ...second].sort());
});

test('what nobody refers to goes when it is old, and stays while another may be at work', async () => {
  const stray = await put('stray');
  const all = await exported('c', 'layer');
  const before = await blobsOfCache(folder.path, options);
  await tidied(before);
  expect(await left()).toEqual([...all, stray].sort());
  await tidied(before, 2 * hour);
  expect(await left()).toEqual(all);
});

test.each([undefined, 'application/vnd.other'])(
  'nothing goes of a layout with other things (%s)',
  async (artifactType) => {
    const images = await exportedAs(artifactType, 'c1', 'image');
    const before = await blobsOfCache(folder.path, options);
    expect(before).toBeUndefined();
    const cache = await exported('c2', 'layer');
    await tidied(before, 2 * hour);
    expect(await left()).toEqual([...images, ...cache].sort());
  },
);

test('nothing else is touched: other names, links, directories, other algorithms', async () => {
  const all = await exported('c', 'layer');
  await writeFile(join(folder.path, 'notes'), '');
  await writeFile(join(blobs, 'README'), '');
  await symlink('/etc/passwd', join(blobs, '0'.repeat(64)));
  await mkdir(join(blobs, '1'.repeat(64)));
  await mkdir(join(folder.path, 'blobs/sha512'));
  await writeFile(join(folder.path, 'blobs/sha512', '2'.repeat(64)), '');
  await tidied(await blobsOfCache(folder.path, options), 2 * hour);
  expect(await left()).toEqual([...all, 'README', '0'.repeat(64), '1'.repeat(64)].sort());
  expect((await readdir(folder.path)).sort()).toEqual(['blobs', 'index.json', 'notes']);
  expect(await readdir(join(folder.path, 'blobs/sha512'))).toHaveLength(1);
});

test.each([
  ['no index', undefined],
  ['an index that is none', '{"a":1}'],
  ['an index of another algorithm', '{"manifests":[{"digest":"sha512:00","mediaType":"x"}]}'],
  [
    'a manifest that is missing',
    JSON.stringify({ manifests: [descriptor('3'.repeat(64), manifestType)] }),
  ],
  ['half an index', '{"manifests":['],
])('with %s nothing is removed', async (_what, index) => {
  const stray = await put('stray');
  if (index !== undefined) await writeFile(join(folder.path, 'index.json'), index);
  await tidied(new Set([stray]), 2 * hour);
  expect(await left()).toEqual([stray]);
  expect(await blobsOfCache(folder.path, options)).toBeUndefined();
});
