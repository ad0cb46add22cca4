import { describe, expect, test } from 'vitest';
import type { BuildSpec } from '@wharf/core';
import {
  maxDocumentBytes,
  mediaTypes,
  parseDigest,
  parseImageIndex,
  parseManifest,
  type Digest,
} from '@wharf/oci';
import { createFakeStore } from '../../images/testing/fake-store.js';
import { openBench, writes, type Bench } from '../ops/testing/bench.js';
import { exportAll, imageOutput, solveText } from '../outputs/testing/solve.js';
import type { FileSearchPort } from '../ports.js';
import { createAttest } from './attest.js';

const text = 'FROM scratch\nCOPY src /src\nRUN make\n';
const status = 'Package: libc6\nVersion: 2.36-9\nStatus: install ok installed\n';

async function bench(): Promise<Bench> {
  const opened = await openBench();
  opened.step = (request) => writes({ 'var/lib/dpkg/status': status })(request);
  return opened;
}

interface Statement {
  readonly predicateType: string;
  readonly subject: readonly { readonly digest: Readonly<Record<string, string>> }[];
  readonly predicate: { readonly packages?: readonly { readonly name: string }[] };
}

const read = (one: Bench, digest: string): Promise<Uint8Array> =>
  one.harbour.deps.content.read(parseDigest(digest), maxDocumentBytes);

async function attested(
  one: Bench,
  spec: Partial<BuildSpec>,
  { platforms = ['linux/amd64'], output = imageOutput(['app']) } = {},
) {
  const asked: (readonly string[])[] = [];
  const search: FileSearchPort['search'] = ({ lower }) => {
    asked.push(lower);
    const files = [{ path: 'var/lib/dpkg/status', content: Buffer.from(status) }];
    return Promise.resolve({ files, leftOut: 0 });
  };
  const { content } = one.harbour.deps;
  const attest = createAttest({ content, layers: one.deps.layers, search: { search } });
  const solved = [];
  for (const platform of platforms) solved.push(await solveText(one, text, { platform }));
  const { exported } = await exportAll(one, solved, [output], { deps: { attest }, spec });
  return { digest: exported.image!.digest, imageId: exported.image!.imageId, asked };
}

/** Each attestation of an index by the digest of its image. */
async function statementsOf(one: Bench, digest: string) {
  const { manifests } = parseImageIndex(await read(one, digest));
  const found = [];
  for (const { annotations, platform, ...descriptor } of manifests) {
    if (platform?.os !== 'unknown') continue;
    const manifest = parseManifest(await read(one, descriptor.digest));
    const statements: Statement[] = [];
    for (const layer of manifest.layers) {
      expect(one.held).toContain(layer.digest);
      expect(layer.mediaType).toBe('application/vnd.in-toto+json');
      const statement = JSON.parse(
        Buffer.from(await read(one, layer.digest)).toString(),
      ) as Statement;
      expect(layer.annotations).toEqual({ 'in-toto.io/predicate-type': statement.predicateType });
      statements.push(statement);
    }
    found.push({ annotations: { ...annotations }, manifest, statements });
  }
  const images = manifests.filter(({ platform }) => platform?.os !== 'unknown');
  return { images, attestations: found };
}

describe('what is said of an image', () => {
  test('is beside it in an index, and an artifact that names it as its subject', async () => {
    await using one = await bench();
    const plain = await attested(one, {});
    const { digest, imageId, asked } = await attested(one, { provenance: 'min', sbom: true });
    const { images, attestations } = await statementsOf(one, digest);
    expect(images.map((image) => image.digest)).toEqual([plain.digest]);
    expect(imageId).toBe(plain.imageId);
    const [{ annotations, manifest, statements }] = attestations as [(typeof attestations)[0]];
    expect(annotations).toEqual({
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': plain.digest,
    });
    expect(manifest).toMatchObject({
      artifactType: 'application/vnd.docker.attestation.manifest.v1+json',
      config: { mediaType: mediaTypes.ociEmpty, size: 2 },
      subject: { digest: plain.digest, mediaType: mediaTypes.ociManifest },
    });
    expect(statements.map(({ predicateType }) => predicateType)).toEqual([
      'https://spdx.dev/Document',
      'https://slsa.dev/provenance/v1',
    ]);
    for (const { subject } of statements)
      expect(subject).toMatchObject([{ digest: { sha256: plain.digest.slice(7) } }]);
    expect(statements[0]?.predicate.packages?.[1]).toMatchObject({ name: 'libc6' });
    expect(asked).toEqual([expect.arrayContaining([expect.any(String)])]);
    expect(asked[0]).toHaveLength(2);
  });

  test('is the same on any daemon and day with min, the image is with max too', async () => {
    const digests: string[] = [];
    const images: string[] = [];
    for (const mode of ['min', 'min', 'max'] as const) {
      await using one = await bench();
      const { digest } = await attested(one, { provenance: mode, sbom: true });
      digests.push(digest);
      images.push((await statementsOf(one, digest)).images[0]?.digest ?? '');
    }
    expect(digests[0]).toBe(digests[1]);
    expect(digests[0]).not.toBe(digests[2]);
    expect(new Set(images).size).toBe(1);
  });

  test('is said of each platform, and is left out unless asked for', async () => {
    await using one = await bench();
    const platforms = ['linux/amd64', 'linux/arm64'];
    const annotations = new Map([['index:a', 'b']]);
    const { digest } = await attested(one, { provenance: 'max', annotations }, { platforms });
    const { images, attestations } = await statementsOf(one, digest);
    expect(attestations.map(({ manifest }) => manifest.subject?.digest)).toEqual(
      images.map((image) => image.digest),
    );
    expect({ ...parseImageIndex(await read(one, digest)).annotations }).toEqual({ a: 'b' });
    const none = await attested(one, { annotations }, { platforms });
    expect((await statementsOf(one, none.digest)).attestations).toEqual([]);
  });

  test('does not go with files, which is told', async () => {
    await using one = await bench();
    const solved = [await solveText(one, text)];
    await exportAll(one, solved, [{ kind: 'files' }]);
    expect(one.log.join()).not.toContain('attestations');
    await exportAll(one, solved, [{ kind: 'files' }], { spec: { sbom: true } });
    expect(one.log.join()).toContain('files go without attestations');
  });

  test('is about the manifest that goes out, however its layers are compressed', async () => {
    await using one = await bench();
    const output = imageOutput(['app'], { compression: 'zstd', forceCompression: true });
    const { digest } = await attested(one, { provenance: 'min' }, { output });
    const { images, attestations } = await statementsOf(one, digest);
    expect(attestations[0]?.manifest.subject?.digest).toBe(images[0]?.digest);
    const statement = attestations[0]?.statements[0];
    expect(statement?.subject[0]?.digest['sha256']).toBe(images[0]?.digest.slice(7));
  });

  test('is pushed with the image, its blobs too, and listed where the registry does not do it', async () => {
    await using one = await bench();
    const store = createFakeStore();
    store.subjectHandled = false;
    const { content, registry: _, ...rest } = one.harbour.deps;
    const { search } = { search: () => Promise.resolve({ files: [], leftOut: 0 }) };
    const attest = createAttest({ content, layers: one.deps.layers, search: { search } });
    const { exported } = await exportAll(
      one,
      [await solveText(one, text)],
      [imageOutput(['localhost:5000/a:1'], { push: true })],
      { deps: { attest, registry: store.port }, spec: { provenance: 'min', sbom: true } },
    );
    const { images, attestations } = await statementsOf(one, exported.image!.digest);
    const tag = `localhost:5000/a:${images[0]!.digest.replace(':', '-')}`;
    const [listed] = parseImageIndex(store.manifests.get(tag)!.bytes).manifests;
    expect(listed).toMatchObject({
      artifactType: 'application/vnd.docker.attestation.manifest.v1+json',
    });
    expect(attestations).toHaveLength(1);
    const target = rest.records.byName('localhost:5000/a:1');
    expect(target).toMatchObject({ digest: exported.image!.digest });
    await one.harbour.collect();
    for (const { digest } of attestations[0]!.manifest.layers)
      expect(await content.find(digest as Digest)).toBeDefined();
  });
});
