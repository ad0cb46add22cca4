import { checkLayerCount, parseConfig, parseManifest } from '@wharf/oci';
import type { ImageConfig, Manifest } from '@wharf/oci';
import { describeBytes, mediaTypes, startFakeRegistry } from '@wharf/testing';
import type { FakeRegistry } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import type { Registry } from '../registry.js';
import { call, clientOf, collect, descriptorOf, failureOf, noise, refOf } from '../test-fixture.js';

const digest = `sha256:${'ab'.repeat(32)}`;
const layer = { mediaType: mediaTypes.ociLayerGzip, digest, size: 32 };
const config = {
  os: 'linux',
  architecture: 'amd64',
  config: {},
  rootfs: { type: 'layers', diff_ids: [digest] },
};
const text = (value: unknown): Buffer =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

interface Pulled {
  readonly manifest: Manifest;
  readonly config: ImageConfig;
}

/** From the name to the parsed documents, as a pull does it before it fetches any layer. */
async function pullDocuments(client: Registry, host: string): Promise<Pulled> {
  const ref = refOf(host);
  const found = await client.resolve(ref, call());
  const bytes = await client.fetchDocument(ref, found, 'manifest', call());
  const manifest = parseManifest(bytes, { descriptorType: found.mediaType });
  const configBytes = await client.fetchDocument(ref, manifest.config, 'blob', call());
  const parsed = parseConfig(configBytes);
  checkLayerCount(manifest, parsed);
  return { manifest, config: parsed };
}

/** Puts an image whose config and manifest are written by the test. */
function put(fake: FakeRegistry, configText: unknown, change: object = {}): Buffer {
  const body = text(configText);
  const held = fake.store.putBlob(body, mediaTypes.ociConfig);
  const manifest = text({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: held,
    layers: [layer],
    ...change,
  });
  fake.store.putManifest('team/app', manifest, mediaTypes.ociManifest, '1');
  return manifest;
}

async function outcome(configText: unknown, change: object = {}): Promise<string> {
  await using fake = await startFakeRegistry();
  await using client = clientOf(fake);
  put(fake, configText, change);
  const before = process.memoryUsage().rss;
  const start = performance.now();
  const failure = await failureOf(pullDocuments(client, fake.host));
  expect(performance.now() - start).toBeLessThan(5000);
  expect(process.memoryUsage().rss - before).toBeLessThan(256 << 20);
  expect(fake.requests.every((r) => !r.path.includes(digest))).toBe(true);
  return `${failure.code} ${failure.message}`;
}

describe('a manifest', () => {
  test.each<[string, object, RegExp]>([
    [
      'R-10 of 100,000 annotations',
      { annotations: Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, ''])) },
      /limit|values/,
    ],
    ['R-10 of 129 layers', { layers: Array(129).fill(layer) }, /limit is 128/],
    ['R-12 with layers and manifests', { manifests: [] }, /manifests: is not allowed/],
    [
      'R-13 with a digest that is a path',
      { layers: [{ ...layer, digest: 'sha256:../../x' }] },
      /invalid digest/,
    ],
    [
      'R-13 with a digest of sha1',
      { layers: [{ ...layer, digest: `sha1:${'a'.repeat(40)}` }] },
      /invalid digest/,
    ],
    ['R-16 with a layer of size -1', { layers: [{ ...layer, size: -1 }] }, /size/],
    ['R-16 with a layer of size 2^53', { layers: [{ ...layer, size: 2 ** 53 }] }, /beyond 2\^53-1/],
    ['R-16 with a size that is text', { layers: [{ ...layer, size: '32' }] }, /size/],
    ['R-18 with fewer layers than diff ids', { layers: [] }, /^data-loss /],
    ['R-18 with more layers than diff ids', { layers: [layer, layer] }, /^data-loss /],
    [
      'R-19 with a config of 5 MiB',
      { config: { ...layer, size: 5 << 20 } },
      /^resource-exhausted /,
    ],
  ])('%s is refused', async (_title, change, why) => {
    expect(await outcome(config, change)).toMatch(why);
  });

  test('R-10 of a million layers is refused', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const body = text(`{"schemaVersion":2,"layers":[${'{},'.repeat(1_000_000)}{}]}`);
    fake.store.putManifest('team/app', body, mediaTypes.ociManifest, '1');
    expect((await failureOf(pullDocuments(client, fake.host))).message).toMatch(/values/);
  });

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['a key twice', (b) => Buffer.from(b.toString().replace('{', '{"schemaVersion":2,'))],
    [
      '__proto__ twice',
      (b) => Buffer.from(b.toString().replace('{', '{"__proto__":1,"__proto__":2,')),
    ],
    ['1e309', (b) => Buffer.from(b.toString().replace('{', '{"x":1e309,'))],
    ['1.0 for a size', (b) => Buffer.from(b.toString().replace('"size":32', '"size":32.0'))],
    [
      '9007199254740993',
      (b) => Buffer.from(b.toString().replace('"size":32', '"size":9007199254740993')),
    ],
    ['a byte order mark', (b) => Buffer.concat([Buffer.from('\ufeff'), b])],
    ['UTF-16', (b) => Buffer.from(b.toString(), 'utf16le')],
    ['invalid UTF-8', (b) => Buffer.concat([Buffer.from('{"\xff":1,', 'latin1'), b.subarray(1)])],
    ['trailing bytes', (b) => Buffer.concat([b, Buffer.from('{}')])],
    [
      'depth 100,000',
      (b) => Buffer.from(b.toString().replace('{', `{"x":${'['.repeat(100_000)},`)),
    ],
  ])('R-11 with %s is refused', async (_title, spoil) => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const body = spoil(put(fake, config));
    fake.store.putManifest('team/app', body, mediaTypes.ociManifest, '1');
    const failure = await failureOf(pullDocuments(client, fake.host));
    expect(['data-loss', 'invalid-argument', 'resource-exhausted']).toContain(failure.code);
  });
});

test('R-10 an index that names the digest it is served under is data-loss', async () => {
  await using fake = await startFakeRegistry();
  await using client = clientOf(fake);
  const entry = { mediaType: mediaTypes.ociIndex, digest, size: 0 };
  const body = (size: number): Buffer =>
    text({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [{ ...entry, size }] });
  const size = body(100).length;
  const self = body(size);
  fake.store.putManifest('team/app', self, mediaTypes.ociIndex, digest);
  const at = descriptorOf({ ...entry, size });
  expect(self.length).toBe(size);
  const work = client.fetchDocument(refOf(fake.host), at, 'manifest', call());
  expect((await failureOf(work)).code).toBe('data-loss');
  expect(fake.requests).toHaveLength(1);
});

test('R-24 the urls of a foreign layer get no request; the registry is asked', async () => {
  await using thief = await startFakeRegistry();
  await using fake = await startFakeRegistry();
  await using client = clientOf(fake, {
    hosts: new Map([fake.host, thief.host].map((host) => [host, { insecure: true }])),
  });
  const bytes = noise(1000);
  const held = thief.store.putBlob(bytes);
  const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
  const urls = [
    `${thief.url}/v2/x/blobs/${held.digest}`,
    'file:///etc/passwd',
    'http://169.254.169.254/',
  ];
  put(fake, config, { layers: [{ ...held, mediaType, urls }] });
  const { manifest } = await pullDocuments(client, fake.host);
  const foreign = manifest.layers[0]!;
  expect(foreign.urls).toEqual(urls);
  const missing = await failureOf(collect(client.fetchBlob(refOf(fake.host), foreign, 0, call())));
  expect(missing.code).toBe('not-found');
  expect(thief.requests).toEqual([]);
});

test('R-30 bytes of a layer are handed on as they are: nothing is decompressed here', async () => {
  await using fake = await startFakeRegistry();
  await using client = clientOf(fake);
  const bytes = Buffer.concat([Buffer.from('1f8b0800000000000003', 'hex'), noise(5000)]);
  const blob = descriptorOf(fake.store.putBlob(bytes));
  const encoded = { 'content-encoding': 'gzip' };
  fake.misbehave({ fault: { type: 'headers', headers: encoded } });
  const got = await collect(client.fetchBlob(refOf(fake.host), blob, 0, call()));
  expect(got.equals(bytes)).toBe(true);
});

describe('R-19: a config', () => {
  test.each<[string, object, RegExp]>([
    ['whose os is an object', { os: { x: 1 } }, /os: must be a string/],
    ['whose architecture is a list', { architecture: ['amd64'] }, /architecture: must be/],
    ['whose architecture is a path', { architecture: '../../x' }, /architecture/],
  ])('%s is refused', async (_title, change, why) => {
    expect(await outcome({ ...config, ...change })).toMatch(why);
  });
});

describe('R-40: an image config', () => {
  const many = (size: number, entry: string): string[] => Array<string>(size).fill(entry);

  test.each<[string, object, RegExp]>([
    ['an environment with NUL', { Env: ['A=x\0y'] }, /NUL/],
    ['an environment without =', { Env: ['A'] }, /Env\[0\]/],
    ['1e5 entries of environment', { Env: many(100_000, 'A=b') }, /limit/],
    ['an entry point of 1e5 arguments', { Entrypoint: many(100_000, 'x') }, /limit/],
    ['an entry point of numbers', { Entrypoint: [7] }, /must be a string/],
    ['a user with control characters', { User: 'a\nb' }, /control characters/],
    ['a working directory in /proc', { WorkingDir: '/proc/self/fd/7' }, /lies in \/proc/],
    ['a working directory of 1 MiB', { WorkingDir: `/${'x'.repeat(1 << 20)}` }, /longer than/],
    ['a volume that is the root', { Volumes: { '/a/..': {} } }, /can't be '\/'/],
    ['a volume in /proc', { Volumes: { '/proc/1': {} } }, /lies in \/proc/],
    ['a relative volume', { Volumes: { '../../etc': {} } }, /must be absolute/],
    ['port 99999', { ExposedPorts: { '99999/tcp': {} } }, /invalid port/],
    ['a stop signal that is a command', { StopSignal: 'SIG; rm' }, /invalid signal/],
    ['stop signal 9999', { StopSignal: '9999' }, /invalid signal/],
    ['an interval of -1', { Healthcheck: { Interval: -1 } }, /Interval/],
    ['an interval of 2^63', { Healthcheck: { Interval: 2 ** 63 } }, /beyond 2\^53-1/],
  ])('with %s is refused', async (_title, change, why) => {
    expect(await outcome({ ...config, config: change })).toMatch(why);
  });

  test('of the year 99999, or with a history of 1e5, is refused', async () => {
    expect(await outcome({ ...config, created: '99999-01-01T00:00:00Z' })).toMatch(/created/);
    expect(await outcome({ ...config, history: Array(100_000).fill({}) })).toMatch(/limit|values/);
  });

  test('with names of internals, of the loader or of prototypes is data and no more', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const Labels = { 'wharf.internal': 'x', 'io.wharf.managed': 'true', constructor: 'y' };
    const Env = ['LD_PRELOAD=/x.so', '__proto__=z'];
    put(fake, { ...config, config: { Labels, Env, WorkingDir: '..', Entrypoint: [''] } });
    const { config: parsed } = await pullDocuments(client, fake.host);
    expect({ ...parsed.config.labels }).toEqual(Labels);
    expect(parsed.config.env).toEqual(Env);
    expect(parsed.config.workdir).toBe('/');
    expect(({} as Record<string, unknown>)['z']).toBeUndefined();
  });
});
