import type { PushFrame, RegistryCredentials } from '@wharf/core';
import {
  canonical,
  makeImageIndex,
  makeManifest,
  mediaTypes,
  parseImageIndex,
  parsePlatform,
  parseReference,
  hostPlatform,
  serialiseImageIndex,
  serialiseManifest,
  withDigest,
  withoutTagAndDigest,
  type Reference,
} from '@wharf/oci';
import { describe, expect, test } from 'vitest';
import { openState } from '../state/open.js';
import { createManifestLists } from './manifest-lists.js';
import { manifestListSchema } from './schema.js';
import { memoryRegistry, type MemoryRegistry } from './testing/memory-registry.js';

const { signal } = new AbortController();
const login = (username: string): RegistryCredentials => ({
  username,
  password: 'p',
  identityToken: '',
  registryToken: '',
});

function house(settings = { subjects: true }) {
  const registry = memoryRegistry(settings);
  const state = openState({
    path: ':memory:',
    schemas: [manifestListSchema],
    appendEvent: () => 0n,
    onCommitted: () => undefined,
  });
  return { registry, lists: createManifestLists({ state, registry, concurrency: 2 }) };
}

function seed(registry: MemoryRegistry, name: string, architecture: string, extra = {}) {
  const reference = parseReference(name);
  const config = registry.putBlob(
    reference,
    JSON.stringify({
      os: 'linux',
      architecture,
      config: {},
      rootfs: { type: 'layers', diff_ids: [`sha256:${'0'.repeat(64)}`] },
    }),
  );
  const layer = registry.putBlob(reference, `layer of ${architecture}`);
  const manifest = {
    ...makeManifest({ mediaType: mediaTypes.ociConfig, ...config }, [
      { mediaType: mediaTypes.ociLayer, ...layer },
    ]),
    ...extra,
  };
  return registry.putManifest(reference, manifest.mediaType, serialiseManifest(manifest));
}

async function frames(source: AsyncIterable<PushFrame>): Promise<PushFrame[]> {
  const all: PushFrame[] = [];
  for await (const frame of source) all.push(frame);
  return all;
}

const stored = (registry: MemoryRegistry, reference: Reference): Uint8Array | undefined =>
  registry.manifests.get(canonical(reference))?.bytes;

describe('a manifest list', () => {
  test('is put together, annotated and pushed, and purged', async () => {
    const { registry, lists } = house();
    const amd = seed(registry, 'h:1/a/app:amd64', 'amd64');
    const arm = seed(registry, 'h:1/a/app:arm64', 'arm64');
    const credentials = new Map([['h:1', login('u')]]);
    const made = await lists.create('h:1/a/all', ['h:1/a/app:amd64', 'h:1/a/app:arm64'], {
      signal,
      credentials,
    });
    expect(made).toEqual({ reference: 'h:1/a/all:latest' });
    await lists.annotate(
      'h:1/a/all',
      'h:1/a/app:arm64',
      { variant: 'v8', os: 'linux' },
      { signal },
    );
    const view = await lists.inspect('h:1/a/all', { signal, verbose: true });
    expect(view.entries.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64']);
    const got = await frames(lists.push('h:1/a/all', { signal, purge: true, credentials }));
    expect(got.at(-1)).toMatchObject({ kind: 'done', result: { digest: view.digest } });
    const index = parseImageIndex(stored(registry, parseReference('h:1/a/all:latest')) as Buffer);
    expect(index.manifests.map(({ digest }) => digest)).toEqual([amd.digest, arm.digest]);
    expect(registry.log.filter((line) => line.endsWith(' -'))).toEqual([]);
    await expect(frames(lists.push('h:1/a/all', { signal }))).rejects.toThrow('manifest list');
  });

  test('exists once, and is added to with amend', async () => {
    const { registry, lists } = house();
    seed(registry, 'h:1/a/app:1', 'amd64');
    seed(registry, 'h:1/a/app:2', 'arm64');
    await lists.create('h:1/x:y', ['h:1/a/app:1'], { signal });
    await expect(lists.create('h:1/x:y', ['h:1/a/app:2'], { signal })).rejects.toMatchObject({
      code: 'already-exists',
    });
    await lists.create('h:1/x:y', ['h:1/a/app:2'], { signal, amend: true });
    const { document } = await lists.inspect('h:1/x:y', { signal });
    expect(parseImageIndex(document).manifests).toHaveLength(2);
    expect(await lists.remove(['h:1/x:y'], { signal })).toEqual(['h:1/x:y']);
    await expect(lists.remove(['h:1/x:y'], { signal })).rejects.toThrow('no such manifest list');
  });

  test('takes no list as a member', async () => {
    const { registry, lists } = house();
    const index = makeImageIndex([]);
    const name = parseReference('h:1/i:1');
    registry.putManifest(name, index.mediaType, serialiseImageIndex(index));
    await expect(lists.create('h:1/x', ['h:1/i:1'], { signal })).rejects.toThrow('list itself');
  });
});

describe('a copy between registries', () => {
  test('keeps the digests, and gives each host its own credentials', async () => {
    const { registry, lists } = house();
    const one = seed(registry, 'a.example/app:amd64', 'amd64');
    const two = seed(registry, 'a.example/app:arm64', 'arm64');
    const host = hostPlatform('x64');
    const index = makeImageIndex([
      { ...one, platform: parsePlatform('linux/amd64', host) },
      { ...two, platform: parsePlatform('linux/arm64', host) },
    ] as never);
    const source = parseReference('a.example/app:1');
    const top = registry.putManifest(source, index.mediaType, serialiseImageIndex(index));
    const credentials = new Map([
      ['a.example', login('a')],
      ['b.example', login('b')],
    ]);
    const got = await frames(
      lists.copy('a.example/app:1', ['b.example/x:1', 'b.example/y:2'], { signal, credentials }),
    );
    const done = got.filter(({ kind }) => kind === 'done');
    expect(done).toHaveLength(2);
    expect(done[0]).toMatchObject({ result: { digest: top.digest, reference: 'b.example/x:1' } });
    const copied = withDigest(withoutTagAndDigest(parseReference('b.example/y')), two.digest);
    expect(stored(registry, copied)).toBeDefined();
    expect(registry.log.filter((line) => /a\.example.* b$|b\.example.* a$/.test(line))).toEqual([]);
    const single = await frames(
      lists.copy('a.example/app:1', ['c.example/x'], { signal, platform: 'linux/arm64' }),
    );
    expect(single.at(-1)).toMatchObject({ result: { digest: two.digest } });
  });

  test('within one registry mounts instead of sending', async () => {
    const { registry, lists } = house();
    seed(registry, 'a.example/app:1', 'amd64');
    const got = await frames(lists.copy('a.example/app:1', ['a.example/b:1'], { signal }));
    const phases = got.flatMap((frame) =>
      frame.kind === 'progress' ? [frame.progress.phase] : [],
    );
    expect(phases).toContain('mounted');
    expect(registry.log.some((line) => line.startsWith('fetch'))).toBe(false);
  });

  test.each([true, false])('takes signatures along (subjects listed: %s)', async (subjects) => {
    const { registry, lists } = house({ subjects });
    const image = seed(registry, 'a.example/app:1', 'amd64');
    const signed = seed(registry, 'a.example/app:sig', 'arm64', { subject: image });
    const at = withDigest(withoutTagAndDigest(parseReference('a.example/app')), image.digest);
    registry.referrers.set(canonical(at), [{ ...signed, artifactType: 's', annotations: {} }]);
    await frames(lists.copy('a.example/app:1', ['b.example/app:1'], { signal }));
    const name = withoutTagAndDigest(parseReference('b.example/app'));
    expect(stored(registry, withDigest(name, signed.digest))).toBeDefined();
    const tag = parseReference(`b.example/app:${image.digest.replace(':', '-')}`);
    const list = stored(registry, tag);
    expect(list && parseImageIndex(list).manifests[0]?.digest).toBe(
      subjects ? undefined : signed.digest,
    );
  });
});
