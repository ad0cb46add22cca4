import type { CallOptions } from '@wharf/core';
import { chainIds, layerCompression, type Digest } from '@wharf/oci';
import type { Semaphore } from '../../concurrency/semaphore.js';
import type { ContentStore } from '../../content/content.js';
import { hashBytes, type Layers } from '../../layers/layers.js';
import type { OpReport } from '../executor.js';
import { fetchBlob } from './fetch-blob.js';
import { StaleResult } from './imported-cache.js';
import type { PlacedBlob } from './load.js';

export interface BringDependencies {
  readonly content: Pick<ContentStore, 'find' | 'begin' | 'path'>;
  readonly layers: Pick<Layers, 'find' | 'commit'>;
  /** Blobs at a time. */
  readonly places: Semaphore;
}

export interface Bringing {
  /** Lowest first. */
  readonly diffIds: readonly Digest[];
  readonly blobs: ReadonlyMap<Digest, PlacedBlob>;
  readonly report: Pick<OpReport, 'progress'>;
  readonly hold: (digests: readonly Digest[]) => Promise<void>;
}

/**
 * Fetches and unpacks what is missing of a stack: several blobs at once, each verified by its digest and its content by the
 * diff id.
 * @throws StaleResult with all that cannot be had
 */
export async function bringLayers(
  deps: BringDependencies,
  { diffIds, blobs, report, hold }: Bringing,
  { signal }: CallOptions,
): Promise<void> {
  const chain = chainIds(diffIds, hashBytes);
  await hold(chain);
  const missing = diffIds.flatMap((diffId, at) =>
    deps.layers.find(chain[at] as Digest) === undefined ? [{ diffId, at }] : [],
  );
  const lost: Digest[] = [];
  let cause: unknown;
  const fetched = missing.map(async ({ diffId }) => {
    const placed = blobs.get(diffId);
    if (placed === undefined) return void lost.push(diffId);
    try {
      await hold([placed.blob.digest]);
      await using _ = await deps.places.acquire({ signal });
      const onProgress = (current: number, total: number): void =>
        report.progress(placed.blob.digest, current, total, 'bytes');
      await fetchBlob(deps.content, placed, { signal, onProgress });
    } catch (error) {
      cause = error;
      lost.push(diffId);
    }
  });
  await Promise.all(fetched);
  signal.throwIfAborted();
  if (lost.length > 0) throw new StaleResult(lost, cause);
  for (const { diffId, at } of missing) {
    const { blob } = blobs.get(diffId) as PlacedBlob;
    const source = {
      ...{ diffId, blob: blob.digest, blobPath: deps.content.path(blob.digest) },
      ...{ blobSize: blob.size, compression: layerCompression(blob.mediaType) },
    };
    try {
      await deps.layers.commit(chain[at - 1], source, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw new StaleResult([diffId], error);
    }
  }
}
