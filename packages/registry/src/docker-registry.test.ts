import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { buildImage } from '@wharf/testing';
import type { BuiltImage } from '@wharf/testing';
import { describe, expect, test } from 'vitest';
import { dockerRegistryBinary, startDockerRegistry } from './docker-registry-fixture.js';
import { createRegistry } from './registry.js';
import { alice, call, collect, descriptorOf, failureOf, noise, refOf } from './test-fixture.js';

const skopeo = '/usr/bin/skopeo';
const run = promisify(execFile);

async function writeLayout(dir: string, image: BuiltImage): Promise<void> {
  await mkdir(`${dir}/blobs/sha256`, { recursive: true });
  const all = [...image.blobs, [image.descriptor.digest, image.manifest] as const];
  for (const [digest, bytes] of all) {
    await writeFile(`${dir}/blobs/sha256/${digest.slice('sha256:'.length)}`, bytes);
  }
  await writeFile(`${dir}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
  const annotations = { 'org.opencontainers.image.ref.name': '1' };
  const manifests = [{ ...image.descriptor, annotations }];
  await writeFile(`${dir}/index.json`, JSON.stringify({ schemaVersion: 2, manifests }));
}

describe.skipIf(!existsSync(dockerRegistryBinary) || !existsSync(skopeo))('docker-registry', () => {
  test.each([
    ['open', false],
    ['behind htpasswd', true],
  ])(
    '%s: what skopeo pushed is resolved and fetched',
    async (_title, auth) => {
      const dir = await mkdtemp(`${tmpdir()}/docker-registry-`);
      try {
        await pushAndPull(dir, auth);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    },
    30_000,
  );
});

async function pushAndPull(dir: string, auth: boolean): Promise<void> {
  await using server = await startDockerRegistry(dir, { auth });
  const image = buildImage({ layers: [noise(3 << 20), noise(500_000), noise(10)] });
  await writeLayout(`${dir}/layout`, image);
  const creds = auth ? ['--dest-creds', 'alice:secret'] : [];
  const flags = ['--insecure-policy', 'copy', '--dest-tls-verify=false', ...creds];
  await run(skopeo, [...flags, `oci:${dir}/layout:1`, `docker://${server.host}/team/app:1`]);

  await using client = createRegistry({ hosts: new Map([[server.host, { insecure: true }]]) });
  const ref = refOf(server.host);
  const options = auth ? { ...call(), auth: alice } : call();
  const found = await client.resolve(ref, options);
  expect(found).toEqual(image.descriptor);
  expect(await client.fetchDocument(ref, found, 'manifest', options)).toEqual(image.manifest);
  for (const blob of [image.config, ...image.layers]) {
    const wanted = Buffer.from(image.blobs.get(blob.digest)!);
    const offset = Math.floor(blob.size / 3);
    const whole = await collect(client.fetchBlob(ref, descriptorOf(blob), 0, options));
    const rest = await collect(client.fetchBlob(ref, descriptorOf(blob), offset, options));
    expect(whole.equals(wanted)).toBe(true);
    expect(rest.equals(wanted.subarray(offset))).toBe(true);
  }
  const missing = await failureOf(client.resolve(refOf(server.host, 'team/app:no'), options));
  expect(missing.message).toBe(
    `manifest for ${server.host}/team/app:no not found: manifest unknown`,
  );
  if (!auth) return;
  const refused = await failureOf(client.resolve(ref, call()));
  expect(refused.code).toBe('unauthenticated');
}
