import { buildImage, describeBytes, mediaTypes, startFakeRegistry } from '@wharf/testing';
import type { FakeRegistryOptions } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import { alice, call, clientOf, descriptorOf, failureOf, refOf } from '../test-fixture.js';
import { referrersTag } from './referrers.js';

const auth = () => ({ ...call(), auth: alice });
const nobody = { username: '', password: '', identityToken: '', registryToken: '' };

async function start(options: FakeRegistryOptions = {}) {
  const fake = await startFakeRegistry(options);
  return { fake, client: clientOf(fake), ref: refOf(fake.host) };
}

describe('listTags', () => {
  test('all pages make one list; a limit ends it early', async () => {
    const { fake, client, ref } = await start({ auth: 'bearer' });
    await using _ = fake;
    await using registry = client;
    const image = buildImage({ layers: [] });
    const tags = Array.from({ length: 2500 }, (_v, i) => `t${String(i).padStart(4, '0')}`);
    fake.store.putManifest('team/app', image.manifest, image.descriptor.mediaType, ...tags);
    expect(await registry.listTags(ref, auth())).toEqual(tags);
    expect(fake.requests.filter((r) => r.kind === 'tags' && r.status === 200)).toHaveLength(3);
    expect(await registry.listTags(ref, { ...auth(), limit: 1100 })).toEqual(tags.slice(0, 1100));
    expect(await registry.listTags(ref, { ...auth(), limit: 3 })).toEqual(tags.slice(0, 3));
    expect(fake.requests.at(-1)!.path).toBe('/v2/team/app/tags/list?n=3');
  });

  test('no repository is not-found; no tags are an empty list', async () => {
    const { fake, client, ref } = await start();
    await using _ = fake;
    await using registry = client;
    expect((await failureOf(registry.listTags(ref, call()))).code).toBe('not-found');
    for (const body of ['{"name":"x","tags":null}', '{"name":"x"}', '{"tags":[]}']) {
      fake.misbehave({ times: 1, fault: { type: 'status', status: 200, body } });
      expect(await registry.listTags(ref, call())).toEqual([]);
    }
  });
});

describe('listReferrers', () => {
  const image = buildImage({ layers: [] });
  const subject = descriptorOf(image.descriptor);
  const referrer = (artifactType: string, note: string): Buffer =>
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        artifactType,
        config: descriptorOf(image.config),
        layers: [],
        subject,
        annotations: { note },
      }),
    );
  const sbom = referrer('application/sbom', 'a');
  const signature = referrer('application/signature', 'b');
  const expected = (bytes: Buffer, artifactType: string, note: string) => ({
    ...describeBytes(bytes, mediaTypes.ociManifest),
    artifactType,
    annotations: { note },
  });

  test('the API lists them, by type if asked for', async () => {
    const { fake, client, ref } = await start();
    await using _ = fake;
    await using registry = client;
    for (const bytes of [sbom, signature]) {
      const at = refOf(fake.host, `team/app@${describeBytes(bytes, '').digest}`);
      const done = await registry.pushManifest(at, mediaTypes.ociManifest, bytes, call());
      expect(done.subjectHandled).toBe(true);
    }
    expect(await registry.listReferrers(ref, subject.digest, call())).toEqual([
      expected(sbom, 'application/sbom', 'a'),
      expected(signature, 'application/signature', 'b'),
    ]);
    const options = { ...call(), artifactType: 'application/sbom' };
    expect(await registry.listReferrers(ref, subject.digest, options)).toHaveLength(1);
    expect(fake.requests.at(-1)!.path).toMatch(/\?artifactType=application%2Fsbom$/);
  });

  test('without the API, the tag of the digest does', async () => {
    const { fake, client, ref } = await start({ noReferrers: true });
    await using _ = fake;
    await using registry = client;
    expect(await registry.listReferrers(ref, subject.digest, call())).toEqual([]);
    const manifests = [
      expected(sbom, 'application/sbom', 'a'),
      expected(signature, 'application/signature', 'b'),
    ];
    const text = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
    const tag = referrersTag(subject.digest);
    expect(tag).toBe(subject.digest.replace(':', '-'));
    const bytes = Buffer.from(JSON.stringify(text));
    fake.store.putManifest('team/app', bytes, mediaTypes.ociIndex, tag);
    expect(await registry.listReferrers(ref, subject.digest, call())).toEqual(manifests);
    const options = { ...call(), artifactType: 'application/signature' };
    expect(await registry.listReferrers(ref, subject.digest, options)).toEqual([manifests[1]]);
  });
});

describe('checkCredentials', () => {
  test.each(['basic', 'bearer', 'none'] as const)('right ones pass (%s)', async (mode) => {
    const { fake, client } = await start({ auth: mode });
    await using _ = fake;
    await using registry = client;
    expect(await registry.checkCredentials(fake.host, auth())).toEqual({ identityToken: '' });
  });

  test.each(['basic', 'bearer'] as const)('wrong ones are unauthenticated (%s)', async (mode) => {
    const { fake, client } = await start({ auth: mode });
    await using _ = fake;
    await using registry = client;
    for (const bad of [{ ...alice, password: 'x' }, nobody]) {
      const work = registry.checkCredentials(fake.host, { ...call(), auth: bad });
      expect((await failureOf(work)).code).toBe('unauthenticated');
    }
  });

  test('an identity token is handed back, and good for a login and a pull', async () => {
    const identityTokens = { 'refresh-of-alice': 'alice' };
    const { fake, client, ref } = await start({
      auth: 'bearer',
      offlineTokens: true,
      identityTokens,
    });
    await using _ = fake;
    await using registry = client;
    const { identityToken } = await registry.checkCredentials(fake.host, auth());
    expect(identityToken).toBe('refresh-of-alice');
    const asked = fake.requests.find((r) => r.kind === 'token')!;
    expect(asked.path).toContain('offline_token=true&client_id=wharf&account=alice');
    const again = { ...call(), auth: { ...nobody, identityToken } };
    expect(await registry.checkCredentials(fake.host, again)).toEqual({ identityToken: '' });
    const { descriptor } = fake.store.putImage('team/app', '1', { layers: [] });
    expect(await registry.resolve(ref, again)).toEqual(descriptor);
  });

  test('what is no registry is not-found', async () => {
    const { fake, client } = await start();
    await using _ = fake;
    await using registry = client;
    fake.misbehave({ fault: { type: 'status', status: 404, body: '<html>' } });
    expect((await failureOf(registry.checkCredentials(fake.host, auth()))).code).toBe('not-found');
  });
});

describe('search', () => {
  const searchResults = [
    { name: 'nginx', description: 'a\u001b[31m web\nserver', star_count: 5, is_official: true },
    { name: 'me/nginx', is_automated: true },
    { name: 'redis', star_count: 7 },
  ];

  test('finds, within the limit, in words that a terminal can show', async () => {
    const { fake, client } = await start({ searchResults });
    await using _ = fake;
    await using registry = client;
    expect(await registry.search(fake.host, 'nginx', call())).toEqual([
      {
        name: 'nginx',
        description: 'a [31m web server',
        stars: 5,
        official: true,
        automated: false,
      },
      { name: 'me/nginx', description: '', stars: 0, official: false, automated: true },
    ]);
    expect(fake.requests.at(-1)!.path).toBe('/v1/search?q=nginx&n=25');
    expect(await registry.search(fake.host, 'nginx', { ...call(), limit: 1 })).toHaveLength(1);
  });

  test('credentials go along only where they are asked for', async () => {
    const { fake, client } = await start({ searchResults, auth: 'basic' });
    await using _ = fake;
    await using registry = client;
    expect(await registry.search(fake.host, 'redis', auth())).toHaveLength(1);
    expect(fake.requests.map((r) => r.authorization === undefined)).toEqual([true, false]);
  });

  test('a registry without search is unimplemented; nonsense is refused', async () => {
    const { fake, client } = await start();
    await using _ = fake;
    await using registry = client;
    const failure = await failureOf(registry.search(fake.host, 'x', call()));
    expect(failure.code).toBe('unimplemented');
    for (const limit of [0, 101, 1.5]) {
      const work = registry.search(fake.host, 'x', { ...call(), limit });
      expect((await failureOf(work)).code).toBe('invalid-argument');
    }
    const work = registry.search(fake.host, ' ', call());
    expect((await failureOf(work)).code).toBe('invalid-argument');
  });
});
