import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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
let synced: number;
let whileSyncing: () => Promise<void>;
let whileRecording: () => void;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'wharf-layers-'));
  state = openNew('state.db');
  removal = (path) => rm(path, { recursive: true, force: true });
  failure = undefined;
  synced = 0;
  whileSyncing = () => Promise.resolve();
  whileRecording = () => undefined;
});
afterEach(async () => {
  state.close();
  await rm(root, { recursive: true });
});

const openNew = (name: string): State =>
  openState({
    path: join(root, name),
    schemas: [eventSchema, layerSchema],
    appendEvent,
    onCommitted: () => undefined,
  });

const unpacker: UnpackPort = {
  async unpack({ target, diffId }) {
    await writeFile(join(target, 'file'), 'x');
    if (failure !== undefined) throw failure;
    return { diffId, size: 1, entries: 1, opaqueRoot: false };
  },
  settle: () => Promise.resolve(),
  sync: async () => {
    synced += 1;
    await whileSyncing();
  },
  removeTree: (path) => removal(path),
};
const open = (bootId = 'one') => {
  const { transaction } = state;
  const watched: State = {
    ...state,
    transaction: (work, how) => (whileRecording(), transaction(work, how)),
  };
  return openLayers(join(root, 'snapshots'), watched, unpacker, bootId);
};
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
  await open();
  await mkdir(join(place, 'fs', 'old'), { recursive: true });
  const layers = await open();
  await layers.commit(undefined, source('a'), options);
  await layers.sweep(options);
  expect(await readdir(join(place, 'fs'))).toEqual(['file']);
  expect(await names()).toHaveLength(1);
});

async function madeLayer(text: string) {
  const directory = await mkdtemp(join(root, 'upper-'));
  await writeFile(join(directory, 'made'), text);
  return { diffId: source(text).diffId, directory, size: text.length, opaque: false };
}

test('a directory becomes a layer by a rename, also on top of another', async () => {
  const layers = await open();
  const lower = await layers.adopt(undefined, await madeLayer('a'), options);
  const made = await madeLayer('b');
  const upper = await layers.adopt(lower.chainId, made, options);
  expect(await readdir(root)).not.toContain(made.directory);
  expect(upper).toEqual(layers.find(upper.chainId));
  expect(upper.parent).toBe(lower.chainId);
  const stack = layers.directories([source('a').diffId, source('b').diffId]);
  expect(await Promise.all(stack.map((path) => readFile(join(path, 'made'), 'utf8')))).toEqual([
    'b',
    'a',
  ]);
  expect(layers.size([source('a').diffId, source('b').diffId])).toBe(2);
});

test('a directory whose layer is here, or becomes here meanwhile, is removed', async () => {
  const layers = await open();
  const made = await Promise.all(['a', 'a', 'a'].map(madeLayer));
  const all = await Promise.all(made.map((one) => layers.adopt(undefined, one, options)));
  expect(new Set(all.map(({ chainId }) => chainId)).size).toBe(1);
  await layers.adopt(undefined, await madeLayer('a'), options);
  expect((await readdir(root)).filter((name) => name.startsWith('upper-'))).toEqual([]);
  expect(await names()).toHaveLength(1);
});

test('a directory whose layer cannot be recorded stays where it was', async () => {
  const layers = await open();
  const made = await madeLayer('b');
  const absent = source('a').diffId;
  await expect(layers.adopt(absent, made, options)).rejects.toMatchObject({ code: 'not-found' });
  whileRecording = () => {
    throw new TypeError('full');
  };
  await expect(layers.adopt(undefined, made, options)).rejects.toThrow('full');
  expect(await readdir(made.directory)).toEqual(['made']);
  expect(await names()).toEqual([]);
  expect(layers.list()).toEqual([]);
});

test('a layer that was made is on the disk when it is settled; before, it goes with another boot', async () => {
  const layers = await open();
  const settled = await layers.adopt(undefined, await madeLayer('a'), options);
  expect(synced).toBe(0);
  await layers.settle(options);
  await layers.settle(options);
  expect(synced).toBe(1);
  const lost = await layers.adopt(settled.chainId, await madeLayer('b'), options);
  expect((await open()).list()).toHaveLength(2);
  const after = await open('two');
  expect(after.find(lost.chainId)).toBeUndefined();
  expect(after.list()).toEqual([settled]);
  await after.sweep(options);
  expect(await names()).toHaveLength(1);
});

/** As if the database were lost, and a new one in its place. */
function loseState(): State {
  const lost = state;
  state = openNew('another.db');
  return lost;
}

test('what another database knew stays, and is in use again when that is put back', async () => {
  const layers = await open();
  const { chainId } = await layers.adopt(undefined, await madeLayer('a'), options);
  await layers.adopt(undefined, await madeLayer('b'), options);
  const before = await names();
  const place = join(root, 'snapshots', chainId.slice('sha256:'.length));
  await writeFile(join(place, 'fs', 'mark'), 'first');
  const lost = loseState();
  const others = await open();
  await others.sweep(options);
  expect(await names()).toEqual(before);
  await others.adopt(undefined, await madeLayer('a'), options);
  await (await open()).sweep(options);
  expect(await names()).toHaveLength(3);
  await (await open()).remove(chainId, options);
  state.close();
  state = lost;
  await (await open()).sweep(options);
  expect((await names()).sort()).toEqual(before.sort());
  expect(await readFile(join(place, 'fs', 'mark'), 'utf8')).toBe('first');
});

test('of a layer that another database knew and this one too, the first directory is used when the first is put back', async () => {
  const layers = await open();
  const { chainId } = await layers.adopt(undefined, await madeLayer('a'), options);
  const place = join(root, 'snapshots', chainId.slice('sha256:'.length));
  await writeFile(join(place, 'fs', 'mark'), 'first');
  const lost = loseState();
  const others = await open();
  whileRecording = () => {
    throw new TypeError('full');
  };
  await expect(others.adopt(undefined, await madeLayer('a'), options)).rejects.toThrow('full');
  expect(await readFile(join(place, 'fs', 'mark'), 'utf8')).toBe('first');
  whileRecording = () => undefined;
  await others.adopt(undefined, await madeLayer('a'), options);
  state.close();
  state = lost;
  await (await open()).sweep(options);
  expect(await readFile(join(place, 'fs', 'mark'), 'utf8')).toBe('first');
  expect(await names()).toHaveLength(1);
});

test('a layer that is made while others are brought to the disk waits for the next time', async () => {
  const layers = await open();
  const first = await layers.adopt(undefined, await madeLayer('a'), options);
  whileSyncing = async () => {
    whileSyncing = () => Promise.resolve();
    await layers.remove(first.chainId, options);
    await layers.adopt(undefined, await madeLayer('a'), options);
  };
  await layers.settle(options);
  expect((await open('two')).list()).toEqual([]);
});

test('an image whose layers a build has made, or lies on them, waits until they are on the disk', async () => {
  const layers = await open();
  const made = await layers.adopt(undefined, await madeLayer('a'), options);
  await layers.commit(undefined, source('a'), options);
  expect(synced).toBe(1);
  const upper = await layers.adopt(made.chainId, await madeLayer('b'), options);
  await layers.commit(upper.chainId, source('c'), options);
  expect(synced).toBe(2);
  expect((await open('two')).list()).toHaveLength(3);
});
