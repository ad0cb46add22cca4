import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { LoadFrame } from '@wharf/core';
import { fakeTar, type FakeMember } from '../testing/fake-archives.js';
import {
  frames,
  gather,
  makeImage,
  makeIndex,
  openHarbour,
  pieces,
  type Harbour,
} from '../testing/harbour.js';

const load = (harbour: Harbour, archive: Buffer, more = {}): Promise<LoadFrame[]> =>
  frames(harbour.transfers.load(pieces(archive), { signal: harbour.signal, ...more }));

const loaded = (all: readonly LoadFrame[]) =>
  all.flatMap((frame) => (frame.kind === 'loaded' ? [frame.image] : []));

const saved = (harbour: Harbour, refs: string[]): Promise<Buffer> =>
  gather(harbour.transfers.save(refs, { signal: harbour.signal }));

const hex = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

describe('an archive of ours', () => {
  test('comes back with the same digests, names and platforms', async () => {
    await using from = await openHarbour();
    await using to = await openHarbour();
    const amd = await makeImage(from);
    const arm = await makeImage(from, { architecture: 'arm64', layers: ['arm'] });
    const target = await makeIndex(from, [amd, arm], { names: ['docker.io/library/m:1'] });
    await makeImage(from, { layers: ['solo'], names: ['localhost:5000/a/solo:x'] });
    const archive = await saved(from, ['m:1', 'localhost:5000/a/solo:x']);
    const images = loaded(await load(to, archive));
    expect(images.map(({ reference }) => reference).sort()).toEqual([
      'localhost:5000/a/solo:x',
      'm:1',
    ]);
    expect(to.deps.records.byName('docker.io/library/m:1')?.digest).toBe(target.digest);
    expect((await saved(to, ['m:1', 'localhost:5000/a/solo:x'])).equals(archive)).toBe(true);
    expect(await readdir(join(to.root, 'tmp'))).toEqual([]);
    await to.collect();
    expect((await saved(to, ['m:1', 'localhost:5000/a/solo:x'])).equals(archive)).toBe(true);
  });

  test('of several platforms gives those that are wanted', async () => {
    await using from = await openHarbour();
    await using to = await openHarbour();
    const amd = await makeImage(from);
    const arm = await makeImage(from, { architecture: 'arm64', layers: ['arm'] });
    await makeIndex(from, [amd, arm], { names: ['docker.io/library/m:1'] });
    const archive = await saved(from, ['m:1']);
    const [image] = loaded(await load(to, archive, { platforms: ['linux/arm64'] }));
    expect(image?.imageId).toBe(arm.imageId);
    await expect(load(to, archive, { platforms: ['linux/s390x'] })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  test('says whom it took the name from', async () => {
    await using from = await openHarbour();
    await using to = await openHarbour();
    await makeImage(from, { names: ['docker.io/library/x:1'] });
    const before = await makeImage(to, { layers: ['before'], names: ['docker.io/library/x:1'] });
    const [image] = loaded(await load(to, await saved(from, ['x:1'])));
    expect(image).toMatchObject({ reference: 'x:1', replaced: before.imageId });
  });
});

interface Old {
  readonly members: FakeMember[];
  readonly layers: readonly Buffer[];
  readonly config: Buffer;
}

/** What docker wrote before 25. */
function old(names: readonly string[] | null = ['old:1'], compress = false): Old {
  const tars = ['first layer', 'second'].map((text) => Buffer.from(text));
  const diffIds = [tars[0], tars[1], tars[0]].map((tar) => `sha256:${hex(tar as Buffer)}`);
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: diffIds },
    }),
  );
  const layers = tars.map((tar) => (compress ? gzipSync(tar) : tar));
  const ids = ['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)];
  const manifest = [
    {
      Config: `${hex(config)}.json`,
      RepoTags: names,
      Layers: ids.map((id) => `${id}/layer.tar`),
    },
  ];
  return {
    layers,
    config,
    members: [
      { path: `${ids[0]}/`, type: '5' },
      { path: `${ids[0]}/VERSION`, body: '1.0' },
      { path: `${ids[0]}/json`, body: '{}' },
      { path: `${ids[0]}/layer.tar`, body: layers[0] as Buffer },
      { path: `${ids[1]}/layer.tar`, body: layers[1] as Buffer },
      { path: `${ids[2]}/layer.tar`, type: '2', link: `../${ids[0]}/layer.tar` },
      { path: `${hex(config)}.json`, body: config },
      { path: 'manifest.json', body: JSON.stringify(manifest) },
      { path: 'repositories', body: '{}' },
    ],
  };
}

describe('an old docker-archive', () => {
  test('gets a manifest of ours, the same each time, with its layers as they are', async () => {
    await using one = await openHarbour();
    await using two = await openHarbour();
    const { members, config } = old();
    const [first] = loaded(await load(one, fakeTar(members)));
    const [second] = loaded(await load(two, fakeTar(members)));
    expect(first).toEqual(second);
    expect(first).toMatchObject({ reference: 'old:1', imageId: `sha256:${hex(config)}` });
    const target = one.deps.records.byName('docker.io/library/old:1');
    const { document } = await one.deps.documents.manifest(target!.digest);
    expect(document.layers.map(({ mediaType }) => mediaType)).toEqual(
      Array.from({ length: 3 }, () => 'application/vnd.oci.image.layer.v1.tar'),
    );
    expect(await readdir(join(one.root, 'tmp'))).toEqual([]);
  });

  test('may have compressed layers and no name', async () => {
    await using harbour = await openHarbour();
    const [image] = loaded(await load(harbour, fakeTar(old(null, true).members)));
    expect(image?.reference).toBe('');
    const { document } = await harbour.deps.documents.manifest(image!.targetDigest as never);
    expect(document.layers[0]?.mediaType).toContain('+gzip');
  });
});

describe('hostile archives are refused and leave nothing to see', () => {
  const { members, layers, config } = old();
  const without = (path: RegExp): FakeMember[] => members.filter((m) => !path.test(m.path));
  const manifestOf = (value: unknown): FakeMember => ({
    path: 'manifest.json',
    body: JSON.stringify(value),
  });
  const blob = (body: Buffer | string, name?: string): FakeMember => ({
    path: `blobs/sha256/${name ?? hex(body)}`,
    body,
  });
  const layout = (entries: unknown[]): FakeMember[] => [
    { path: 'oci-layout', body: '{"imageLayoutVersion":"1.0.0"}' },
    { path: 'index.json', body: JSON.stringify({ schemaVersion: 2, manifests: entries }) },
  ];
  const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
  const entry = (digest: string, size: number) => ({ mediaType: ociManifest, digest, size });
  const cases: readonly (readonly [string, readonly FakeMember[], string | RegExp])[] = [
    ['climbing names', [{ path: '../x', body: 'x' }, ...members], 'no image archive has'],
    ['absolute names', [{ path: '/etc/x', body: 'x' }, ...members], 'no image archive has'],
    ['dots inside', [{ path: 'a/./b', body: 'x' }, ...members], 'no image archive has'],
    ['devices', [{ path: 'dev', type: '3' }, ...members], 'neither file, directory nor link'],
    ['links to outside', [{ path: 'x', type: '2', link: '../../etc/passwd' }], 'outside of it'],
    ['absolute links', [{ path: 'x', type: '2', link: '/etc/passwd' }], 'outside of it'],
    ['links for documents', [{ path: 'manifest.json', type: '2', link: 'x' }], 'in the place of'],
    [
      'links for blobs',
      [{ path: `blobs/sha256/${'0'.repeat(64)}`, type: '2', link: 'x' }],
      'in the place of',
    ],
    ['duplicates', [...members, manifestOf([])], 'twice'],
    [
      'circles of links',
      [
        ...without(/c{64}/),
        { path: `${'c'.repeat(64)}/layer.tar`, type: '2', link: '../z' },
        { path: 'z', type: '2', link: `${'c'.repeat(64)}/layer.tar` },
      ],
      'lacks',
    ],
    ['missing layers', without(/b{64}/), 'lacks'],
    ['missing configs', without(/\.json$/).concat(members.at(-2)!), 'lacks'],
    ['nothing', [{ path: 'hello', body: 'x' }], 'neither index.json nor manifest.json'],
    ['no images', [manifestOf([])], 'holds no images'],
    ['a manifest that is no list', [manifestOf({})], 'must be a list'],
    ['wrong types', [manifestOf([{ Config: 1 }])], 'must be a string'],
    [
      'a huge manifest.json',
      [{ path: 'manifest.json', body: Buffer.alloc((4 << 20) + 1, ' ') }],
      'the limit is',
    ],
    ['deep JSON', [{ path: 'manifest.json', body: '['.repeat(1000) }], /nested|depth/],
    [
      'a path out of the archive',
      [manifestOf([{ Config: '../../etc/passwd', Layers: [] }])],
      'no image archive has',
    ],
    [
      'names that are none',
      [...without(/manifest/), manifestOf([{ ...item(), RepoTags: ['A b'] }])],
      'RepoTags',
    ],
    [
      'too few layers',
      [...without(/manifest/), manifestOf([{ ...item(), Layers: [] }])],
      'diff ids',
    ],
    [
      'layers in another order',
      [
        ...without(/manifest/),
        manifestOf([
          { ...item(), Layers: [...item().Layers].reverse().slice(1).concat(item().Layers[1]!) },
        ]),
      ],
      'but the image says',
    ],
    ['blobs with another digest', [blob('a', hex('b'))], 'another digest'],
    ['blobs with a bad name', [{ path: 'blobs/sha256/xyz', body: '' }], 'invalid digest'],
    ['blobs with a bad algorithm', [{ path: `blobs/md5/${'0'.repeat(32)}`, body: '' }], 'sha256'],
    [
      'blobs too deep',
      [{ path: `blobs/sha256/x/${'0'.repeat(64)}`, body: '' }],
      'a blob with the name',
    ],
    [
      'a layout without its manifest',
      layout([entry(`sha256:${'0'.repeat(64)}`, 10)]),
      'not all parts',
    ],
    [
      'a layout whose sizes lie',
      [blob(config), ...layout([entry(`sha256:${hex(config)}`, config.length + 1)])],
      'not all parts',
    ],
    [
      'a manifest that is none',
      [blob(config), ...layout([entry(`sha256:${hex(config)}`, config.length)])],
      'manifest',
    ],
    [
      'a layout of another version',
      [{ path: 'oci-layout', body: '{"imageLayoutVersion":"2.0"}' }, ...layout([]).slice(1)],
      'version 2.0',
    ],
  ];

  function item(): { Config: string; RepoTags: string[]; Layers: string[] } {
    return {
      Config: `${hex(config)}.json`,
      RepoTags: ['old:1'],
      Layers: ['a', 'b', 'c'].map((c) => `${c.repeat(64)}/layer.tar`),
    };
  }

  test.each(cases)('%s', async (_, archive, message) => {
    await using harbour = await openHarbour();
    await expect(load(harbour, fakeTar(archive))).rejects.toThrow(message);
    expect(harbour.deps.records.targets()).toEqual([]);
    expect(await readdir(join(harbour.root, 'tmp'))).toEqual([]);
    expect(await readdir(join(harbour.root, 'content', 'ingest'))).toEqual([]);
    await harbour.collect();
    expect(await harbour.deps.content.list()).toEqual([]);
    expect(harbour.deps.layers.list()).toEqual([]);
  });

  test('cut anywhere', async () => {
    const archive = fakeTar(members);
    for (const at of [600, 1600, 3000, archive.length - 3000]) {
      await using harbour = await openHarbour();
      await expect(load(harbour, archive.subarray(0, at))).rejects.toMatchObject({
        code: expect.stringMatching(/data-loss|invalid-argument/) as string,
      });
      expect(harbour.deps.records.targets()).toEqual([]);
    }
    expect(layers).toHaveLength(2);
  });

  test('when one of two images is bad, neither is there', async () => {
    await using harbour = await openHarbour();
    const bad = { ...item(), RepoTags: ['bad:1'], Layers: item().Layers.slice(0, 1) };
    const archive = fakeTar([...without(/manifest/), manifestOf([item(), bad])]);
    await expect(load(harbour, archive)).rejects.toThrow('diff ids');
    expect(harbour.deps.records.targets()).toEqual([]);
  });
});
