import { mediaTypes, parseDigest, type Digest } from '@wharf/oci';
import { expect, test } from 'vitest';
import { hashBytes } from '../layers/layers.js';
import { moveAttestation } from './move-attestation.js';

const to = { mediaType: mediaTypes.ociManifest, digest: hashBytes(Buffer.from('to')), size: 2 };

/** What becomes of a statement about `from`. */
async function moved(from: Digest): Promise<string | undefined> {
  const store = new Map<Digest, Uint8Array>();
  const put = (bytes: Uint8Array) => {
    store.set(hashBytes(bytes), bytes);
    return Promise.resolve({ digest: hashBytes(bytes), size: bytes.length });
  };
  const content = {
    put,
    read: (digest: Digest) => Promise.resolve(Buffer.from(store.get(digest) ?? [])),
  };
  const [algorithm = '', hex = ''] = from.split(':');
  const statement = await put(Buffer.from(JSON.stringify({ digest: { [algorithm]: hex } })));
  const config = { mediaType: mediaTypes.ociConfig, ...(await put(Buffer.from('{}'))) };
  const mediaType = mediaTypes.ociManifest;
  const manifest = {
    ...{ mediaType, config, annotations: {} },
    layers: [{ mediaType: 'application/vnd.in-toto+json', ...statement }],
  };
  const descriptor = { mediaType, digest: from, size: 1 };
  const claim = { hold: () => Promise.resolve() };
  const signal = AbortSignal.timeout(10_000);
  const made = await moveAttestation(
    { content } as unknown as Parameters<typeof moveAttestation>[0],
    claim as unknown as Parameters<typeof moveAttestation>[1],
    { descriptor, manifest } as unknown as Parameters<typeof moveAttestation>[2],
    { from, to },
    { signal },
  );
  const layer = made?.manifest.layers[0]?.digest;
  return layer && Buffer.from(store.get(layer) ?? []).toString();
}

test('a statement names the other manifest', async () => {
  const made = await moved(hashBytes(Buffer.from('from')));
  expect(made).toBe(JSON.stringify({ digest: { sha256: to.digest.slice('sha256:'.length) } }));
});

test('one that names its subject by another algorithm cannot be changed', async () => {
  expect(await moved(parseDigest(`sha512:${'0a'.repeat(64)}`))).toBeUndefined();
});
