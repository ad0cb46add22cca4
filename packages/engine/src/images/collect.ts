import type { CallOptions } from '@wharf/core';
import { chainIds, maxDocumentBytes, parseManifest, type Digest } from '@wharf/oci';
import type { SharedLock } from '../concurrency/shared-lock.js';
import type { ContentStore } from '../content/content.js';
import { hashBytes, type Layers } from '../layers/layers.js';
import type { Leases } from '../leases/leases.js';
import type { ImageRecord, ImageRecords } from './records.js';
import type { ConfigCache } from './view.js';

export interface CollectDependencies {
  readonly content: ContentStore;
  readonly layers: Layers;
  readonly leases: Leases;
  readonly records: ImageRecords;
  readonly configs: ConfigCache;
  readonly collection: SharedLock;
}

export interface Collected {
  readonly blobs: number;
  readonly layers: number;
}

/**
 * Removes blobs and layers that no image and no lease reaches (R22). New claims wait for its end. Children go before
 * parents, records before bytes, so a crash leaves garbage at most, which the next run takes.
 */
export async function collectGarbage(
  deps: CollectDependencies,
  { signal }: CallOptions,
): Promise<Collected> {
  await using _ = await deps.collection.exclusive({ signal });
  const live = new Set<string>(deps.leases.held());
  for (const image of deps.records.all()) {
    for (const digest of await reach(deps, image)) live.add(digest);
  }
  let layers = 0;
  let blobs = 0;
  for (const layer of childrenFirst(deps.layers)) {
    if (live.has(layer)) continue;
    await deps.layers.remove(layer, { signal });
    layers += 1;
  }
  for (const digest of await deps.content.list()) {
    if (live.has(digest)) continue;
    await deps.content.remove(digest);
    blobs += 1;
  }
  await deps.content.dropPartial(live);
  return { blobs, layers };
}

async function reach(deps: CollectDependencies, image: ImageRecord): Promise<readonly Digest[]> {
  const manifest = parseManifest(await deps.content.read(image.manifestDigest, maxDocumentBytes));
  const config = await deps.configs.get(image.configDigest);
  return [
    image.manifestDigest,
    image.configDigest,
    ...image.digests.map(({ target }) => target),
    ...manifest.layers.map((layer) => layer.digest),
    ...chainIds(config.diffIds, hashBytes),
  ];
}

function childrenFirst(layers: Layers): readonly Digest[] {
  const all = new Map(layers.list().map((info) => [info.chainId, info]));
  const order: Digest[] = [];
  const seen = new Set<Digest>();
  const visit = (id: Digest): void => {
    if (seen.has(id)) return;
    seen.add(id);
    const parent = all.get(id)?.parent;
    if (parent !== undefined) visit(parent);
    order.push(id);
  };
  for (const id of all.keys()) visit(id);
  return order.reverse();
}
