import { rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { VerifiedPart } from '@wharf/core';
import { frames, makeImage, makeIndex, openHarbour, type Harbour } from '../testing/harbour.js';

async function verify(harbour: Harbour, ref: string) {
  const all = await frames(harbour.transfers.verify(ref, { signal: harbour.signal }));
  const parts = all.flatMap((frame) => (frame.kind === 'part' ? [frame.part] : []));
  const end = all.at(-1);
  expect(end).toEqual({
    kind: 'done',
    parts: parts.length,
    problems: parts.filter(({ problem }) => problem !== '').length,
  });
  return parts;
}

const bad = (parts: readonly VerifiedPart[]) =>
  parts.filter(({ problem }) => problem !== '').map(({ role, problem }) => [role, problem]);

test('everything of a sound image is read, each part once', async () => {
  await using harbour = await openHarbour();
  const image = await makeImage(harbour, { names: ['docker.io/library/x:1'] });
  const parts = await verify(harbour, 'x:1');
  expect(bad(parts)).toEqual([]);
  expect(parts.map(({ role }) => role)).toEqual([
    'manifest',
    'config',
    'layer',
    'snapshot',
    'layer',
    'snapshot',
  ]);
  expect(parts[2]?.size).toBe(image.layers[0]?.bytes.length);
});

test('damage is told for each part', async () => {
  await using harbour = await openHarbour();
  const { content } = harbour.deps;
  const image = await makeImage(harbour, { names: ['docker.io/library/x:1'] });
  const { document } = await harbour.deps.documents.manifest(image.target.digest);
  const [lower, upper] = document.layers;
  const bytes = Buffer.from(await content.read(lower!.digest, 1 << 20));
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(content.path(lower!.digest), bytes);
  await rm(content.path(upper!.digest));
  expect(bad(await verify(harbour, 'x:1'))).toEqual([
    ['layer', expect.stringContaining('another digest')],
    ['layer', 'it is missing'],
  ]);
  await writeFile(content.path(lower!.digest), 'short');
  expect(bad(await verify(harbour, 'x:1'))[0]).toEqual([
    'layer',
    expect.stringContaining('it has 5 bytes instead of'),
  ]);
  await writeFile(content.path(image.imageId), 'not this one');
  expect(bad(await verify(harbour, 'x:1')).map(([role]) => role)).toContain('config');
});

test('a snapshot that is not as its layer is told, and one that is missing', async () => {
  const path = Buffer.from('/etc/x');
  await using harbour = await openHarbour();
  const { deps } = harbour;
  const compareTrees = () => Promise.resolve([{ kind: 'modified' as const, path }]);
  await makeImage(harbour, { layers: ['one'], names: ['docker.io/library/x:1'] });
  Object.assign(deps.pack, { compareTrees });
  expect(bad(await verify(harbour, 'x:1'))).toEqual([
    ['snapshot', 'it is not as the layer says: modified "/etc/x"'],
  ]);
  const [layer] = deps.layers.list();
  await deps.layers.remove(layer!.chainId, harbour);
  expect(bad(await verify(harbour, 'x:1'))).toEqual([['snapshot', 'it is missing']]);
});

test('what an index lists and never came is no problem', async () => {
  await using harbour = await openHarbour();
  const amd = await makeImage(harbour);
  const absent = { ...amd.target, digest: `sha256:${'0'.repeat(64)}` as never };
  await makeIndex(harbour, [amd], { names: ['docker.io/library/m:1'], absent: [absent] });
  const parts = await verify(harbour, 'm:1');
  expect(bad(parts)).toEqual([]);
  expect(parts[0]?.role).toBe('index');
  await rm(harbour.deps.content.path(amd.target.digest));
  expect(bad(await verify(harbour, 'm:1'))).toEqual([['manifest', 'it is missing']]);
});
