import { NotFoundError } from '@wharf/core';
import type { Digest } from '@wharf/oci';
import { hashBytes } from '../../layers/layers.js';
import type { RegistryPort, RegistryWritePort, Repository } from '../ports.js';

/** A registry in memory, seen through the port. */
export interface FakeStore {
  readonly port: RegistryPort & RegistryWritePort;
  /** Keys are `repository@digest`. */
  readonly blobs: Map<string, Uint8Array>;
  /** Keys are `repository@digest` and `repository:tag`. */
  readonly manifests: Map<string, { readonly mediaType: string; readonly bytes: Uint8Array }>;
  /** What was asked, in order: `mount`, `upload`, `exists`, `put …`. */
  readonly calls: string[];
  /** How many uploads ran at once, at most. */
  peak: number;
  /** Whether it lists referrers by itself. */
  subjectHandled: boolean;
}

const name = ({ domain, path }: Repository): string => `${domain}/${path}`;

export function createFakeStore(): FakeStore {
  let running = 0;
  const store: FakeStore = {
    port: {} as FakeStore['port'],
    blobs: new Map(),
    manifests: new Map(),
    calls: [],
    peak: 0,
    subjectHandled: true,
  };
  const port: Partial<FakeStore['port']> = {
    async pushBlob(repository, { digest, size }, read, { signal, mountFrom = [], onBytes }) {
      const key = `${name(repository)}@${digest}`;
      store.peak = Math.max(store.peak, ++running);
      try {
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (store.blobs.has(key)) {
          store.calls.push('exists');
          return 'exists';
        }
        for (const from of mountFrom) {
          const bytes = store.blobs.get(`${name(from)}@${digest}`);
          if (bytes === undefined) continue;
          store.calls.push('mount');
          store.blobs.set(key, bytes);
          return { mountedFrom: from };
        }
        const parts: Uint8Array[] = [];
        for await (const chunk of read(0, { signal })) parts.push(chunk);
        const bytes = Buffer.concat(parts);
        if (hashBytes(bytes) !== digest || bytes.length !== size)
          throw new RangeError('wrong blob');
        onBytes?.(size);
        store.calls.push('upload');
        store.blobs.set(key, bytes);
        return 'pushed';
      } finally {
        running -= 1;
      }
    },
    pushManifest(reference, mediaType, bytes) {
      const digest = hashBytes(bytes);
      const at = reference.digest === undefined ? `:${reference.tag}` : `@${reference.digest}`;
      store.calls.push(`put ${name(reference)}${at.slice(0, 12)}`);
      store.manifests.set(`${name(reference)}@${digest}`, { mediaType, bytes });
      store.manifests.set(`${name(reference)}${at}`, { mediaType, bytes });
      const { subjectHandled } = store;
      return Promise.resolve({ mediaType, digest, size: bytes.length, subjectHandled });
    },
    resolve(reference) {
      const found = store.manifests.get(`${name(reference)}:${reference.tag}`);
      if (found === undefined) return Promise.reject(new NotFoundError('manifest', 'x'));
      const { mediaType, bytes } = found;
      return Promise.resolve({ mediaType, digest: hashBytes(bytes), size: bytes.length });
    },
    fetchDocument: (repository, { digest }: { digest: Digest }) =>
      Promise.resolve(
        store.manifests.get(`${name(repository)}@${digest}`)?.bytes ?? new Uint8Array(),
      ),
  };
  return Object.assign(store, { port });
}
