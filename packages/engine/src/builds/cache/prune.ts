import { statfs } from 'node:fs/promises';
import type { CacheRecord, CallOptions, PruneCacheOptions, PrunedCache } from '@wharf/core';
import type { BuildsContext } from '../context.js';
import { cacheFilter } from './filter.js';
import { listCache } from './list.js';
import { cacheVictims, type SpaceLimits } from './victims.js';

/** Repositories that nothing was fetched into for this long go by themselves. */
const mirrorLifeMs = 7 * 24 * 60 * 60 * 1000;

/** Removes what the filters and limits say: first the records, then what nothing reaches any more. */
export async function pruneCache(
  context: BuildsContext,
  options: PruneCacheOptions,
): Promise<PrunedCache> {
  const { signal, all = false, filters, reservedSpace, maxUsedSpace, minFreeSpace } = options;
  const matches = cacheFilter(filters, context.now());
  const may = (record: CacheRecord): boolean =>
    !record.inUse && matches(record) && (all || (!record.shared && record.kind !== 'cache-mount'));
  const limits = {
    reserved: Number(reservedSpace ?? 0n),
    ...(maxUsedSpace === undefined ? {} : { maxUsed: Number(maxUsedSpace) }),
    ...(minFreeSpace === undefined ? {} : { minFree: Number(minFreeSpace) }),
  };
  const pruned = await removeVictims(context, may, limits, { signal });
  context.state.transaction(({ emit }) =>
    emit({
      type: 'builder',
      action: 'prune',
      actorId: '',
      attributes: { reclaimed: String(pruned.reclaimed) },
    }),
  );
  return pruned;
}

export async function removeVictims(
  context: BuildsContext,
  may: (record: CacheRecord) => boolean,
  limits: SpaceLimits,
  options: CallOptions,
): Promise<PrunedCache> {
  const { bavail, bsize } = await statfs(context.root);
  const records = await listCache(context, options);
  const victims = cacheVictims(records, may, limits, { free: bavail * bsize });
  const removed = await removeRecords(context, victims, options);
  const { bytes } = await context.images.collect(options);
  const swept = await sweepTrees(context, options);
  const old = await context.gitMirrors.prune(context.now() - mirrorLifeMs, options);
  return { removed: removed.ids, reclaimed: removed.bytes + bytes + swept + old };
}

/** Bytes of cache mounts and repositories; those of others are found when what they reached is collected. */
async function removeRecords(
  context: BuildsContext,
  victims: readonly CacheRecord[],
  options: CallOptions,
): Promise<{ readonly ids: readonly string[]; readonly bytes: number }> {
  const { entries, heldTrees, keyUses, treeUses, cacheMounts, gitMirrors } = context;
  const idsOf = (...kinds: readonly CacheRecord['kind'][]): readonly string[] =>
    victims.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => id);
  const others = idsOf('layer', 'tree', 'image');
  const unused = others.filter((id) => !keyUses.has(id) && !treeUses.has(`sha256:${id}`));
  entries.remove(unused);
  heldTrees.release(unused.map((id) => `sha256:${id}`));
  let bytes = 0;
  const mounts = idsOf('cache-mount');
  for (const id of mounts) bytes += await cacheMounts.remove(id, options);
  const repositories = idsOf('git');
  for (const id of repositories) bytes += await gitMirrors.remove(id, options);
  return { ids: [...unused, ...mounts, ...repositories], bytes };
}

/** Removes pieces that no record, no context and no build reaches. */
export async function sweepTrees(
  { trees, treeGate, entries, heldTrees, treeUses }: BuildsContext,
  options: CallOptions,
): Promise<number> {
  return treeGate.sweep(async (all) => {
    const held = heldTrees.list().map(({ digest }) => digest);
    const kept = new Set([...entries.trees(), ...held, ...treeUses.names()]);
    return (await trees.sweep([...kept], { ...options, all })).bytes;
  });
}
