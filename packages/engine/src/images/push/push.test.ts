import { describe, expect, test } from 'vitest';
import type { PushFrame } from '@wharf/core';
import {
  makeManifest,
  mediaTypes,
  parseImageIndex,
  parseManifest,
  serialiseManifest,
  type Digest,
  type IndexEntry,
  type Manifest,
} from '@wharf/oci';
import { nameTarget } from '../install.js';
import { createFakeStore } from '../testing/fake-store.js';
import { frames, makeImage, makeIndex, openHarbour, type Harbour } from '../testing/harbour.js';

const push = (harbour: Harbour, ref: string, more = {}): Promise<PushFrame[]> =>
  frames(harbour.transfers.push(ref, { signal: harbour.signal, ...more }));

const done = (all: readonly PushFrame[]) =>
  all.flatMap((frame) => (frame.kind === 'done' ? [frame.result] : []));

const phases = (all: readonly PushFrame[]): string[] =>
  all.flatMap((frame) => (frame.kind === 'progress' ? [frame.progress.phase] : []));

test('layers and config go first, the name last, under the digest that the image has', async () => {
  const store = createFakeStore();
  await using harbour = await openHarbour({ registry: store.port });
  const image = await makeImage(harbour, { names: ['localhost:5000/a:1'] });
  const [result] = done(await push(harbour, 'localhost:5000/a:1'));
  expect(result).toEqual({
    reference: 'localhost:5000/a:1',
    digest: image.target.digest,
    size: image.target.size,
    mediaType: image.target.mediaType,
  });
  expect(store.calls).toEqual(['upload', 'upload', 'upload', 'put localhost:5000/a:1']);
  const target = harbour.deps.records.byName('localhost:5000/a:1');
  expect(target?.repositories).toEqual(['localhost:5000/a']);
});

test('each blob is prepared first, and those wait that have no place', async () => {
  const store = createFakeStore();
  await using harbour = await openHarbour({ registry: store.port });
  const layers = ['a', 'b', 'c', 'd'];
  await makeImage(harbour, { layers, names: ['localhost:5000/a:1'] });
  const told = phases(await push(harbour, 'localhost:5000/a:1'));
  expect(told.slice(0, 7)).toEqual([...Array<string>(5).fill('preparing'), 'waiting', 'waiting']);
  expect(told.lastIndexOf('preparing')).toBe(4);
});

test('a second push uploads nothing, another repository of the registry gets the blobs mounted', async () => {
  const store = createFakeStore();
  await using harbour = await openHarbour({ registry: store.port });
  await makeImage(harbour, { names: ['localhost:5000/a:1', 'localhost:5000/b:1'] });
  await push(harbour, 'localhost:5000/a:1');
  store.calls.length = 0;
  expect(phases(await push(harbour, 'localhost:5000/a:1'))).toContain('exists');
  expect(store.calls).toEqual(['exists', 'exists', 'exists', 'put localhost:5000/a:1']);
  store.calls.length = 0;
  const mounted = await push(harbour, 'localhost:5000/b:1');
  expect(store.calls).toEqual(['mount', 'mount', 'mount', 'put localhost:5000/b:1']);
  expect(mounted).toContainEqual(
    expect.objectContaining({
      progress: expect.objectContaining({ phase: 'mounted', from: 'localhost:5000/a' }) as unknown,
    }),
  );
});

test('plain layers go gzipped; the config stays, and the digest of it is known here afterwards', async () => {
  const store = createFakeStore();
  await using harbour = await openHarbour({ registry: store.port });
  const image = await makeImage(harbour, { compression: 'none', names: ['localhost:5000/a:1'] });
  const all = await push(harbour, 'localhost:5000/a:1');
  const [result] = done(all);
  expect(phases(all)).not.toContain('exists');
  expect(result?.digest).not.toBe(image.target.digest);
  const pushed = parseManifest(store.manifests.get('localhost:5000/a:1')!.bytes);
  expect(pushed.config.digest).toBe(image.imageId);
  expect(pushed.layers.every((layer) => layer.mediaType === mediaTypes.ociLayerGzip)).toBe(true);
  await harbour.collect();
  const kept = harbour.deps.records.target(result!.digest);
  expect(kept?.repositories).toEqual(['localhost:5000/a']);
  expect(kept?.names).toEqual(['localhost:5000/a:1']);
  expect(harbour.deps.records.target(image.target.digest)).toBeUndefined();
  store.calls.length = 0;
  expect(done(await push(harbour, 'localhost:5000/a:1'))).toEqual([result]);
  expect(store.calls.filter((call) => call === 'upload')).toEqual([]);
});

test('an image with attestations, which are about its very manifest, goes as it is', async () => {
  const store = createFakeStore();
  await using harbour = await openHarbour({ registry: store.port });
  const image = await makeImage(harbour, { compression: 'none' });
  const { content } = harbour.deps;
  const empty = await content.put(Buffer.from('{}'), { signal: harbour.signal });
  const manifest = makeManifest({ mediaType: mediaTypes.ociEmpty, ...empty }, []);
  const attestation: IndexEntry = {
    mediaType: manifest.mediaType,
    ...(await content.put(serialiseManifest(manifest), { signal: harbour.signal })),
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': image.target.digest,
    },
  };
  const index = await makeIndex(harbour, [image], {
    names: ['localhost:5000/a:1'],
    absent: [attestation],
  });
  const [result] = done(await push(harbour, 'localhost:5000/a:1'));
  expect(result?.digest).toBe(index.digest);
  const [asked] = done(await push(harbour, 'localhost:5000/a:1', { compression: 'gzip' }));
  expect(asked?.digest).not.toBe(index.digest);
});

describe('attestations of an image whose layers are compressed in another way', () => {
  const statementOf = (digest: string): string =>
    `{"_type":"s","subject":[{"name":"_","digest":{"sha256":"${digest.slice(7)}"}}],"predicate":{}}`;

  async function pushed(text: (subject: string) => string) {
    const store = createFakeStore();
    await using harbour = await openHarbour({ registry: store.port });
    const image = await makeImage(harbour);
    const { content } = harbour.deps;
    const put = (bytes: string | Uint8Array) =>
      content.put(Buffer.from(bytes), { signal: harbour.signal });
    const statement = await put(text(image.target.digest));
    const layer = { mediaType: 'application/vnd.in-toto+json', ...statement };
    const diffIds = JSON.stringify({ rootfs: { diff_ids: [statement.digest] } });
    const manifest = {
      ...makeManifest({ mediaType: mediaTypes.ociEmpty, ...(await put(diffIds)) }, [layer]),
      subject: image.target,
    };
    const attestation: IndexEntry = {
      mediaType: manifest.mediaType,
      ...(await put(serialiseManifest(manifest))),
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': image.target.digest,
      },
    };
    await makeIndex(harbour, [image], { names: ['localhost:5000/a:1'], absent: [attestation] });
    const frames = await push(harbour, 'localhost:5000/a:1', {
      compression: 'zstd',
      forceCompression: true,
    });
    const notes = frames.flatMap((frame) => (frame.kind === 'note' ? [frame.message] : []));
    const { manifests } = parseImageIndex(store.manifests.get('localhost:5000/a:1')!.bytes);
    const [now, about] = manifests;
    const document = about && parseManifest(await content.read(about.digest, 1 << 20));
    const [said] = document?.layers ?? [];
    const read = async (digest: Digest | undefined) =>
      digest && Buffer.from(await content.read(digest, 1 << 20)).toString();
    const texts = [await read(said?.digest), await read(document?.config.digest)];
    return { old: image.target.digest, notes, now, about, document, said, texts };
  }

  test('are about the new manifest', async () => {
    const { old, now, about, document, said, texts } = await pushed(statementOf);
    expect(now?.digest).not.toBe(old);
    expect(about?.annotations?.['vnd.docker.reference.digest']).toBe(now?.digest);
    expect(document?.subject).toMatchObject({ digest: now?.digest, size: now?.size });
    expect(texts).toEqual([statementOf(now!.digest), expect.stringContaining(said!.digest)]);
  });

  test('are left out, and that is said, where they cannot be', async () => {
    const { old, notes, now, about } = await pushed(() => '{"payload":"c2lnbmVk"}');
    expect(now).toBeDefined();
    expect(about).toBeUndefined();
    expect(notes).toEqual([expect.stringContaining(`is about ${old} alone and was left out`)]);
  });
});

test('an image that containers were made from keeps its name here', async () => {
  const store = createFakeStore();
  const use = { users: () => [{ id: 'c1', running: false }] };
  await using harbour = await openHarbour({ registry: store.port, use });
  const image = await makeImage(harbour, { compression: 'none', names: ['localhost:5000/a:1'] });
  const [result] = done(await push(harbour, 'localhost:5000/a:1'));
  const { records } = harbour.deps;
  expect(records.byName('localhost:5000/a:1')?.digest).toBe(image.target.digest);
  expect(records.target(result!.digest)?.repositories).toEqual(['localhost:5000/a']);
});

test('an index with plain layers is another index afterwards, and all of it stays', async () => {
  const store = createFakeStore();
  await using harbour = await openHarbour({ registry: store.port });
  const amd = await makeImage(harbour, { compression: 'none' });
  const arm = await makeImage(harbour, { architecture: 'arm64', layers: ['arm'] });
  await makeIndex(harbour, [amd, arm], { names: ['localhost:5000/m:1'] });
  const [result] = done(await push(harbour, 'localhost:5000/m:1'));
  await harbour.collect();
  expect(harbour.deps.records.byName('localhost:5000/m:1')?.digest).toBe(result?.digest);
  const { document } = await harbour.deps.documents.index(result!.digest as never);
  expect(document.manifests.map(({ digest }) => digest)).toContain(arm.target.digest);
  expect(done(await push(harbour, 'localhost:5000/m:1'))).toEqual([result]);
});

test('other compression is for plain layers, and for all of them when forced', async () => {
  const store = createFakeStore();
  await using harbour = await openHarbour({ registry: store.port });
  const image = await makeImage(harbour, { names: ['localhost:5000/a:1'] });
  const kept = done(await push(harbour, 'localhost:5000/a:1', { compression: 'zstd' }));
  expect(kept[0]?.digest).toBe(image.target.digest);
  await push(harbour, 'localhost:5000/a:1', { compression: 'zstd', forceCompression: true });
  const { layers } = parseManifest(store.manifests.get('localhost:5000/a:1')!.bytes);
  expect(layers.every((layer) => layer.mediaType === mediaTypes.ociLayerZstd)).toBe(true);
});

test('an index goes whole, or says which platform of it went', async () => {
  const store = createFakeStore();
  await using harbour = await openHarbour({ registry: store.port });
  const amd = await makeImage(harbour);
  const arm = await makeImage(harbour, { architecture: 'arm64', layers: ['arm'] });
  const whole = await makeIndex(harbour, [amd, arm], { names: ['localhost:5000/m:1'] });
  expect(done(await push(harbour, 'localhost:5000/m:1'))[0]?.digest).toBe(whole.digest);
  expect(parseImageIndex(store.manifests.get('localhost:5000/m:1')!.bytes).manifests).toHaveLength(
    2,
  );
  const absent: IndexEntry = {
    ...arm.target,
    digest: `sha256:${'0'.repeat(64)}` as IndexEntry['digest'],
  };
  const part = await makeIndex(harbour, [amd], { names: ['localhost:5000/p:1'], absent: [absent] });
  const all = await push(harbour, 'localhost:5000/p:1');
  expect(done(all)[0]?.digest).toBe(amd.target.digest);
  expect(all).toContainEqual({
    kind: 'note',
    message: `Not all multiplatform-content is present and only the available single-platform image was pushed\n${part.digest} -> ${amd.target.digest}`,
  });
  const one = await push(harbour, 'localhost:5000/m:1', { platform: 'linux/arm64' });
  expect(done(one)[0]?.digest).toBe(arm.target.digest);
});

test('all tags of a repository go, each blob once, so many at a time', async () => {
  const store = createFakeStore();
  await using harbour = await openHarbour({ registry: store.port, uploads: 2 });
  await makeImage(harbour, { layers: ['a', 'b', 'c'], names: ['localhost:5000/a:1'] });
  await makeImage(harbour, { layers: ['a', 'b', 'd'], names: ['localhost:5000/a:2'] });
  const all = await push(harbour, 'localhost:5000/a', { allTags: true });
  expect(done(all).map(({ reference }) => reference)).toEqual([
    'localhost:5000/a:1',
    'localhost:5000/a:2',
  ]);
  expect(store.calls.filter((call) => call === 'upload')).toHaveLength(6);
  expect(store.peak).toBe(2);
});

test('what its author keeps out of registries stays out', async () => {
  const store = createFakeStore();
  await using harbour = await openHarbour({ registry: store.port });
  const image = await makeImage(harbour);
  const { document } = await harbour.deps.documents.manifest(image.target.digest);
  const [lower, upper] = document.layers;
  const foreign = { ...upper!, mediaType: mediaTypes.dockerForeignLayer };
  await named(harbour, { ...document, layers: [lower!, foreign] });
  await push(harbour, 'localhost:5000/f:1');
  expect([...store.blobs.keys()].some((key) => key.endsWith(foreign.digest))).toBe(false);
});

test('a referrer is listed under the tag of its subject where the registry does not do it', async () => {
  const store = createFakeStore();
  store.subjectHandled = false;
  await using harbour = await openHarbour({ registry: store.port });
  const image = await makeImage(harbour);
  const { document } = await harbour.deps.documents.manifest(image.target.digest);
  const referrer = await named(harbour, { ...document, subject: image.target });
  await push(harbour, 'localhost:5000/f:1');
  const tag = `localhost:5000/f:${image.target.digest.replace(':', '-')}`;
  const list = parseImageIndex(store.manifests.get(tag)!.bytes);
  expect(list.manifests.map(({ digest }) => digest)).toEqual([referrer.digest]);
});

test('what cannot be pushed is said in docker’s words', async () => {
  await using harbour = await openHarbour({ registry: createFakeStore().port });
  await expect(push(harbour, 'localhost:5000/no')).rejects.toThrow(
    'does not exist locally with the tag: localhost:5000/no',
  );
  await expect(push(harbour, `a@sha256:${'0'.repeat(64)}`)).rejects.toThrow(
    'cannot push a digest reference',
  );
  await expect(push(harbour, 'a:1', { allTags: true })).rejects.toThrow("tag can't be used");
});

test('a failed upload ends the others and names nothing', async () => {
  const store = createFakeStore();
  const port = {
    ...store.port,
    pushBlob: () => Promise.reject(new RangeError('refused')),
  };
  await using harbour = await openHarbour({ registry: port });
  await makeImage(harbour, { names: ['localhost:5000/a:1'] });
  await expect(push(harbour, 'localhost:5000/a:1')).rejects.toThrow('refused');
  expect(store.manifests.size).toBe(0);
  expect(harbour.deps.records.byName('localhost:5000/a:1')?.repositories).toEqual([]);
});

async function named(harbour: Harbour, document: Manifest): Promise<IndexEntry> {
  const { deps, signal } = harbour;
  const manifest: Manifest = {
    ...makeManifest(document.config, document.layers),
    ...(document.subject === undefined ? {} : { subject: document.subject }),
  };
  const blob = await deps.content.put(serialiseManifest(manifest), { signal });
  const target = { mediaType: manifest.mediaType, ...blob };
  const config = await deps.documents.config(manifest.config.digest);
  nameTarget(deps, {
    target,
    manifests: [{ descriptor: target, manifest, config }],
    names: ['localhost:5000/f:1'],
    digests: [],
    event: { action: 'pull', actorId: target.digest, attributes: {} },
  });
  return target;
}
