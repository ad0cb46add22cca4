import { digestOf, mediaTypes, startFakeRegistry } from '@wharf/testing';
import type { Behaviour, FakeRegistry } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import { call, clientOf, descriptorOf, failureOf, noise, refOf } from '../test-fixture.js';
import type { Expected } from '../test-fixture.js';

const noHead: Behaviour = { method: 'HEAD', fault: { type: 'status', status: 405 } };
const text = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config: {}, layers: [] };

async function resolveBody(body: Uint8Array, type: string, setup?: (fake: FakeRegistry) => void) {
  await using fake = await startFakeRegistry();
  await using client = clientOf(fake);
  fake.store.putManifest('team/app', body, type, '1');
  fake.misbehave(noHead);
  setup?.(fake);
  return await client.resolve(refOf(fake.host), call());
}

describe('resolve by GET', () => {
  test.each<[string, Uint8Array, string, Expected]>([
    [
      'R-10 4 MiB + 1',
      Buffer.alloc(4 * 1024 * 1024 + 1, ' '),
      mediaTypes.ociManifest,
      { code: 'resource-exhausted' },
    ],
    [
      'R-10 100 MiB',
      Buffer.alloc(100 << 20, ' '),
      mediaTypes.ociManifest,
      { code: 'resource-exhausted' },
    ],
    [
      'R-11 a key twice',
      Buffer.from('{"schemaVersion":2,"schemaVersion":2}'),
      mediaTypes.ociManifest,
      { code: 'data-loss' },
    ],
    [
      'R-11 a byte order mark',
      Buffer.from('\ufeff{}'),
      mediaTypes.ociManifest,
      { code: 'data-loss' },
    ],
    ['R-11 UTF-16', Buffer.from('{}', 'utf16le'), mediaTypes.ociManifest, { code: 'data-loss' }],
    [
      'R-11 depth 100,000',
      Buffer.from('['.repeat(100_000)),
      mediaTypes.ociManifest,
      { code: 'resource-exhausted' },
    ],
    ['R-11 trailing bytes', Buffer.from('{} {}'), mediaTypes.ociManifest, { code: 'data-loss' }],
    [
      'R-12 header and body disagree',
      text(manifest),
      mediaTypes.ociIndex,
      { code: 'data-loss', text: /is sent as .*index.* but says it is .*manifest/ },
    ],
    ['a web page', Buffer.from('<html></html>'), 'text/html', { code: 'data-loss' }],
    [
      'schema 1',
      text({ schemaVersion: 1, fsLayers: [] }),
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
      { code: 'unimplemented' },
    ],
    [
      'another artifact',
      text({ mediaType: 'application/x' }),
      'application/json',
      { code: 'unimplemented' },
    ],
  ])('%s', async (_title, body, type, expected) => {
    const failure = await failureOf(resolveBody(body, type));
    expect([expected.code, 'data-loss']).toContain(failure.code);
    if (expected.text !== undefined) expect(failure.message).toMatch(expected.text);
  });

  test('a document without a telling header is known by what it says', async () => {
    const found = await resolveBody(text(manifest), 'application/octet-stream');
    expect(found.mediaType).toBe(mediaTypes.ociManifest);
    const old = await resolveBody(text({ schemaVersion: 2, manifests: [] }), 'text/plain');
    expect(old.mediaType).toBe(mediaTypes.ociIndex);
  });

  test('R-14 a Docker-Content-Digest that lies is data-loss', async () => {
    const lie = { 'docker-content-digest': digestOf(Buffer.from('other')) };
    const work = resolveBody(text(manifest), mediaTypes.ociManifest, (fake) =>
      fake.misbehave({ fault: { type: 'headers', headers: lie } }),
    );
    expect((await failureOf(work)).code).toBe('data-loss');
  });
});

describe('resolve by HEAD', () => {
  test.each([
    ['upper case', `sha256:${'A'.repeat(64)}`],
    ['63 characters', `sha256:${'a'.repeat(63)}`],
    ['65 characters', `sha256:${'a'.repeat(65)}`],
    ['a path', '../../x'],
    ['sha1', `sha1:${'a'.repeat(40)}`],
    ['md5', `md5:${'a'.repeat(32)}`],
    ['an encoded path', 'sha256:..%2f'],
    ['60 KiB', 'a'.repeat(60_000)],
  ])('R-13 a digest header with %s is passed over, the bytes decide', async (_title, digest) => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const { descriptor } = fake.store.putImage('team/app', '1', { layers: [noise(9)] });
    fake.misbehave({ fault: { type: 'headers', headers: { 'docker-content-digest': digest } } });
    expect(await client.resolve(refOf(fake.host), call())).toEqual(descriptor);
  });

  test('R-14 another digest than was asked for is data-loss', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const { descriptor } = fake.store.putImage('team/app', '1', { layers: [noise(9)] });
    const other = digestOf(Buffer.from('other'));
    fake.misbehave({ fault: { type: 'headers', headers: { 'docker-content-digest': other } } });
    const ref = refOf(fake.host, `team/app@${descriptor.digest}`);
    expect((await failureOf(client.resolve(ref, call()))).code).toBe('data-loss');
  });

  test('R-15 a digest of another repository is not found', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    fake.store.putImage('team/app', '1', { layers: [] });
    const { descriptor } = fake.store.putImage('team/other', '1', { layers: [noise(9)] });
    const ref = refOf(fake.host, `team/app:1@${descriptor.digest}`);
    expect((await failureOf(client.resolve(ref, call()))).code).toBe('not-found');
  });

  test('R-10 a length past the limit is refused before anything is fetched', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    fake.store.putManifest('team/app', Buffer.alloc(5 << 20, ' '), mediaTypes.ociManifest, '1');
    const failure = await failureOf(client.resolve(refOf(fake.host), call()));
    expect(failure.code).toBe('resource-exhausted');
    expect(fake.requests.map((r) => r.method)).toEqual(['HEAD']);
  });
});

describe('fetchDocument', () => {
  async function load(
    behaviour: Behaviour | undefined,
    change: { size?: number; digest?: string },
  ) {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const { config, descriptor } = fake.store.putImage('team/app', '1', { layers: [noise(9)] });
    if (behaviour !== undefined) fake.misbehave(behaviour);
    const blob = descriptorOf({ ...config, ...change });
    await client.fetchDocument(refOf(fake.host), blob, 'blob', call());
    await client.fetchDocument(refOf(fake.host), descriptorOf(descriptor), 'manifest', call());
  }

  test.each<[string, Behaviour | undefined, { size?: number }, Expected]>([
    [
      'R-14, R-17 other bytes of the same length',
      { fault: { type: 'wrong-bytes' } },
      {},
      { code: 'data-loss', text: /it was changed/ },
    ],
    ['R-16 a descriptor one byte short', undefined, { size: 1 }, { code: 'data-loss' }],
    ['R-16 a descriptor of size 0', undefined, { size: 0 }, { code: 'data-loss' }],
    ['R-16 a descriptor too large', undefined, { size: 4000 }, { code: 'data-loss' }],
    ['R-19 a config of 100 MiB', undefined, { size: 100 << 20 }, { code: 'resource-exhausted' }],
    [
      'R-08 a body without end',
      { fault: { type: 'infinite' } },
      {},
      { code: 'resource-exhausted' },
    ],
    [
      'R-12 another media type',
      {
        kind: 'manifest',
        fault: { type: 'headers', headers: { 'content-type': mediaTypes.dockerList } },
      },
      {},
      { code: 'data-loss', text: /its descriptor says/ },
    ],
  ])('%s', async (_title, behaviour, change, expected) => {
    const before = process.memoryUsage().rss;
    const failure = await failureOf(load(behaviour, change));
    expect(failure.code).toBe(expected.code);
    if (expected.text !== undefined) expect(failure.message).toMatch(expected.text);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 << 20);
  });
});
