import { DataLossError, type CallOptions } from '@wharf/core';
import { chainIds, isIndexType, maxIndexDepth, type Digest } from '@wharf/oci';
import type { SharedLock } from '../concurrency/shared-lock.js';
import type { ContentStore } from '../content/content.js';
import type { Ballast } from '../disk/ballast.js';
import { hashBytes, type Layers } from '../layers/layers.js';
import type { Leases } from '../leases/leases.js';
import type { State } from '../state/state.js';
import type { Claims } from './claims.js';
import type { ImageDocuments } from './documents.js';
import { isAttestation } from './platforms.js';
import type { ImageRecords, ManifestRecord, TargetRecord } from './records.js';
import type { ImageUse } from './use.js';

export interface CollectDependencies {
  readonly content: ContentStore;
  readonly layers: Layers;
  readonly leases: Leases;
  readonly records: ImageRecords;
  readonly documents: ImageDocuments;
  readonly collection: SharedLock;
  readonly state: State;
  readonly use: ImageUse;
  readonly claims: Pick<Claims, 'renew'>;
  /** Chain ids and blobs that the build cache reaches; answered at once. */
  readonly cacheRoots?: () => Iterable<string>;
  /** Made again when there is room. */
  readonly ballast?: Pick<Ballast, 'restore'>;
}

/** What a collection took. */
export interface Collected {
  readonly blobs: readonly Digest[];
  /** Chain ids, topmost first. */
  readonly layers: readonly Digest[];
  /** Bytes of both. */
  readonly bytes: number;
}

/**
 * Removes blobs and layers that no image, no container and no lease reaches (R22). New claims wait for its end.
 * What another database knew stays: that one may be put back.
 * Children go before parents, records before bytes, so a crash leaves garbage at most, which the next run takes.
 * data-loss without having removed anything when a document cannot be read: what it reaches is not known then.
 */
export async function collectGarbage(
  deps: CollectDependencies,
  options: CallOptions,
): Promise<Collected> {
  const collected = await collectUnreached(deps, options);
  await deps.layers.sweep(options);
  await deps.ballast?.restore();
  return collected;
}

async function collectUnreached(
  deps: CollectDependencies,
  { signal }: CallOptions,
): Promise<Collected> {
  await using _ = await deps.collection.exclusive({ signal });
  const live = await reached(deps);
  const layers: Digest[] = [];
  const blobs: Digest[] = [];
  let bytes = 0;
  for (const layer of childrenFirst(deps.layers)) {
    if (live.has(layer)) continue;
    bytes += deps.layers.find(layer)?.size ?? 0;
    await deps.layers.remove(layer, { signal });
    layers.push(layer);
  }
  const strangers = deps.state.strangers('blobs');
  for (const digest of await deps.content.list()) {
    if (live.has(digest) || strangers.has(digest)) continue;
    bytes += (await deps.content.find(digest)) ?? 0;
    await deps.content.remove(digest);
    blobs.push(digest);
  }
  await deps.content.dropPartial(live);
  return { blobs, layers, bytes };
}

/** All that must stay. Leases are read first: what they let go meanwhile is recorded by then. */
async function reached(deps: CollectDependencies): Promise<ReadonlySet<string>> {
  deps.claims.renew();
  const live = new Set<string>(deps.leases.held());
  for (const root of deps.cacheRoots?.() ?? []) live.add(root);
  const manifests = keptManifests(deps);
  for (const target of deps.records.targets()) {
    for (const digest of await targetReach(deps, target)) live.add(digest);
  }
  for (const manifest of manifests) {
    for (const digest of await manifestReach(deps, manifest)) live.add(digest);
  }
  return live;
}

/** Forgets the manifests that are a part of no image and that no container was made from; answers with the rest. */
function keptManifests({ records, state, use }: CollectDependencies): readonly ManifestRecord[] {
  const all = records.manifests();
  const members = new Set(records.targets().flatMap((t) => t.manifests.map((m) => m.digest)));
  const kept = all.filter(({ digest }) => members.has(digest) || use.users(digest).length > 0);
  const keptDigests = new Set(kept.map(({ digest }) => digest));
  const orphans = all.filter(({ digest }) => !keptDigests.has(digest));
  if (orphans.length === 0) return kept;
  state.transaction(
    (tx) => {
      for (const { digest } of orphans) records.removeManifest(tx, digest);
    },
    { frees: true },
  );
  return kept;
}

/** The documents of an image. Of an index, and of those in it, all that it lists, and whole what is said about platforms. */
async function targetReach(
  { content, documents }: CollectDependencies,
  target: TargetRecord,
): Promise<readonly Digest[]> {
  const reach = new Set<Digest>([target.digest]);
  const looked = new Set<Digest>();
  const visit = async (digest: Digest, depth: number): Promise<void> => {
    if (looked.has(digest) || (await content.find(digest)) === undefined) return;
    looked.add(digest);
    const { document } = await documents.index(digest).catch(refuse(digest));
    for (const entry of document.manifests) {
      reach.add(entry.digest);
      if (isIndexType(entry.mediaType)) {
        if (depth < maxIndexDepth) await visit(entry.digest, depth + 1);
      } else if (isAttestation(entry) && (await content.find(entry.digest)) !== undefined) {
        const manifest = await documents.manifest(entry.digest).catch(refuse(entry.digest));
        const { config, layers } = manifest.document;
        for (const blob of [config, ...layers]) reach.add(blob.digest);
      }
    }
  };
  if (target.kind === 'index') await visit(target.digest, 0);
  return [...reach];
}

async function manifestReach(
  { documents }: CollectDependencies,
  { digest, configDigest }: ManifestRecord,
): Promise<readonly Digest[]> {
  const manifest = await documents.manifest(digest).catch(refuse(digest));
  const config = await documents.config(configDigest).catch(refuse(digest));
  return [
    digest,
    configDigest,
    ...manifest.document.layers.map((layer) => layer.digest),
    ...chainIds(config.diffIds, hashBytes),
  ];
}

function refuse(digest: Digest): (cause: unknown) => never {
  return (cause) => {
    throw new DataLossError(
      `nothing can be collected while the documents of ${digest} cannot be read: remove that image or pull it again`,
      { cause },
    );
  };
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
