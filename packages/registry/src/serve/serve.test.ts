import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  makeImageIndex,
  makeManifest,
  mediaTypes,
  parseDigest,
  parseReference,
  serialiseImageIndex,
  serialiseManifest,
  type Descriptor,
} from '@wharf/oci';
import { describe, expect, test } from 'vitest';
import { createRegistry } from '../registry.js';
import { serveRegistry } from './serve.js';
import { memoryStore, type MemoryStore } from './testing/memory-store.js';

const { signal } = new AbortController();

async function house({ write = true } = {}) {
  const spool = await mkdtemp(join(tmpdir(), 'wharf-serve-'));
  const store = memoryStore();
  const failures: unknown[] = [];
  const server = await serveRegistry({
    ...store,
    host: '127.0.0.1',
    port: 0,
    write,
    spool,
    onFailure: (error) => failures.push(error),
  });
  const { address } = server;
  const client = createRegistry({ hosts: new Map([[address, { insecure: true }]]) });
  const fetchText = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`http://${address}${path}`, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return {
    store,
    failures,
    address,
    client,
    fetchText,
    spool,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await server.close();
      await rm(spool, { recursive: true, force: true });
    },
  };
}

function seed(store: MemoryStore, name: string) {
  const layer = store.put(mediaTypes.ociLayer, randomBytes(3_000_000)) as Descriptor;
  const config = store.put(mediaTypes.ociConfig, Buffer.from('{}')) as Descriptor;
  const manifest = makeManifest(config, [layer]);
  const bytes = Buffer.from(serialiseManifest(manifest));
  const target = store.put(manifest.mediaType, bytes) as Descriptor;
  store.names.set(name, target);
  return { layer, config, target, bytes };
}

async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of chunks) parts.push(part);
  return Buffer.concat(parts);
}

describe('a daemon as a registry', () => {
  test('an image is resolved and fetched, whole and from the middle', async () => {
    await using it = await house();
    const { layer, target } = seed(it.store, 'docker.io/library/busybox:1');
    for (const path of ['busybox', 'library/busybox']) {
      const reference = parseReference(`${it.address}/${path}:1`);
      expect(await it.client.resolve(reference, { signal })).toEqual(target);
      const whole = await gather(it.client.fetchBlob(reference, layer, 0, { signal }));
      expect(whole.equals(it.store.blobs.get(layer.digest) as Buffer)).toBe(true);
      const rest = await gather(it.client.fetchBlob(reference, layer, 2_999_990, { signal }));
      expect(rest).toEqual(whole.subarray(2_999_990));
    }
    expect(it.failures).toEqual([]);
  });

  test('tags and repositories come in pages, sorted', async () => {
    await using it = await house();
    for (const tag of ['b', 'a', 'c']) seed(it.store, `quay.io/team/app:${tag}`);
    seed(it.store, 'docker.io/library/busybox:1');
    const catalog = await it.fetchText('/v2/_catalog');
    expect(JSON.parse(catalog.text)).toEqual({ repositories: ['busybox', 'quay.io/team/app'] });
    const page = await it.fetchText('/v2/quay.io/team/app/tags/list?n=2');
    expect(JSON.parse(page.text)).toEqual({ name: 'quay.io/team/app', tags: ['a', 'b'] });
    expect(page.headers.get('link')).toBe(
      '</v2/quay.io/team/app/tags/list?n=2&last=b>; rel="next"',
    );
    const all = await it.client.listTags(parseReference(`${it.address}/quay.io/team/app`), {
      signal,
    });
    expect(all).toEqual(['a', 'b', 'c']);
  });

  test('blobs of one repository are not given out under another', async () => {
    await using it = await house();
    const { layer, target } = seed(it.store, 'docker.io/library/secret:1');
    seed(it.store, 'docker.io/library/open:1');
    expect((await it.fetchText(`/v2/open/blobs/${layer.digest}`)).status).toBe(404);
    expect((await it.fetchText(`/v2/open/manifests/${target.digest}`)).status).toBe(404);
    expect((await it.fetchText(`/v2/secret/blobs/${layer.digest}`)).status).toBe(200);
  });

  test.each([
    ['/v2/../etc/passwd/blobs/x', 404],
    ['/v2/a/manifests/%2e%2e', 400],
    ['/v2/A/manifests/1', 400],
    ['/v2/a/blobs/sha256:short', 400],
    ['/v2/a/blobs/md5:d41d8cd98f00b204e9800998ecf8427e', 400],
    [`/v2/${'a/'.repeat(600)}manifests/1`, 414],
    ['/v1/search', 404],
    ['/', 404],
    ['/v2/a/manifests/1', 404],
    ['/v2/a/tags/list?n=x', 404],
  ])('%s is refused with %i and a reason', async (path, status) => {
    await using it = await house();
    const answer = await it.fetchText(path);
    expect(answer.status).toBe(status);
    expect((JSON.parse(answer.text) as { errors: unknown[] }).errors).toHaveLength(1);
    expect(it.failures).toEqual([]);
  });

  test('a read-only one takes nothing', async () => {
    await using it = await house({ write: false });
    const answer = await it.fetchText('/v2/a/blobs/uploads/', { method: 'POST' });
    expect(answer.status).toBe(405);
    expect(answer.text).toContain('read-only');
  });
});

describe('a push to a daemon', () => {
  test('stores blobs, and names the image with its manifest', async () => {
    await using it = await house();
    const elsewhere = memoryStore();
    const { layer, config, bytes, target } = seed(elsewhere, 'x.example/a:1');
    const reference = parseReference(`${it.address}/team/app:2`);
    const push = (blob: Descriptor) =>
      it.client.pushBlob(
        reference,
        blob,
        (offset) => elsewhere.contents.read(blob.digest, { signal, offset }),
        { signal },
      );
    await expect(
      it.client.pushManifest(reference, target.mediaType, bytes, { signal }),
    ).rejects.toThrow('push it first');
    expect(await push(layer)).toBe('pushed');
    expect(await push(config)).toBe('pushed');
    await it.client.pushManifest(reference, target.mediaType, bytes, { signal });
    expect(it.store.names.get('docker.io/team/app:2')).toEqual(target);
    expect(await push(layer)).toBe('exists');
    expect(await readdir(it.spool).catch(() => [])).toEqual([]);
  });

  test('a whole blob that breaks off, or has no digest, leaves no upload open', async () => {
    await using it = await house();
    const path = '/v2/team/app/blobs/uploads/?digest=';
    expect((await it.fetchText(`${path}none`, { method: 'POST', body: 'x' })).status).toBe(400);
    const { port } = new URL(`http://${it.address}`);
    const head = `POST ${path}sha256:${'a'.repeat(64)} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf`;
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(head));
    const spooled = () => readdir(it.spool).catch(() => []);
    await expect.poll(spooled).toHaveLength(1);
    socket.destroy();
    await expect.poll(spooled).toEqual([]);
  });

  test('a blob can be asked for before its manifest comes, in its repository alone', async () => {
    await using it = await house();
    const body = Buffer.from('layer');
    const { digest } = memoryStore().put(mediaTypes.ociLayer, body);
    const upload = `/v2/team/app/blobs/uploads/?digest=${digest}`;
    expect((await it.fetchText(upload, { method: 'POST', body })).status).toBe(201);
    const seen = await it.fetchText(`/v2/team/app/blobs/${digest}`, { method: 'HEAD' });
    expect([seen.status, seen.headers.get('content-length')]).toEqual([200, '5']);
    expect((await it.fetchText(`/v2/team/app/blobs/${digest}`)).text).toBe('layer');
    expect((await it.fetchText(`/v2/team/other/blobs/${digest}`)).status).toBe(404);
    expect((await it.fetchText(`/v2/team/app/manifests/${digest}`)).status).toBe(404);
    it.store.blobs.delete(digest);
    expect((await it.fetchText(`/v2/team/app/blobs/${digest}`)).status).toBe(404);
  });

  test('a tag does not end what another push to the same repository has brought', async () => {
    await using it = await house();
    const { target, bytes } = seed(it.store, 'docker.io/team/base:1');
    const { digest } = memoryStore().put(mediaTypes.ociLayer, Buffer.from('of another push'));
    const upload = `/v2/team/app/blobs/uploads/?digest=${digest}`;
    await it.fetchText(upload, { method: 'POST', body: 'of another push' });
    const put = (reference: string) =>
      it.fetchText(`/v2/team/app/manifests/${reference}`, {
        method: 'PUT',
        headers: { 'content-type': target.mediaType },
        body: bytes,
      });
    expect((await put(target.digest)).status).toBe(201);
    const early = await it.fetchText(`/v2/team/app/manifests/${target.digest}`);
    expect([early.status, early.headers.get('content-type')]).toEqual([200, target.mediaType]);
    expect((await put('1')).status).toBe(201);
    expect(it.store.held.at(-1)).toEqual([digest]);
    expect((await it.fetchText(`/v2/team/app/blobs/${digest}`)).text).toBe('of another push');
  });

  test('mounts a blob from another repository', async () => {
    await using it = await house();
    const { layer } = seed(it.store, 'docker.io/library/base:1');
    const other = parseReference(`${it.address}/library/base`);
    const pushed = await it.client.pushBlob(
      parseReference(`${it.address}/team/app`),
      layer,
      () => it.store.contents.read(layer.digest, { signal }),
      { signal, mountFrom: [other] },
    );
    expect(pushed).not.toBe('pushed');
  });

  test('bytes with another digest are refused and leave nothing', async () => {
    await using it = await house();
    const begun = await it.fetchText('/v2/a/blobs/uploads/', { method: 'POST' });
    expect(begun.status).toBe(202);
    const location = begun.headers.get('location') as string;
    const wrong = parseDigest(`sha256:${'0'.repeat(64)}`);
    const patch = await it.fetchText(location, { method: 'PATCH', body: 'abc' });
    expect(patch.headers.get('range')).toBe('0-2');
    const gap = await it.fetchText(location, {
      method: 'PATCH',
      body: 'def',
      headers: { 'content-range': '7-9' },
    });
    expect(gap.status).toBe(416);
    const put = await it.fetchText(`${location}?digest=${wrong}`, { method: 'PUT' });
    expect(put.status).toBe(400);
    expect(put.text).toContain('DIGEST_INVALID');
    expect((await it.fetchText(location)).status).toBe(404);
    expect(await readdir(it.spool)).toEqual([]);
    expect(it.store.blobs.size).toBe(0);
  });

  test('an index needs its manifests', async () => {
    await using it = await house();
    const { target } = seed(it.store, 'docker.io/library/a:1');
    const absent = { ...target, digest: parseDigest(`sha256:${'1'.repeat(64)}`) };
    const put = (entries: readonly Descriptor[]) =>
      it.fetchText('/v2/a/manifests/all', {
        method: 'PUT',
        headers: { 'content-type': mediaTypes.ociIndex },
        body: Buffer.from(serialiseImageIndex(makeImageIndex(entries))),
      });
    expect((await put([target, absent])).text).toContain('MANIFEST_UNKNOWN');
    expect((await put([target])).status).toBe(201);
  });

  test('a manifest that is no manifest is refused', async () => {
    await using it = await house();
    const put = (body: string) => it.fetchText('/v2/a/manifests/1', { method: 'PUT', body });
    expect((await put('{}')).status).toBe(400);
    expect((await put('x'.repeat(5_000_000))).status).toBe(413);
    expect(it.failures).toEqual([]);
  });
});
