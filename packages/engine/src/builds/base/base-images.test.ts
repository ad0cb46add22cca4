import { expect, test } from 'vitest';
import { NotFoundError, type PullFrame, type PullOptions } from '@wharf/core';
import { chainIds, parsePlatform, serialiseConfig, type Digest } from '@wharf/oci';
import { createFakeStore } from '../../images/testing/fake-store.js';
import {
  makeImage,
  makeIndex,
  openHarbour,
  type Harbour,
  type MadeImage,
} from '../../images/testing/harbour.js';
import { hashBytes } from '../../layers/layers.js';
import { openPins } from '../lock/pins.js';
import { createBaseImages } from './base-images.js';

const host = parsePlatform('linux/amd64', { os: 'linux', architecture: 'amd64', variant: '' });
const arm = parsePlatform('linux/arm64', host);
const name = 'docker.io/library/a:1';

function open(harbour: Harbour, pull: (ref: string, options: PullOptions) => Promise<void>) {
  const pulled: string[] = [];
  const base = createBaseImages({
    ...harbour.deps,
    async *pull(ref, options): AsyncGenerator<PullFrame> {
      pulled.push(`${ref} ${options.platform}`);
      const progress = { id: 'sha256:1', phase: 'downloading', current: 1, total: 2 } as const;
      yield { kind: 'progress', progress };
      await pull(ref, options);
    },
  });
  return { base, pulled };
}

const never = (): Promise<void> => Promise.reject(new RangeError('nothing is pulled here'));

function options(harbour: Harbour, more: object = {}) {
  const pins = openPins({ locked: false });
  return { signal: harbour.signal, pull: false, credentials: new Map(), pins, ...more };
}

/** A registry that has the image under the name. */
async function serve(harbour: Harbour, image: MadeImage, tag = 'docker.io/library/a:1') {
  const store = createFakeStore();
  const { content, documents } = harbour.deps;
  const put = async (digest: string) => {
    const bytes = await content.read(digest as Digest, 1 << 20);
    store.manifests.set(`docker.io/library/a@${digest}`, {
      mediaType: image.target.mediaType,
      bytes,
    });
    return bytes;
  };
  store.manifests.set(tag, {
    mediaType: image.target.mediaType,
    bytes: await put(image.target.digest),
  });
  const config = serialiseConfig(await documents.config(image.imageId));
  store.manifests.set(`docker.io/library/a@${image.imageId}`, { mediaType: '', bytes: config });
  return store;
}

test('what is here is taken from here, in the platform that is asked for', async () => {
  await using harbour = await openHarbour();
  const amd = await makeImage(harbour);
  const other = await makeImage(harbour, { architecture: 'arm64', layers: ['arm'] });
  await makeIndex(harbour, [amd, other], { names: [name] });
  const { base } = open(harbour, never);
  const call = options(harbour);
  expect(await base.resolve(name, host, call)).toMatchObject({
    digest: amd.target.digest,
    platform: host,
    config: { command: ['sh'] },
  });
  expect((await base.resolve(name, arm, call)).digest).toBe(other.target.digest);
  expect(call.pins.print()).toContain(`"${name} linux/arm64" = "${other.target.digest}"`);
});

test('what is not here, or is to be pulled anew, is asked for at its registry, document and config alone', async () => {
  await using there = await openHarbour();
  const image = await makeImage(there);
  const store = await serve(there, image);
  await using harbour = await openHarbour({ registry: store.port });
  const old = await makeImage(harbour, { layers: ['old'], names: [name] });
  const { base } = open(harbour, never);
  expect((await base.resolve(name, host, options(harbour))).digest).toBe(old.target.digest);
  const anew = await base.resolve(name, host, options(harbour, { pull: true }));
  expect(anew).toMatchObject({ digest: image.target.digest, config: { command: ['sh'] } });
  expect(await harbour.deps.content.find(image.layers[0]!.diffId)).toBeUndefined();
  await harbour.collect();
  expect(await harbour.deps.content.find(image.target.digest)).toBeDefined();
  const absent = base.resolve('docker.io/library/none:1', host, options(harbour));
  await expect(absent).rejects.toMatchObject({ code: 'not-found' });
});

test('with locked a name that has moved on is refused, wherever it has; where nobody knows the lock counts', async () => {
  await using there = await openHarbour();
  const now = await makeImage(there, { layers: ['now'] });
  const store = await serve(there, now);
  await using harbour = await openHarbour({ registry: store.port });
  const here = ['docker.io/library/b:1', name];
  const locked = await makeImage(harbour, { layers: ['locked'], names: here });
  const names = [name, ...here, 'docker.io/library/gone:1'];
  const lines = new Set(names.map((one) => `"${one} linux/amd64" = "${locked.target.digest}"`));
  const lock = `version = 1\n[image]\n${[...lines].join('\n')}`;
  const pins = openPins({ lock, locked: true });
  const { base } = open(harbour, never);
  const call = options(harbour, { pins });
  const moved = `${name} linux/amd64 has moved: Dockerfile.lock says ${locked.target.digest}, it is ${now.target.digest} now`;
  await expect(base.resolve(name, host, call)).rejects.toThrow(moved);
  for (const same of ['docker.io/library/b:1', 'docker.io/library/gone:1']) {
    expect((await base.resolve(same, host, call)).digest).toBe(locked.target.digest);
  }
  await makeImage(harbour, { layers: ['other'], names: ['docker.io/library/b:1'] });
  await expect(base.resolve('docker.io/library/b:1', host, call)).rejects.toMatchObject({
    code: 'failed-precondition',
    facts: { name: 'docker.io/library/b:1 linux/amd64' },
  });
});

test('a name is what the lock says, also when it has moved on', async () => {
  await using harbour = await openHarbour();
  const locked = await makeImage(harbour, { layers: ['locked'], names: ['docker.io/library/b:1'] });
  await makeImage(harbour, { names: [name] });
  const lock = `version = 1\n[image]\n"${name} linux/amd64" = "${locked.target.digest}"`;
  const pins = openPins({ lock, locked: false });
  const { base } = open(harbour, never);
  const call = options(harbour, { pins, pull: true });
  expect((await base.resolve(name, host, call)).digest).toBe(locked.target.digest);
  call.pins = openPins({ lock, locked: true });
  await expect(base.resolve('docker.io/library/b:1', host, call)).rejects.toThrow(
    'Dockerfile.lock does not have the image docker.io/library/b:1 linux/amd64',
  );
});

test('its layers are held where they are here, and pulled by name and then by digest where not', async () => {
  await using harbour = await openHarbour();
  const image = await makeImage(harbour);
  const held = new Set<Digest>();
  const told: string[] = [];
  const call = {
    ...options(harbour),
    hold: (digests: readonly Digest[]) => {
      for (const digest of digests) held.add(digest);
      return Promise.resolve();
    },
    onProgress: (what: string, current: number) => void told.push(`${what} ${current}`),
  };
  const { digest } = image.target;
  const request = { reference: name, platform: host, digest, pinned: false };
  const moved = open(harbour, async (ref) => {
    if (ref.includes('@')) await makeImage(harbour, { names: [name] });
  });
  const found = await moved.base.obtain(request, call);
  expect(moved.pulled).toEqual([
    `${name} linux/amd64`,
    `docker.io/library/a:1@${digest} linux/amd64`,
  ]);
  expect(told).toEqual(['sha256:1 1', 'sha256:1 1']);
  const { diffIds } = found.config;
  expect([digest, image.imageId as Digest, ...chainIds(diffIds, hashBytes)]).toSatisfy(
    (all: readonly Digest[]) => all.every((one) => held.has(one)),
  );
  const { base, pulled } = open(harbour, never);
  expect(await base.obtain(request, call)).toEqual(found);
  expect(pulled).toEqual([]);
});

test('what its registry no longer has is not found', async () => {
  await using harbour = await openHarbour();
  const { base, pulled } = open(harbour, () => Promise.resolve());
  const hold = () => Promise.resolve();
  const call = { ...options(harbour), hold, onProgress: () => undefined };
  const digest = `sha256:${'a'.repeat(64)}`;
  const request = { reference: name, platform: host, digest, pinned: true };
  await expect(base.obtain(request, call)).rejects.toBeInstanceOf(NotFoundError);
  expect(pulled).toHaveLength(1);
});

test('an image is a base by its id, and is asked for nowhere', async () => {
  await using harbour = await openHarbour({ registry: createFakeStore().port });
  const image = await makeImage(harbour, { names: [name] });
  const { base } = open(harbour, never);
  for (const reference of [image.imageId, `docker.io/library/${image.imageId}`])
    expect(await base.resolve(reference, host, options(harbour, { pull: true }))).toMatchObject({
      digest: image.target.digest,
    });
  const other = `sha256:${'0'.repeat(64)}`;
  await expect(base.resolve(other, host, options(harbour))).rejects.toBeInstanceOf(NotFoundError);
});
