import { NotFoundError } from '@wharf/core';
import { canonical, canonicalName, type Digest, type Reference } from '@wharf/oci';
import { hashBytes } from '../../layers/layers.js';
import type { Referrer, ResolvedDescriptor } from '../../images/ports.js';
import type { RegistryBoth } from '../access.js';

interface Stored {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** Registries in memory, one for each host. Remembers what was asked with which credentials. */
export interface MemoryRegistry extends RegistryBoth {
  readonly log: string[];
  readonly blobs: Map<string, Uint8Array>;
  readonly manifests: Map<string, Stored>;
  readonly referrers: Map<string, readonly Referrer[]>;
  putBlob(repository: Reference, text: string): { digest: Digest; size: number };
  putManifest(reference: Reference, mediaType: string, bytes: Uint8Array): ResolvedDescriptor;
}

export function memoryRegistry(settings: { readonly subjects: boolean }): MemoryRegistry {
  const log: string[] = [];
  const blobs = new Map<string, Uint8Array>();
  const manifests = new Map<string, Stored>();
  const referrers = new Map<string, readonly Referrer[]>();
  const blobKey = (repository: Pick<Reference, 'domain' | 'path'>, digest: string): string =>
    `${repository.domain}/${repository.path}@${digest}`;
  const stored = (reference: Reference): Stored => {
    const found = manifests.get(canonical(reference));
    if (found === undefined) throw new NotFoundError('manifest', canonical(reference));
    return found;
  };
  const describe = ({ mediaType, bytes }: Stored): ResolvedDescriptor => ({
    mediaType,
    digest: hashBytes(bytes),
    size: bytes.byteLength,
  });
  const put = (reference: Reference, entry: Stored): ResolvedDescriptor => {
    const descriptor = describe(entry);
    manifests.set(canonical(reference), entry);
    manifests.set(`${canonicalName(reference)}@${descriptor.digest}`, entry);
    return descriptor;
  };
  const unused = () => Promise.reject(new NotFoundError('page', 'x'));
  return {
    log,
    blobs,
    manifests,
    referrers,
    putBlob(repository, text) {
      const bytes = Buffer.from(text);
      const digest = hashBytes(bytes);
      blobs.set(blobKey(repository, digest), bytes);
      return { digest, size: bytes.byteLength };
    },
    putManifest: (reference, mediaType, bytes) => put(reference, { mediaType, bytes }),
    resolve: async (reference, { auth }) => {
      log.push(`resolve ${canonical(reference)} ${auth?.username ?? '-'}`);
      return Promise.resolve(describe(stored(reference)));
    },
    async fetchDocument(repository, { digest }, kind) {
      const key = blobKey(repository, digest);
      const bytes = kind === 'blob' ? blobs.get(key) : manifests.get(key)?.bytes;
      if (bytes === undefined) throw new NotFoundError(kind, key);
      return Promise.resolve(bytes);
    },
    async *fetchBlob(repository, { digest }, offset, { auth }) {
      log.push(`fetch ${repository.domain} ${auth?.username ?? '-'}`);
      const bytes = blobs.get(blobKey(repository, digest));
      if (bytes === undefined) throw new NotFoundError('blob', digest);
      yield await Promise.resolve(bytes.subarray(offset));
    },
    blobExists: (repository, digest) => Promise.resolve(blobs.has(blobKey(repository, digest))),
    async pushBlob(repository, descriptor, read, { auth, signal, mountFrom = [], onBytes }) {
      const key = blobKey(repository, descriptor.digest);
      if (blobs.has(key)) return 'exists';
      for (const from of mountFrom) {
        const there = blobs.get(blobKey(from, descriptor.digest));
        if (there === undefined) continue;
        blobs.set(key, there);
        return { mountedFrom: from };
      }
      const parts: Uint8Array[] = [];
      for await (const part of read(0, { signal })) parts.push(part);
      onBytes?.(descriptor.size);
      log.push(`push ${repository.domain} ${auth?.username ?? '-'}`);
      blobs.set(key, Buffer.concat(parts));
      return 'pushed';
    },
    pushManifest(reference, mediaType, bytes, { auth }) {
      log.push(`put ${canonical(reference)} ${auth?.username ?? '-'}`);
      const descriptor = put(reference, { mediaType, bytes });
      return Promise.resolve({ ...descriptor, subjectHandled: settings.subjects });
    },
    listReferrers: (repository, digest) =>
      Promise.resolve(referrers.get(blobKey(repository, digest)) ?? []),
    listTags: unused,
    checkCredentials: unused,
    search: unused,
  };
}
