import { expect, test } from 'vitest';
import { parseImageIndex, parseJson, type IndexEntry } from '@wharf/oci';
import { createFakeArchives } from '../testing/fake-archives.js';
import {
  gather,
  makeImage,
  makeIndex,
  openHarbour,
  pieces,
  type Harbour,
} from '../testing/harbour.js';

async function unpacked(archive: Buffer): Promise<Map<string, Buffer>> {
  const members = new Map<string, Buffer>();
  const { signal } = new AbortController();
  let name = '';
  for await (const events of createFakeArchives().read(pieces(archive), {
    signal,
    maxMembers: 99,
  })) {
    for (const event of events) {
      if (event.kind === 'member') members.set((name = event.member.path), Buffer.alloc(0));
      if (event.kind === 'data')
        members.set(name, Buffer.concat([members.get(name) as Buffer, event.bytes]));
    }
  }
  return members;
}

const save = (harbour: Harbour, refs: string[], more = {}): Promise<Buffer> =>
  gather(harbour.transfers.save(refs, { signal: harbour.signal, ...more }));

const json = (bytes: Buffer | undefined): unknown => JSON.parse((bytes ?? '').toString());

test('an archive is an OCI layout and a docker-archive, sorted, each blob once', async () => {
  await using harbour = await openHarbour();
  const one = await makeImage(harbour, { names: ['docker.io/library/one:latest'] });
  await makeImage(harbour, { layers: ['lower', 'other'], names: ['docker.io/library/two:1'] });
  const members = await unpacked(await save(harbour, ['one', 'two:1', 'one']));
  const names = [...members.keys()];
  expect(names).toEqual([...names].sort());
  expect(names.filter((name) => name.startsWith('blobs/sha256/') && name.length > 20)).toHaveLength(
    7,
  );
  const index = parseImageIndex(members.get('index.json') as Buffer);
  expect(index.manifests.map(({ annotations }) => ({ ...annotations }))).toEqual([
    {
      'io.containerd.image.name': 'docker.io/library/one:latest',
      'org.opencontainers.image.ref.name': 'latest',
    },
    {
      'io.containerd.image.name': 'docker.io/library/two:1',
      'org.opencontainers.image.ref.name': '1',
    },
  ]);
  const docker = json(members.get('manifest.json')) as {
    Config: string;
    RepoTags: string[];
    Layers: string[];
  }[];
  const item = docker.find(({ RepoTags }) => RepoTags.includes('one:latest'));
  expect(item?.Config).toBe(`blobs/sha256/${one.imageId.slice(7)}`);
  expect(item?.Layers.every((path) => members.has(path))).toBe(true);
  expect(json(members.get('oci-layout'))).toEqual({ imageLayoutVersion: '1.0.0' });
});

test('the same images give the same bytes, in whatever order they are named and on any daemon', async () => {
  await using here = await openHarbour();
  await using there = await openHarbour();
  for (const [harbour, tags] of [
    [here, ['a', 'b']],
    [there, ['b', 'a']],
  ] as const) {
    for (const tag of tags)
      await makeImage(harbour, { layers: [tag], names: [`docker.io/library/x:${tag}`] });
  }
  const first = await save(here, ['x:a', 'x:b']);
  expect(first.equals(await save(there, ['x:b', 'x:a']))).toBe(true);
  expect(first.equals(await save(there, ['x']))).toBe(true);
});

test('an index goes whole when all of it is here', async () => {
  await using harbour = await openHarbour();
  const amd = await makeImage(harbour);
  const arm = await makeImage(harbour, { architecture: 'arm64', layers: ['arm'] });
  const target = await makeIndex(harbour, [amd, arm], { names: ['docker.io/library/m:1'] });
  const index = parseImageIndex((await unpacked(await save(harbour, ['m:1']))).get('index.json')!);
  expect(index.manifests[0]).toMatchObject({ digest: target.digest, mediaType: target.mediaType });
});

test('of an index that is here in part goes what is here; one platform goes alone', async () => {
  await using harbour = await openHarbour();
  const amd = await makeImage(harbour);
  const arm = await makeImage(harbour, { architecture: 'arm64', layers: ['arm'] });
  const absent: IndexEntry = {
    ...amd.target,
    digest: `sha256:${'0'.repeat(64)}` as IndexEntry['digest'],
    platform: { os: 'linux', architecture: 's390x', variant: '' },
  };
  await makeIndex(harbour, [amd, arm], { names: ['docker.io/library/m:1'], absent: [absent] });
  const part = await unpacked(await save(harbour, ['m:1']));
  const [entry] = parseImageIndex(part.get('index.json')!).manifests;
  const inner = parseImageIndex(part.get(`blobs/sha256/${entry?.digest.slice(7)}`)!);
  expect(inner.manifests.map(({ digest }) => digest)).toEqual([
    amd.target.digest,
    arm.target.digest,
  ]);
  const one = await unpacked(await save(harbour, ['m:1'], { platforms: ['linux/arm64'] }));
  const [only] = parseImageIndex(one.get('index.json')!).manifests;
  expect(only).toMatchObject({
    digest: arm.target.digest,
    platform: { os: 'linux', architecture: 'arm64' },
  });
  await expect(save(harbour, ['m:1'], { platforms: ['linux/s390x'] })).rejects.toMatchObject({
    code: 'not-found',
  });
});

test('layers are compressed otherwise on demand, and the image id stays', async () => {
  await using harbour = await openHarbour();
  const image = await makeImage(harbour, { names: ['docker.io/library/x:1'] });
  const plain = await unpacked(await save(harbour, ['x:1'], { compression: 'none' }));
  const [item] = json(plain.get('manifest.json')) as { Config: string; Layers: string[] }[];
  expect(item?.Config).toBe(`blobs/sha256/${image.imageId.slice(7)}`);
  expect(item?.Layers).toEqual(image.layers.map(({ diffId }) => `blobs/sha256/${diffId.slice(7)}`));
  expect(await harbour.deps.content.find(image.target.digest)).toBeDefined();
});

test('what is saved is claimed while it is read, and free when the reader leaves', async () => {
  await using harbour = await openHarbour();
  const image = await makeImage(harbour, { names: ['docker.io/library/x:1'] });
  const { records, state, content } = harbour.deps;
  for await (const _ of harbour.transfers.save(['x:1'], { signal: harbour.signal })) {
    state.transaction((tx) => records.removeTarget(tx, image.target.digest));
    await harbour.collect();
    expect(await content.find(image.imageId)).toBeDefined();
    break;
  }
  await harbour.collect();
  expect(await content.list()).toEqual([]);
});

test('what is not here is said by name', async () => {
  await using harbour = await openHarbour();
  await makeImage(harbour, { names: ['docker.io/library/x:1'] });
  await expect(save(harbour, ['x:1', 'nope:2'])).rejects.toThrow('no such image: nope:2');
  await expect(save(harbour, [])).rejects.toMatchObject({ code: 'invalid-argument' });
  await expect(save(harbour, ['f'.repeat(64)])).rejects.toMatchObject({ code: 'not-found' });
});

test('documents of an archive are strict JSON', async () => {
  await using harbour = await openHarbour();
  await makeImage(harbour, { names: ['docker.io/library/x:1'] });
  const members = await unpacked(await save(harbour, ['x:1']));
  for (const name of ['index.json', 'manifest.json', 'oci-layout'])
    expect(() => parseJson(members.get(name)!, { maxBytes: 1 << 20 })).not.toThrow();
});
