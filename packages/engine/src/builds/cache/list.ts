import type { CacheRecord, CallOptions } from '@wharf/core';
import { chainId, chainIds } from '@wharf/oci';
import { hashBytes } from '../../layers/layers.js';
import type { BuildsContext } from '../context.js';
import type { CacheEntry } from './records.js';

/** What can be used again and may be removed, the last used first. */
export async function listCache(
  context: BuildsContext,
  options: CallOptions,
): Promise<readonly CacheRecord[]> {
  const images = await imageLayers(context);
  const records = context.entries.list().map((entry) => toRecord(context, entry, images));
  const trees = await heldContexts(context, options);
  const mounts = await context.cacheMounts.list(options);
  const caches = mounts.map(({ id, createdAt, lastUsedAt, size, inUse }): CacheRecord => ({
    ...{ id, kind: 'cache-mount', description: `cache mount ${id}` },
    ...{ createdAt, lastUsedAt, uses: 0, size, inUse, shared: false },
  }));
  const mirrors = await context.gitMirrors.list(options);
  const repositories = mirrors.map(({ remote, ...mirror }): CacheRecord => ({
    ...{ ...mirror, kind: 'git', description: `git repository ${remote}`.trimEnd() },
    ...{ uses: 0, shared: false },
  }));
  const used = ({ lastUsedAt }: CacheRecord): number => lastUsedAt.getTime();
  return [...records, ...trees, ...caches, ...repositories].sort((a, b) => used(b) - used(a));
}

function toRecord(
  { keyUses }: BuildsContext,
  entry: CacheEntry,
  images: ReadonlySet<string>,
): CacheRecord {
  const { key: id, kind, description, result, size, uses } = entry;
  const top = result.kind === 'layers' ? chainId(result.diffIds, hashBytes) : undefined;
  return {
    ...{ id, kind, description, size, uses },
    createdAt: new Date(entry.createdMs),
    lastUsedAt: new Date(entry.usedMs),
    inUse: keyUses.has(id),
    shared: top !== undefined && images.has(top),
  };
}

/** Contexts that are kept for the next build. */
async function heldContexts(
  { heldTrees, treeUses, trees }: BuildsContext,
  options: CallOptions,
): Promise<readonly CacheRecord[]> {
  const all = heldTrees.list().map(async (held): Promise<CacheRecord | undefined> => {
    const { digest, createdMs, usedMs } = held;
    const facts = await trees.facts(digest, options);
    if (facts === undefined) return undefined;
    return {
      ...{ id: digest.slice('sha256:'.length), kind: 'tree', description: 'build context' },
      ...{ createdAt: new Date(createdMs), lastUsedAt: new Date(usedMs), uses: 0, shared: false },
      ...{ size: facts.bytes, inUse: treeUses.has(digest) },
    };
  });
  return (await Promise.all(all)).filter((record) => record !== undefined);
}

/** Chain ids that images have. */
async function imageLayers({ images }: BuildsContext): Promise<ReadonlySet<string>> {
  const { records, documents } = images.context;
  const found = new Set<string>();
  for (const { configDigest } of records.manifests()) {
    const config = await documents.config(configDigest).catch(() => undefined);
    for (const id of chainIds(config?.diffIds ?? [], hashBytes)) found.add(id);
  }
  return found;
}
