import { InvalidArgumentError, type CallOptions } from '@wharf/core';
import type { Descriptor, Digest } from '@wharf/oci';
import type { CacheSource } from './cache-source.js';
import type { TransferRecord } from './format.js';
import { readCacheConfig } from './read-config.js';
import { readCacheManifest } from './read-manifest.js';

/** A blob and where it is. */
export interface PlacedBlob {
  readonly source: CacheSource;
  readonly blob: Descriptor;
}

/** What one `--cache-from` has; its blobs are where they were. */
export interface LoadedCache {
  readonly records: readonly TransferRecord[];
  readonly layers: ReadonlyMap<Digest, PlacedBlob>;
  readonly mounts: ReadonlyMap<string, PlacedBlob & { readonly size: number }>;
  /** Records that were malformed. */
  readonly refused: number;
}

/** Of the caches of an image of many platforms. */
const maxCaches = 100;

/** Reads the documents of a cache. Fails as its source does, and with invalid-argument for what is none. */
export async function loadCache(source: CacheSource, options: CallOptions): Promise<LoadedCache> {
  const target = await source.resolve(options);
  const document = readCacheManifest(
    await source.document(target, 'manifest', options),
    target.mediaType,
  );
  if (document.kind === 'cache') return readOne(source, document, options);
  if (document.kind === 'none')
    throw new InvalidArgumentError('it is no build cache, and has none beside it');
  const all: LoadedCache[] = [];
  for (const entry of document.caches.slice(0, maxCaches)) {
    const bytes = await source.document(entry, 'manifest', options);
    const inner = readCacheManifest(bytes, entry.mediaType);
    if (inner.kind !== 'cache') throw new InvalidArgumentError(`${entry.digest} is no build cache`);
    all.push(await readOne(source, inner, options));
  }
  return {
    records: all.flatMap(({ records }) => records),
    layers: new Map(all.flatMap(({ layers }) => [...layers])),
    mounts: new Map(all.flatMap(({ mounts }) => [...mounts])),
    refused: all.reduce((sum, { refused }) => sum + refused, 0),
  };
}

async function readOne(
  source: CacheSource,
  { config, blobs }: { readonly config: Descriptor; readonly blobs: readonly Descriptor[] },
  options: CallOptions,
): Promise<LoadedCache> {
  const bytes = await source.document(config, 'blob', options);
  const { records, layers, mounts, refused } = readCacheConfig(bytes, blobs);
  return {
    records,
    refused,
    layers: new Map([...layers].map(([diffId, blob]) => [diffId, { source, blob }])),
    mounts: new Map(mounts.map(({ id, blob, size }) => [id, { source, blob, size }])),
  };
}
