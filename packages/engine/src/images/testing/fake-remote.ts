import { NotFoundError } from '@wharf/core';
import {
  canonical,
  makeImageIndex,
  mediaTypes,
  serialiseImageIndex,
  type Digest,
} from '@wharf/oci';
import { hashBytes } from '../../layers/layers.js';
import type { RegistryPort, RegistryWritePort, ResolvedDescriptor } from '../ports.js';
import type { MadeImage } from './shelf.js';

/** A registry in memory. */
export interface FakeRemote extends RegistryPort, Pick<RegistryWritePort, 'listTags'> {
  /** Canonical names with tag. */
  readonly tags: Map<string, ResolvedDescriptor>;
  readonly blobs: Map<string, Uint8Array>;
  /** Blobs that were asked for, with the offset, in order. */
  readonly fetched: { readonly digest: string; readonly offset: number }[];
  /** Waits, or fails, before each part of a blob is given. */
  onPart: (digest: string, sent: number, signal: AbortSignal) => Promise<void>;
  add(name: string, image: MadeImage): void;
  /** An index of images, and of attestations about each of them when asked for. */
  addIndex(name: string, images: readonly MadeImage[], attested?: boolean): ResolvedDescriptor;
}

const partBytes = 4;

export function fakeRemote(): FakeRemote {
  const tags = new Map<string, ResolvedDescriptor>();
  const blobs = new Map<string, Uint8Array>();
  const types = new Map<string, string>();
  const put = (bytes: Uint8Array, mediaType: string): ResolvedDescriptor => {
    const digest = hashBytes(bytes);
    blobs.set(digest, bytes);
    types.set(digest, mediaType);
    return { mediaType, digest, size: bytes.byteLength };
  };
  const keep = (image: MadeImage): void => {
    for (const [digest, bytes] of image.blobs) blobs.set(digest, bytes);
    types.set(image.descriptor.digest, image.descriptor.mediaType);
  };
  const need = (digest: Digest): Uint8Array => {
    const bytes = blobs.get(digest);
    if (bytes === undefined) throw new NotFoundError('blob', digest);
    return bytes;
  };
  const attestation = (subject: MadeImage) => {
    const layer = put(Buffer.from(`about ${subject.id}`), 'application/vnd.in-toto+json');
    const config = put(Buffer.from('{}'), mediaTypes.ociConfig);
    const document = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config,
      layers: [layer],
    };
    return {
      ...put(Buffer.from(JSON.stringify(document)), mediaTypes.ociManifest),
      platform: { os: 'unknown', architecture: 'unknown', variant: '' },
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': subject.descriptor.digest,
      },
    };
  };
  const remote: FakeRemote = {
    tags,
    blobs,
    fetched: [],
    onPart: () => Promise.resolve(),
    add(name, image) {
      keep(image);
      tags.set(name, image.descriptor);
    },
    addIndex(name, images, attested = false) {
      images.forEach(keep);
      const entries = images.map(({ descriptor, config }) => ({
        ...descriptor,
        platform: config.platform,
      }));
      const index = makeImageIndex([...entries, ...(attested ? images.map(attestation) : [])]);
      const descriptor = put(serialiseImageIndex(index), index.mediaType);
      tags.set(name, descriptor);
      return descriptor;
    },
    async resolve(reference) {
      await Promise.resolve();
      const { digest } = reference;
      if (digest === undefined) {
        const found = tags.get(canonical(reference));
        if (found === undefined) throw new NotFoundError('manifest', canonical(reference));
        return found;
      }
      return { digest, size: need(digest).byteLength, mediaType: types.get(digest) ?? '' };
    },
    fetchDocument: (_repository, { digest }) => Promise.resolve(need(digest)),
    async *fetchBlob(_repository, { digest }, offset, { signal }) {
      remote.fetched.push({ digest, offset });
      const bytes = need(digest);
      for (let at = offset; at < bytes.byteLength; at += partBytes) {
        await remote.onPart(digest, at - offset, signal);
        signal.throwIfAborted();
        yield bytes.subarray(at, at + partBytes);
      }
    },
    listTags: ({ domain, path }) =>
      Promise.resolve(
        [...tags.keys()].flatMap((name) => {
          const prefix = `${domain}/${path}:`;
          return name.startsWith(prefix) ? [name.slice(prefix.length)] : [];
        }),
      ),
  };
  return remote;
}
