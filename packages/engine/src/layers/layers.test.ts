import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestOf } from '@wharf/oci';
import { appendEvent, eventSchema } from '../events/schema.js';
import { openState } from '../state/open.js';
import type { State } from '../state/state.js';
import { layerSchema, openLayers, type LayerSource } from './layers.js';
import type { UnpackPort } from './ports.js';

const options = { signal: new AbortController().signal };
let root: string;
let state: State;
let removal: (path: string) => Promise<void>;
let failure: Error | undefined;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'wharf-layers-'));
  state = openState({
    path: join(root, 'state.db'),
    schemas: [eventSchema, layerSchema],
    appendEvent,
    onCommitted: () => undefined,
  });
  removal = (path) => rm(path, { recursive: true, force: true });
  failure = undefined;
});
afterEach(async () => {
  state.close();
  await rm(root, { recursive: true });
});

const unpacker: UnpackPort = {
  async unpack({ target, diffId }) {
    await writeFile(join(target, 'file'), 'x');
    if (failure !== undefined) throw failure;
    return { diffId, size: 1, entries: 1, opaqueRoot: false };
  },
  settle: () => Promise.resolve(),
  removeTree: (path) => removal(path),
};
const open = () => openLayers(join(root, 'snapshots'), state, unpacker);
const names = async () =>
  (await readdir(join(root, 'snapshots'))).filter((name) => name !== 'empty');
const source = (text: string): LayerSource => {
  const diffId = digestOf('sha256', createHash('sha256').update(text).digest('hex'));
  return { diffId, blob: diffId, blobPath: '', blobSize: 1, compression: 'none' };
};

test('where unpacking fails and its remains cannot be removed, the first failure is told', async () => {
  const layers = await open();
  failure = new RangeError('a bad layer');
  removal = (path) =>
    path.includes('tmp-') ? Promise.reject(new TypeError('busy')) : Promise.resolve();
  await expect(layers.commit(undefined, source('a'), options)).rejects.toThrow('a bad layer');
  expect(await names()).toHaveLength(1);
  removal = (path) => rm(path, { recursive: true, force: true });
  await layers.sweep(options);
  expect(await names()).toEqual([]);
});

test('what a removal that was cancelled leaves goes with the next sweep, the layer is there anew', async () => {
  const layers = await open();
  const { chainId } = await layers.commit(undefined, source('a'), options);
  removal = () => Promise.reject(new TypeError('cancelled'));
  await expect(layers.remove(chainId, options)).rejects.toThrow('cancelled');
  expect(layers.find(chainId)).toBeUndefined();
  removal = (path) => rm(path, { recursive: true, force: true });
  await layers.commit(undefined, source('a'), options);
  expect(await names()).toHaveLength(2);
  await layers.sweep(options);
  expect(await names()).toEqual([chainId.slice('sha256:'.length)]);
  expect(await readdir(layers.directories([source('a').diffId])[0] as string)).toEqual(['file']);
});

test('what a crash left in the place of a layer is swept while that layer is unpacked anew', async () => {
  const { diffId } = source('a');
  const place = join(root, 'snapshots', diffId.slice('sha256:'.length));
  await mkdir(join(place, 'fs', 'old'), { recursive: true });
  const layers = await open();
  await layers.commit(undefined, source('a'), options);
  await layers.sweep(options);
  expect(await readdir(join(place, 'fs'))).toEqual(['file']);
  expect(await names()).toHaveLength(1);
});
