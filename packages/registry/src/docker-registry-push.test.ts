import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { buildImage, buildIndex, describeBytes, makeTestCert, mediaTypes } from '@wharf/testing';
import type { BuiltImage, TestCert } from '@wharf/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { referrersTag } from './ask/referrers.js';
import type { RegistryHostConfig } from './config.js';
import {
  dockerRegistryBinary,
  startCable,
  startDockerRegistry,
} from './docker-registry-fixture.js';
import { createRegistry } from './registry.js';
import type { Registry } from './registry.js';
import {
  alice,
  call,
  collect,
  descriptorOf,
  failureOf,
  noise,
  reading,
  refOf,
} from './test-fixture.js';

const skopeo = '/usr/bin/skopeo';
const run = promisify(execFile);
const auth = () => ({ ...call(), auth: alice });
const image = buildImage({ layers: [noise(3 << 20), noise(500_000), noise(10)] });

let cert: TestCert;
let dir = '';
let server: Awaited<ReturnType<typeof startDockerRegistry>>;

const usable = existsSync(dockerRegistryBinary);

describe.skipIf(!usable)('a push to docker-registry with TLS and htpasswd', () => {
  beforeAll(async () => {
    cert = await makeTestCert();
    dir = await mkdtemp(`${tmpdir()}/docker-registry-`);
    server = await startDockerRegistry(dir, { auth: true, tls: cert });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  });

  const clientOf = (host: string, more: RegistryHostConfig = {}): Registry =>
    createRegistry({
      hosts: new Map([[host, { ca: cert.ca, ...more }]]),
      limits: { backoffMs: 10 },
    });

  async function pushImage(client: Registry, host: string, name: string, built: BuiltImage) {
    const ref = refOf(host, name);
    const done: unknown[] = [];
    for (const blob of [built.config, ...built.layers]) {
      const bytes = built.blobs.get(blob.digest)!;
      done.push(await client.pushBlob(ref, descriptorOf(blob), reading(bytes), auth()));
    }
    await client.pushManifest(ref, built.descriptor.mediaType, built.manifest, auth());
    return done;
  }

  test.each<[string, RegistryHostConfig]>([
    ['stream', {}],
    ['single', { upload: 'single' }],
    ['chunks', { upload: 1 << 20 }],
  ])('%s: what is pushed is pulled again, and skipped the second time', async (name, more) => {
    await using client = clientOf(server.host, more);
    const path = `push/${name}:1`;
    const own = buildImage({ layers: [noise(3 << 20), Buffer.from(name)] });
    await pushImage(client, server.host, path, own);
    const ref = refOf(server.host, path);
    expect(await client.resolve(ref, auth())).toEqual(own.descriptor);
    for (const layer of own.layers) {
      const got = await collect(client.fetchBlob(ref, descriptorOf(layer), 0, auth()));
      expect(got.equals(own.blobs.get(layer.digest)!)).toBe(true);
    }
    const again = await pushImage(client, server.host, path, own);
    expect(again).toEqual(['exists', 'exists', 'exists']);
  });

  test.skipIf(!existsSync(skopeo))('skopeo copies what was pushed, index and all', async () => {
    await using client = clientOf(server.host);
    const arm = buildImage({ layers: [noise(1000)], architecture: 'arm64' });
    for (const each of [image, arm]) {
      await pushImage(client, server.host, `multi/app@${each.descriptor.digest}`, each);
    }
    const index = buildIndex([image, arm]);
    const ref = refOf(server.host, 'multi/app:1');
    await client.pushManifest(ref, index.descriptor.mediaType, index.bytes, auth());
    const flags = ['--insecure-policy', 'copy', '--all', '--src-tls-verify=false'];
    const creds = ['--src-creds', 'alice:secret'];
    await run(skopeo, [
      ...flags,
      ...creds,
      `docker://${server.host}/multi/app:1`,
      `oci:${dir}/out:1`,
    ]);
    const { stdout } = await run(skopeo, ['inspect', '--raw', `oci:${dir}/out:1`]);
    expect(Buffer.from(stdout).equals(index.bytes)).toBe(true);
  });

  test('a blob of another repository is mounted', async () => {
    await using client = clientOf(server.host);
    await pushImage(client, server.host, 'mount/base:1', image);
    const source = refOf(server.host, 'mount/base');
    const target = refOf(server.host, 'mount/app');
    const blob = descriptorOf(image.layers[0]!);
    const read = reading(image.blobs.get(blob.digest)!);
    const options = { ...auth(), mountFrom: [refOf(server.host, 'mount/no'), source] };
    expect(await client.pushBlob(target, blob, read, options)).toEqual({ mountedFrom: source });
    expect(read.offsets).toEqual([]);
    expect(await client.blobExists(target, blob.digest, auth())).toBe(true);
  });

  test('a cable that is cut in the middle of the bytes: the push is begun again and arrives', async () => {
    await using cable = await startCable(server.host);
    await using client = clientOf(cable.host);
    const bytes = noise(24 << 20);
    const blob = descriptorOf(describeBytes(bytes, mediaTypes.ociLayerGzip));
    cable.cutAfter(5 << 20);
    const ref = refOf(cable.host, 'cut/app');
    expect(await client.pushBlob(ref, blob, reading(bytes), auth())).toBe('pushed');
    expect(cable.cuts).toBe(1);
    const got = await collect(client.fetchBlob(ref, blob, 0, auth()));
    expect(got.equals(bytes)).toBe(true);
  });

  // Distribution 2.8 gives up an upload that has more bytes than its last answer said.
  test('a cable that is cut between two requests: the push goes on where it was', async () => {
    await using cable = await startCable(server.host);
    await using client = clientOf(cable.host, { upload: 1 << 20 });
    const bytes = noise(5 << 20);
    const blob = descriptorOf(describeBytes(bytes, mediaTypes.ociLayerGzip));
    const source = reading(bytes);
    let whole = true;
    const read: typeof source = Object.assign(
      (offset: number, options: Parameters<typeof source>[1]) => {
        if (offset === 3 << 20 && whole) cable.cutNow();
        if (offset === 3 << 20) whole = false;
        return source(offset, options);
      },
      { offsets: source.offsets },
    );
    const ref = refOf(cable.host, 'resume/app');
    expect(await client.pushBlob(ref, blob, read, auth())).toBe('pushed');
    expect(source.offsets.map((offset) => offset >> 20)).toEqual([0, 1, 2, 3, 3, 4]);
    const got = await collect(client.fetchBlob(ref, blob, 0, auth()));
    expect(got.equals(bytes)).toBe(true);
  });

  test('tags are listed, up to a limit', async () => {
    await using client = clientOf(server.host);
    await pushImage(client, server.host, 'tags/app:a', image);
    for (const tag of ['c', 'b', 'd', 'e']) {
      const ref = refOf(server.host, `tags/app:${tag}`);
      await client.pushManifest(ref, image.descriptor.mediaType, image.manifest, auth());
    }
    const ref = refOf(server.host, 'tags/app');
    const all = await client.listTags(ref, auth());
    expect([...all].sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await client.listTags(ref, { ...auth(), limit: 2 })).toHaveLength(2);
    const missing = client.listTags(refOf(server.host, 'tags/no'), auth());
    expect((await failureOf(missing)).code).toBe('not-found');
  });

  test('referrers are kept under the tag of their subject', async () => {
    await using client = clientOf(server.host);
    await pushImage(client, server.host, 'refs/app:1', image);
    const subject = descriptorOf(image.descriptor);
    const ref = refOf(server.host, 'refs/app:1');
    expect(await client.listReferrers(ref, subject.digest, auth())).toEqual([]);
    const sbom = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        artifactType: 'application/sbom',
        config: image.config,
        layers: [image.layers[2]],
        subject,
      }),
    );
    const digest = describeBytes(sbom, mediaTypes.ociManifest).digest;
    const at = refOf(server.host, `refs/app@${digest}`);
    const done = await client.pushManifest(at, mediaTypes.ociManifest, sbom, auth());
    expect(done.subjectHandled).toBe(false);
    const { subjectHandled: _, ...descriptor } = done;
    const entry = { ...descriptor, artifactType: 'application/sbom', annotations: { a: 'b' } };
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [entry] };
    const tag = refOf(server.host, `refs/app:${referrersTag(subject.digest)}`);
    const bytes = Buffer.from(JSON.stringify(index));
    await client.pushManifest(tag, mediaTypes.ociIndex, bytes, auth());
    expect(await client.listReferrers(ref, subject.digest, auth())).toEqual([entry]);
  });

  test('logins are told right from wrong, and so are pushes', async () => {
    await using client = clientOf(server.host);
    expect(await client.checkCredentials(server.host, auth())).toEqual({ identityToken: '' });
    const wrong = { ...call(), auth: { ...alice, password: 'x' } };
    const login = await failureOf(client.checkCredentials(server.host, wrong));
    expect(login.code).toBe('unauthenticated');
    const blob = descriptorOf(image.layers[2]!);
    const ref = refOf(server.host, 'denied/app');
    const read = reading(image.blobs.get(blob.digest)!);
    const push = await failureOf(client.pushBlob(ref, blob, read, wrong));
    expect(push.code).toBe('unauthenticated');
    const search = await failureOf(client.search(server.host, 'x', auth()));
    expect(search.code).toBe('unimplemented');
  });

  test('other bytes than those of the digest, and a manifest without its blobs, are refused', async () => {
    await using client = clientOf(server.host);
    const ref = refOf(server.host, 'broken/app:1');
    const blob = descriptorOf({ ...image.layers[2]!, digest: `sha256:${'a'.repeat(64)}` });
    const read = reading(image.blobs.get(image.layers[2]!.digest)!);
    expect((await failureOf(client.pushBlob(ref, blob, read, auth()))).code).toBe('data-loss');
    const { mediaType } = image.descriptor;
    const orphan = await failureOf(client.pushManifest(ref, mediaType, image.manifest, auth()));
    expect(orphan.code).toBe('failed-precondition');
    expect(orphan.message).toContain('(400): blob unknown to registry');
  });
});
