import { buildImage, describeBytes, mediaTypes, startFakeRegistry } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import {
  alice,
  call,
  clientOf,
  descriptorOf,
  failureOf,
  noise,
  reading,
  refOf,
} from '../test-fixture.js';

const bytes = noise(300_000);
const blob = descriptorOf(describeBytes(bytes, mediaTypes.ociLayerGzip));
const auth = () => ({ ...call(), auth: alice });

describe('pushBlob', () => {
  test('sends the bytes with one PATCH and closes with PUT', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const ref = refOf(fake.host);
    const sent: number[] = [];
    const onBytes = (n: number): void => void sent.push(n);
    expect(await client.pushBlob(ref, blob, reading(bytes), { ...call(), onBytes })).toBe('pushed');
    expect(fake.requests.map((r) => r.method)).toEqual(['HEAD', 'POST', 'PATCH', 'PUT']);
    expect(fake.store.blob('team/app', blob.digest)?.length).toBe(bytes.length);
    expect(Buffer.from(fake.store.blob('team/app', blob.digest)!).equals(bytes)).toBe(true);
    expect(fake.requests[2]!.headers['content-length']).toBe('300000');
    expect(fake.requests[3]!.path).toMatch(/\?_state=a%2Fb%20c&digest=sha256%3A/);
    expect(sent.at(-1)).toBe(bytes.length);
    expect(sent).toEqual([...sent].sort((a, b) => a - b));
    expect(await client.blobExists(ref, blob.digest, call())).toBe(true);
  });

  test('skips what is there', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    fake.store.addPushed('team/app', blob.digest, bytes);
    const read = reading(bytes);
    expect(await client.pushBlob(refOf(fake.host), blob, read, call())).toBe('exists');
    expect(read.offsets).toEqual([]);
    expect(fake.requests.map((r) => r.method)).toEqual(['HEAD']);
    expect(await client.blobExists(refOf(fake.host, 'a/b'), blob.digest, call())).toBe(false);
  });

  test('an empty blob needs no PATCH', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const empty = descriptorOf(describeBytes(new Uint8Array(), 'x/y'));
    const work = client.pushBlob(refOf(fake.host), empty, reading(new Uint8Array()), call());
    expect(await work).toBe('pushed');
    expect(fake.requests.map((r) => r.method)).toEqual(['HEAD', 'POST', 'PUT']);
  });

  test.each([
    ['single', ['HEAD', 'POST', 'PUT']],
    [131_072, ['HEAD', 'POST', 'PATCH', 'PATCH', 'PATCH', 'PUT']],
  ] as const)('the configuration can ask for %s', async (upload, methods) => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake, {
      hosts: new Map([[fake.host, { insecure: true, upload }]]),
    });
    expect(await client.pushBlob(refOf(fake.host), blob, reading(bytes), call())).toBe('pushed');
    expect(fake.requests.map((r) => r.method)).toEqual(methods);
    expect(Buffer.from(fake.store.blob('team/app', blob.digest)!).equals(bytes)).toBe(true);
    if (upload === 'single') return;
    expect(
      fake.requests.filter((r) => r.method === 'PATCH').map((r) => r.headers['content-range']),
    ).toEqual(['0-131071', '131072-262143', '262144-299999']);
  });

  test('memory does not grow with the size of the blob', async () => {
    await using fake = await startFakeRegistry({ uploadsElsewhere: false });
    await using client = clientOf(fake);
    const size = 256 << 20;
    const chunk = Buffer.alloc(1 << 20);
    async function* read(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < size; at += chunk.length) yield await Promise.resolve(chunk);
    }
    fake.misbehave({ kind: 'upload', method: 'PATCH', fault: { type: 'stall-request', after: 1 } });
    const huge = { ...blob, size };
    const before = process.memoryUsage().rss;
    let most = 0;
    const onBytes = (): void => void (most = Math.max(most, process.memoryUsage().rss - before));
    const work = client.pushBlob(refOf(fake.host), huge, read, { ...call(), onBytes });
    expect((await failureOf(work)).message).toMatch(/took nothing for 0\.4 s/);
    expect(most).toBeLessThan(64 << 20);
  });

  test('a source that fails, or has another size, ends the push with that and no other try', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const push = (source: Uint8Array) =>
      failureOf(client.pushBlob(refOf(fake.host), blob, reading(source), call()));
    expect((await push(noise(bytes.length + 1))).message).toMatch(/has more than the 300000 bytes/);
    expect((await push(noise(bytes.length - 7))).message).toMatch(/has 7 bytes less than the/);
    expect((await push(noise(0))).code).toBe('data-loss');
    const broken = new RangeError('the disk is on fire');
    async function* read(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(bytes.subarray(0, 10));
      throw broken;
    }
    await expect(client.pushBlob(refOf(fake.host), blob, read, call())).rejects.toBe(broken);
    expect(fake.requests.filter((r) => r.method === 'POST')).toHaveLength(4);
    expect(fake.openUploads).toEqual([]);
  });

  test('other bytes of the same size are data-loss', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const other = Buffer.from(bytes).fill(0, 0, 10);
    const failure = await failureOf(
      client.pushBlob(refOf(fake.host), blob, reading(other), call()),
    );
    expect(failure.code).toBe('data-loss');
    expect(failure.message).toMatch(/finds another digest/);
  });

  test('aborting ends it with cancelled, at once', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    fake.misbehave({ method: 'PATCH', fault: { type: 'stall-request', after: 100 } });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 50);
    const start = performance.now();
    const work = client.pushBlob(refOf(fake.host), blob, reading(bytes), { signal: abort.signal });
    expect((await failureOf(work)).code).toBe('cancelled');
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('mounts', () => {
  const from = (host: string, path: string) => refOf(host, path);

  test('a blob of another repository is mounted, with a token for both', async () => {
    await using fake = await startFakeRegistry({ auth: 'bearer' });
    await using client = clientOf(fake);
    fake.store.addPushed('team/base', blob.digest, bytes);
    const source = from(fake.host, 'team/base');
    const read = reading(bytes);
    const options = { ...auth(), mountFrom: [from(fake.host, 'no/such'), source] };
    expect(await client.pushBlob(refOf(fake.host), blob, read, options)).toEqual({
      mountedFrom: source,
    });
    expect(read.offsets).toEqual([]);
    expect(fake.openUploads).toEqual([]);
    const tokens = fake.requests.filter((r) => r.kind === 'token').map((r) => r.path);
    expect(tokens.at(-1)).toContain(
      'scope=repository%3Ateam%2Fapp%3Apull%2Cpush&scope=repository%3Ateam%2Fbase%3Apull',
    );
  });

  test('a repository of another registry is not asked for', async () => {
    await using other = await startFakeRegistry();
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const options = { ...call(), mountFrom: [from(other.host, 'team/base')] };
    expect(await client.pushBlob(refOf(fake.host), blob, reading(bytes), options)).toBe('pushed');
    expect(other.requests).toEqual([]);
    expect(fake.requests.some((r) => r.path.includes('mount='))).toBe(false);
  });

  test('who may not read the source sends the blob', async () => {
    await using fake = await startFakeRegistry({ auth: 'bearer', denied: ['team/base'] });
    await using client = clientOf(fake);
    fake.store.addPushed('team/base', blob.digest, bytes);
    const options = { ...auth(), mountFrom: [from(fake.host, 'team/base')] };
    expect(await client.pushBlob(refOf(fake.host), blob, reading(bytes), options)).toBe('pushed');
  });
});

describe('pushManifest', () => {
  const image = buildImage({ layers: [noise(10)] });
  const { manifest } = image;
  const type = image.descriptor.mediaType;

  test('stores it under its tag, and under its digest', async () => {
    await using fake = await startFakeRegistry({ auth: 'basic' });
    await using client = clientOf(fake);
    const done = await client.pushManifest(refOf(fake.host), type, manifest, auth());
    expect(done).toEqual({ ...image.descriptor, subjectHandled: false });
    expect(fake.store.manifest('team/app', '1')).toEqual(Buffer.from(manifest));
    const byDigest = refOf(fake.host, `team/app:2@${image.descriptor.digest}`);
    await client.pushManifest(byDigest, type, manifest, auth());
    expect(fake.store.tags('team/app')).toEqual(['1']);
    await client.pushManifest(refOf(fake.host, 'team/app'), type, manifest, auth());
    expect(fake.store.tags('team/app')).toEqual(['1', 'latest']);
  });

  test('another digest in the reference is refused before anything is sent', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const ref = refOf(fake.host, `team/app@${blob.digest}`);
    const failure = await failureOf(client.pushManifest(ref, type, manifest, call()));
    expect(failure.code).toBe('invalid-argument');
    const evil = failureOf(client.pushManifest(refOf(fake.host), 'a/b\r\nX: y', manifest, call()));
    expect((await evil).code).toBe('invalid-argument');
    const large = new Uint8Array((4 << 20) + 1);
    const work = client.pushManifest(refOf(fake.host), type, large, call());
    expect((await failureOf(work)).code).toBe('resource-exhausted');
    expect(fake.requests).toEqual([]);
  });

  test.each([
    [false, true],
    [true, false],
  ])(
    'says whether the registry handles a subject (noReferrers: %j)',
    async (noReferrers, handled) => {
      await using fake = await startFakeRegistry({ noReferrers });
      await using client = clientOf(fake);
      const text = {
        schemaVersion: 2,
        mediaType: type,
        subject: { ...blob },
        config: {},
        layers: [],
      };
      const bytes = Buffer.from(JSON.stringify(text));
      const done = await client.pushManifest(refOf(fake.host), type, bytes, call());
      expect(done.subjectHandled).toBe(handled);
    },
  );

  test.each([
    [400, 'failed-precondition', /refuses manifest for .* \(400\): manifest invalid/],
    [403, 'permission-denied', /run wharf login .* as a user who may push it/],
    [405, 'unimplemented', /takes no pushes/],
    [404, 'not-found', /manifest invalid/],
    [503, 'unavailable', /answered 503/],
  ])('%d is %s', async (status, code, text) => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const body = '{"errors":[{"code":"MANIFEST_INVALID","message":"manifest invalid"}]}';
    fake.misbehave({ method: 'PUT', fault: { type: 'status', status, body } });
    const failure = await failureOf(client.pushManifest(refOf(fake.host), type, manifest, call()));
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(text);
    expect(failure.facts['reason']).toBe('MANIFEST_INVALID');
  });
});

describe('tokens of a push', () => {
  test('one token with pull and push serves the whole push of a blob', async () => {
    await using fake = await startFakeRegistry({ auth: 'bearer', expiresIn: 300 });
    await using client = clientOf(fake);
    await client.pushBlob(refOf(fake.host), blob, reading(bytes), auth());
    const tokens = fake.requests.filter((r) => r.kind === 'token');
    expect(tokens.map((r) => r.path)).toEqual([
      '/token?service=fake.registry&scope=repository%3Ateam%2Fapp%3Apull%2Cpush&account=alice',
    ]);
  });

  test('a token that ends in the middle of a push is replaced', async () => {
    await using fake = await startFakeRegistry({ auth: 'bearer', expiresIn: 300 });
    await using client = clientOf(fake);
    const read = reading(bytes);
    let first = true;
    const onBytes = (): void => {
      if (first) fake.revokeTokens();
      first = false;
    };
    const done = await client.pushBlob(refOf(fake.host), blob, read, { ...auth(), onBytes });
    expect(done).toBe('pushed');
    expect(fake.requests.filter((r) => r.kind === 'token')).toHaveLength(2);
  });

  test('nobody may pull but not push: unauthenticated, with the remedy', async () => {
    await using fake = await startFakeRegistry({ auth: 'bearer', anonymousPull: true });
    await using client = clientOf(fake);
    const failure = await failureOf(
      client.pushBlob(refOf(fake.host), blob, reading(bytes), call()),
    );
    expect(failure.code).toBe('unauthenticated');
    expect(failure.message).toContain(`run wharf login ${fake.host}`);
  });
});
