import { buildImage, mediaTypes, startFakeRegistry } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import {
  alice,
  call,
  clientOf,
  collect,
  descriptorOf,
  failureOf,
  noise,
  refOf,
} from './test-fixture.js';

const input = { layers: [noise(300_000), noise(1000)], config: { Cmd: ['/bin/sh'] } };

describe('a registry that does right', () => {
  test('resolves a tag with one HEAD, and fetches manifest, config and layers', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const image = fake.store.putImage('team/app', '1', input);
    const ref = refOf(fake.host);
    const found = await client.resolve(ref, call());
    expect(found).toEqual(image.descriptor);
    expect(fake.requests.map((r) => r.method)).toEqual(['HEAD']);
    expect(await client.fetchDocument(ref, found, 'manifest', call())).toEqual(image.manifest);
    const config = await client.fetchDocument(ref, descriptorOf(image.config), 'blob', call());
    expect(config).toEqual(image.blobs.get(image.config.digest));
    for (const layer of image.layers) {
      const bytes = await collect(client.fetchBlob(ref, descriptorOf(layer), 0, call()));
      expect(bytes.equals(image.blobs.get(layer.digest)!)).toBe(true);
    }
    expect(fake.requests.every((r) => r.headers['accept-encoding'] === 'identity')).toBe(true);
  });

  test('a digest in the reference wins over the tag', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const image = fake.store.putImage('team/app', 'other', input);
    const ref = refOf(fake.host, `team/app:1@${image.descriptor.digest}`);
    expect(await client.resolve(ref, call())).toEqual(image.descriptor);
  });

  test('no tag means latest; an index is resolved as itself', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const arm = buildImage({ ...input, architecture: 'arm64' });
    const index = fake.store.putIndex('team/app', 'latest', [buildImage(input), arm]);
    const found = await client.resolve(refOf(fake.host, 'team/app'), call());
    expect(found).toEqual({ ...index, mediaType: mediaTypes.ociIndex });
  });

  test('a blob is fetched from an offset on with Range', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const bytes = noise(200_000);
    const blob = descriptorOf(fake.store.putBlob(bytes));
    let counted = 0;
    const onBytes = (n: number): void => void (counted += n);
    const parts = client.fetchBlob(refOf(fake.host), blob, 150_000, { ...call(), onBytes });
    expect((await collect(parts)).equals(bytes.subarray(150_000))).toBe(true);
    expect(counted).toBe(50_000);
    expect(fake.bytesSent(blob.digest)).toBe(50_000);
    expect(await collect(client.fetchBlob(refOf(fake.host), blob, 200_000, call()))).toHaveLength(
      0,
    );
    const beyond = collect(client.fetchBlob(refOf(fake.host), blob, 200_001, call()));
    expect((await failureOf(beyond)).code).toBe('invalid-argument');
  });

  test('connections are kept and used again', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    fake.store.putImage('team/app', '1', input);
    let connections = 0;
    fake.onConnection(() => connections++);
    for (let i = 0; i < 10; i++) await client.resolve(refOf(fake.host), call());
    expect(connections).toBeLessThanOrEqual(2);
  });

  test('without HEAD the answer of GET is measured', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const image = fake.store.putImage('team/app', '1', input);
    fake.misbehave({ method: 'HEAD', fault: { type: 'status', status: 405 } });
    expect(await client.resolve(refOf(fake.host), call())).toEqual(image.descriptor);
  });

  test('leaving the loop closes the connection; aborting ends it with cancelled', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const blob = descriptorOf(fake.store.putBlob(noise(8_000_000)));
    for await (const part of client.fetchBlob(refOf(fake.host), blob, 0, call())) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    const abort = new AbortController();
    const parts = client.fetchBlob(refOf(fake.host), blob, 0, { signal: abort.signal });
    const failure = failureOf(
      (async () => {
        for await (const part of parts) if (part.length > 0) abort.abort();
      })(),
    );
    expect((await failure).code).toBe('cancelled');
    expect(fake.bytesSent(blob.digest)).toBeLessThan(16_000_000);
  });
});

describe('what is not there', () => {
  test('a missing manifest is named with the words of the registry', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const failure = await failureOf(client.resolve(refOf(fake.host), call()));
    expect(failure.code).toBe('not-found');
    expect(failure.message).toBe(
      `manifest for ${fake.host}/team/app:1 not found: manifest unknown`,
    );
  });

  test('a missing blob is not-found', async () => {
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake);
    const blob = { digest: `sha256:${'0'.repeat(64)}`, size: 3, mediaType: 'x/y' };
    const work = collect(client.fetchBlob(refOf(fake.host), descriptorOf(blob), 0, call()));
    expect((await failureOf(work)).code).toBe('not-found');
  });

  test('a registry that is not there is unavailable at once', async () => {
    const fake = await startFakeRegistry();
    await using client = clientOf(fake);
    await fake[Symbol.asyncDispose]();
    const failure = await failureOf(client.resolve(refOf(fake.host), call()));
    expect(failure.code).toBe('unavailable');
    expect(failure.message).toBe(`${fake.host}: connection refused`);
  });
});

describe('mirrors', () => {
  test('a mirror is asked first and never sees credentials', async () => {
    await using mirror = await startFakeRegistry();
    await using fake = await startFakeRegistry({ auth: 'basic' });
    await using client = clientOf(fake, {
      hosts: new Map([[fake.host, { insecure: true }]]),
      mirrors: new Map([['*', [mirror.url]]]),
    });
    const image = mirror.store.putImage('team/app', '1', input);
    const ref = refOf(fake.host);
    expect(await client.resolve(ref, { ...call(), auth: alice })).toEqual(image.descriptor);
    expect(mirror.requests.map((r) => r.authorization)).toEqual([undefined]);
    expect(fake.requests).toEqual([]);
  });

  test('what a mirror lacks or breaks off comes from the registry, from the same offset', async () => {
    await using mirror = await startFakeRegistry();
    await using fake = await startFakeRegistry();
    await using client = clientOf(fake, {
      hosts: new Map([[fake.host, { insecure: true }]]),
      mirrors: new Map([[fake.host, [mirror.url]]]),
    });
    const image = fake.store.putImage('team/app', '1', input);
    const ref = refOf(fake.host);
    expect(await client.resolve(ref, call())).toEqual(image.descriptor);
    const layer = descriptorOf(image.layers[0]!);
    const bytes = image.blobs.get(layer.digest)!;
    mirror.store.putBlob(bytes);
    mirror.misbehave({ kind: 'blob', times: 1, fault: { type: 'cut', after: 100_000 } });
    mirror.misbehave({ kind: 'blob', fault: { type: 'status', status: 404 } });
    const got = await collect(client.fetchBlob(ref, layer, 0, call()));
    expect(got.equals(bytes)).toBe(true);
    expect(fake.requests.at(-1)!.headers.range).toMatch(/^bytes=[1-9]\d*-$/);
  });
});
