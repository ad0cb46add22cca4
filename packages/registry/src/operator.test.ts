import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { makeTestCert, startFakeRegistry } from '@wharf/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MirrorFailure, RegistryConfig, RegistryHostConfig } from './config.js';
import { createRegistry } from './registry.js';
import {
  alice,
  call,
  clientOf,
  collect,
  descriptorOf,
  failureOf,
  noise,
  quick,
  reading,
  refOf,
} from './test-fixture.js';

const input = { layers: [noise(50_000)] };
const auth = () => ({ ...call(), auth: alice });
const users = { robot: 'hidden' };

let dir = '';
let passwordFile = '';
beforeAll(async () => {
  dir = await mkdtemp(`${tmpdir()}/registry-operator-`);
  passwordFile = `${dir}/password`;
  await writeFile(passwordFile, 'hidden\n', { mode: 0o600 });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const plain = { insecure: true };
const robot = (): RegistryHostConfig => ({
  insecure: true,
  credentials: { username: 'robot', passwordFile },
});

describe('credentials of the configuration', () => {
  test('a mirror gets its own, the registry the caller’s, nobody the other’s', async () => {
    await using mirror = await startFakeRegistry({ auth: 'basic', users });
    await using fake = await startFakeRegistry({ auth: 'basic' });
    await using client = clientOf(fake, {
      hosts: new Map([
        [fake.host, plain],
        [mirror.host, robot()],
      ]),
      mirrors: new Map([[fake.host, [mirror.url]]]),
    });
    const image = mirror.store.putImage('team/app', '1', input);
    expect(await client.resolve(refOf(fake.host), auth())).toEqual(image.descriptor);
    const { descriptor } = fake.store.putImage('team/app', '2', input);
    const second = await client.resolve(refOf(fake.host, 'team/app:2'), auth());
    expect(second).toEqual(descriptor);
    const [robotHeader, aliceHeader] = ['robot:hidden', 'alice:secret'].map(
      (text) => `Basic ${btoa(text)}`,
    );
    const seen = (requests: typeof fake.requests) =>
      new Set(requests.map((r) => r.authorization).filter((value) => value !== undefined));
    expect(seen(mirror.requests)).toEqual(new Set([robotHeader]));
    expect(seen(fake.requests)).toEqual(new Set([aliceHeader]));
  });

  test('without any of the caller they are used for the registry itself; the caller’s win', async () => {
    await using fake = await startFakeRegistry({
      auth: 'bearer',
      users: { ...users, alice: 'secret' },
    });
    await using client = clientOf(fake, { hosts: new Map([[fake.host, robot()]]) });
    fake.store.putImage('team/app', '1', input);
    await client.resolve(refOf(fake.host), call());
    expect(fake.requests.at(-1)!.authorization).toMatch(/-robot$/);
    await client.resolve(refOf(fake.host), auth());
    expect(fake.requests.at(-1)!.authorization).toMatch(/-alice$/);
  });

  test('an identity token may be in the file', async () => {
    await using fake = await startFakeRegistry({
      auth: 'bearer',
      identityTokens: { hidden: 'robot' },
    });
    const credentials = { identityTokenFile: passwordFile };
    await using client = clientOf(fake, {
      hosts: new Map([[fake.host, { insecure: true, credentials }]]),
    });
    fake.store.putImage('team/app', '1', input);
    await client.resolve(refOf(fake.host), call());
    expect(fake.requests.at(-1)!.authorization).toMatch(/-robot$/);
  });

  test('a file that others can read, or that is not there, is refused with the remedy', async () => {
    await using fake = await startFakeRegistry();
    const open = `${dir}/open`;
    await writeFile(open, 'hidden');
    await chmod(open, 0o644);
    const resolve = async (file: string) => {
      const credentials = { username: 'robot', passwordFile: file };
      await using client = clientOf(fake, {
        hosts: new Map([[fake.host, { insecure: true, credentials }]]),
      });
      return (await failureOf(client.resolve(refOf(fake.host), call()))).message;
    };
    expect(await resolve(open)).toBe(`${open} can be read by others: run chmod 600 ${open}`);
    expect(await resolve(`${dir}/no`)).toMatch(/^cannot read .*\/no: put the registry/);
    expect(fake.requests).toEqual([]);
  });
});

describe('rewrites', () => {
  test('pull and push go where the name is; the caller’s credentials for the name do not', async () => {
    await using corp = await startFakeRegistry({ auth: 'basic', users });
    await using client = createRegistry({
      hosts: new Map([[corp.host, robot()]]),
      rewrites: new Map([['docker.io/library', `${corp.host}/hub/library`]]),
      limits: quick,
    });
    const image = corp.store.putImage('hub/library/nginx', '1', input);
    const ref = refOf('docker.io', 'library/nginx:1');
    expect(await client.resolve(ref, auth())).toEqual(image.descriptor);
    const layer = descriptorOf(image.layers[0]!);
    const got = await collect(client.fetchBlob(ref, layer, 0, auth()));
    expect(got.equals(image.blobs.get(layer.digest)!)).toBe(true);
    const pushed = refOf('docker.io', 'library/mine:1');
    await client.pushManifest(pushed, image.descriptor.mediaType, image.manifest, auth());
    expect(corp.store.tags('hub/library/mine')).toEqual(['1']);
    const bytes = noise(9);
    const blob = descriptorOf(corp.store.putBlob(bytes));
    const options = { ...auth(), mountFrom: [ref] };
    expect(await client.pushBlob(pushed, blob, reading(bytes), options)).toBe('exists');
    expect(JSON.stringify(corp.requests)).not.toContain(btoa('alice:secret'));
  });

  test('a failure names the image as the caller did and the host that was asked', async () => {
    await using corp = await startFakeRegistry();
    await using client = createRegistry({
      hosts: new Map([[corp.host, plain]]),
      rewrites: new Map([['docker.io', corp.host]]),
      limits: quick,
    });
    const failure = await failureOf(client.resolve(refOf('docker.io', 'library/x:1'), call()));
    expect(failure.message).toBe('manifest for x:1 not found: manifest unknown');
    expect(failure.facts['host']).toBe(corp.host);
  });
});

describe('mirrors', () => {
  const withMirrors = (origin: string, mirrors: readonly string[], more: RegistryConfig = {}) =>
    createRegistry({
      hosts: new Map([[origin, plain]]),
      mirrors: new Map([[origin, mirrors]]),
      limits: { ...quick, headerMs: 150 },
      ...more,
    });

  test('they are asked in order, with their prefix; each failure is told', async () => {
    await using first = await startFakeRegistry();
    await using second = await startFakeRegistry();
    await using fake = await startFakeRegistry();
    const told: MirrorFailure[] = [];
    const mirrors = [`${first.url}/cache`, `${second.url}/api/v2/cache`];
    await using client = withMirrors(fake.host, mirrors, {
      onMirrorFailure: (failure) => void told.push(failure),
    });
    const image = second.store.putImage('cache/team/app', '1', input);
    second.misbehave({
      path: '/api/v2/',
      times: 1,
      fault: {
        type: 'status',
        status: 200,
        headers: {
          'content-type': image.descriptor.mediaType,
          'docker-content-digest': image.descriptor.digest,
          'content-length': String(image.descriptor.size),
        },
      },
    });
    second.misbehave({ fault: { type: 'status', status: 200, body: Buffer.from(image.manifest) } });
    expect(await client.resolve(refOf(fake.host), call())).toEqual(image.descriptor);
    expect(first.requests.map((r) => r.path)).toEqual([
      '/v2/cache/team/app/manifests/1',
      '/v2/cache/team/app/manifests/1',
    ]);
    expect(second.requests[0]!.path).toBe('/api/v2/cache/team/app/manifests/1');
    expect(fake.requests).toEqual([]);
    expect(told.map((t) => [t.registry, t.mirror])).toEqual([[fake.host, first.host]]);
  });

  test.each([
    ['is not there', undefined],
    ['hangs', { type: 'hang' }],
    ['lies about the digest', { type: 'wrong-bytes' }],
    ['answers 500', { type: 'status', status: 500 }],
    ['wants credentials', { type: 'status', status: 401 }],
    ['denies', { type: 'status', status: 403 }],
    [
      'sends to a local address',
      { type: 'status', status: 307, headers: { location: 'https://127.0.0.1:9/' } },
    ],
    ['speaks no http', { type: 'raw', bytes: 'SSH-2.0\r\n' }],
  ] as const)('a mirror that %s is made up for by the registry', async (_title, fault) => {
    const mirror = await startFakeRegistry();
    await using _ = mirror;
    await using fake = await startFakeRegistry();
    if (fault === undefined) await mirror[Symbol.asyncDispose]();
    else mirror.misbehave({ fault });
    const image = fake.store.putImage('team/app', '1', input);
    mirror.store.putImage('team/app', '1', image);
    await using client = withMirrors(fake.host, [mirror.url]);
    const ref = refOf(fake.host);
    const bytes = await client.fetchDocument(
      ref,
      descriptorOf(image.descriptor),
      'manifest',
      call(),
    );
    expect(bytes).toEqual(image.manifest);
    expect(mirror.requests.length).toBeLessThanOrEqual(2);
  });

  test('a mirror that cannot be reached is left alone for a while', async () => {
    await using mirror = await startFakeRegistry();
    await using fake = await startFakeRegistry();
    const { descriptor } = fake.store.putImage('team/app', '1', input);
    mirror.misbehave({ fault: { type: 'hang' } });
    await using client = withMirrors(fake.host, [mirror.url]);
    for (let i = 0; i < 5; i++) {
      expect(await client.resolve(refOf(fake.host), call())).toEqual(descriptor);
    }
    expect(mirror.requests).toHaveLength(2);
  });

  test('nothing but pulls goes to a mirror', async () => {
    await using mirror = await startFakeRegistry();
    await using fake = await startFakeRegistry({ searchResults: [] });
    await using client = withMirrors(fake.host, [mirror.url]);
    const ref = refOf(fake.host);
    const bytes = noise(10);
    const blob = descriptorOf(mirror.store.putBlob(bytes));
    await client.pushBlob(ref, blob, reading(bytes), call());
    await client.pushManifest(ref, 'a/b', bytes, call());
    await client.listTags(ref, call());
    await client.listReferrers(ref, blob.digest, call());
    await client.checkCredentials(fake.host, auth());
    await client.search(fake.host, 'x', call());
    expect(mirror.requests).toEqual([]);
  });
});

describe('blocked registries', () => {
  test('no request of any kind is made', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake, { blocked: [fake.host] });
    const ref = refOf(fake.host);
    const blob = descriptorOf({ digest: `sha256:${'0'.repeat(64)}`, size: 1, mediaType: 'a/b' });
    const works: readonly Promise<unknown>[] = [
      client.resolve(ref, auth()),
      client.fetchDocument(ref, blob, 'blob', auth()),
      collect(client.fetchBlob(ref, blob, 0, auth())),
      client.blobExists(ref, blob.digest, auth()),
      client.pushBlob(ref, blob, reading(noise(1)), auth()),
      client.pushManifest(ref, 'a/b', noise(1), auth()),
      client.listTags(ref, auth()),
      client.listReferrers(ref, blob.digest, auth()),
      client.checkCredentials(fake.host, auth()),
      client.search(fake.host, 'x', auth()),
    ];
    for (const failure of await Promise.all(works.map(failureOf))) {
      expect(failure.code).toBe('failed-precondition');
      expect(failure.message).toMatch(/is blocked by the daemon's configuration/);
    }
    expect(fake.requests).toEqual([]);
  });

  test('a redirect does not lead there', async () => {
    await using fake = await startFakeRegistry({ redirectBlobs: true });
    const blob = descriptorOf(fake.store.putBlob(noise(10)));
    await using client = clientOf(fake, { blocked: [fake.cdn.host] });
    const work = collect(client.fetchBlob(refOf(fake.host), blob, 0, call()));
    expect((await failureOf(work)).message).toContain('is blocked');
    expect(fake.requests.filter((r) => r.origin === 'cdn')).toEqual([]);
  });
});

describe('insecure networks', () => {
  test('an address in one is spoken to over http, credentials and all', async () => {
    await using fake = await startFakeRegistry({ auth: 'basic' });
    await using client = createRegistry({ insecureNets: ['127.0.0.0/8'], limits: quick });
    const { descriptor } = fake.store.putImage('team/app', '1', input);
    expect(await client.resolve(refOf(fake.host), auth())).toEqual(descriptor);
  });

  test('a name whose addresses are in one as well', async () => {
    await using fake = await startFakeRegistry();
    await using client = createRegistry({
      insecureNets: ['127.0.0.0/8', '::1/128'],
      limits: quick,
    });
    const { descriptor } = fake.store.putImage('team/app', '1', input);
    const host = `localhost:${fake.host.split(':')[1]}`;
    expect(await client.resolve(refOf(host), call())).toEqual(descriptor);
  });

  test('a host outside is spoken to over https', async () => {
    const cert = await makeTestCert();
    await using fake = await startFakeRegistry({ tls: cert });
    await using client = createRegistry({
      hosts: new Map([[fake.host, { ca: cert.ca }]]),
      insecureNets: ['127.0.0.0/8'],
      limits: quick,
    });
    const { descriptor } = fake.store.putImage('team/app', '1', input);
    expect(await client.resolve(refOf(fake.host), call())).toEqual(descriptor);
  });
});
