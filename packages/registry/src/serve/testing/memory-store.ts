import { createHash } from 'node:crypto';
import type { BlobDescriptor, Contents, Images } from '@wharf/core';
import { DataLossError, NotFoundError } from '@wharf/core';
import { familiar, parseManifestOrIndex, parseReference } from '@wharf/oci';

/** Images and contents in memory, as the faces of a daemon show them. */
export interface MemoryStore {
  readonly images: Pick<Images, 'list'>;
  readonly contents: Contents;
  readonly blobs: Map<string, Buffer>;
  /** Canonical name with tag -> target. */
  readonly names: Map<string, BlobDescriptor>;
  /** What each call of `missing` has named. */
  readonly held: (readonly string[])[];
  put(mediaType: string, bytes: Buffer): BlobDescriptor;
}

export function memoryStore(): MemoryStore {
  const blobs = new Map<string, Buffer>();
  const names = new Map<string, BlobDescriptor>();
  const held: (readonly string[])[] = [];
  const put = (mediaType: string, bytes: Buffer): BlobDescriptor => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.byteLength };
  };
  const bytesOf = (digest: string): Buffer => {
    const bytes = blobs.get(digest);
    if (bytes === undefined) throw new NotFoundError('blob', digest);
    return bytes;
  };
  const reach = (target: BlobDescriptor): BlobDescriptor[] => {
    const document = parseManifestOrIndex(bytesOf(target.digest));
    return document.kind === 'manifest'
      ? [document.config, ...document.layers]
      : document.manifests.flatMap((entry) => [...reach(entry), entry]);
  };
  return {
    blobs,
    names,
    held,
    put,
    images: {
      list: () =>
        Promise.resolve(
          [...names.keys()].map((name) => ({ repoTags: [familiar(parseReference(name))] })),
        ) as unknown as ReturnType<Images['list']>,
    },
    contents: {
      describe(name) {
        const target = names.get(name);
        if (target === undefined) return Promise.reject(new NotFoundError('image', name));
        return Promise.resolve({ target, name, blobs: reach(target), absent: [] });
      },
      missing(_lease, wanted) {
        held.push(wanted.map(({ digest }) => digest));
        const absent = wanted.filter(({ digest }) => !blobs.has(digest));
        return Promise.resolve(absent.map((blob) => ({ blob, offset: 0 })));
      },
      async *read(digest, { offset = 0 }) {
        yield await Promise.resolve(bytesOf(digest).subarray(offset));
      },
      async write({ blob }, chunks) {
        const parts: Uint8Array[] = [];
        for await (const chunk of chunks) parts.push(chunk);
        const found = put(blob.mediaType, Buffer.concat(parts));
        if (found.digest !== blob.digest) throw new DataLossError('another digest');
      },
      name(_lease, name, target) {
        names.set(name, target);
        return Promise.resolve({ imageId: 'sha256:1' });
      },
    },
  };
}
