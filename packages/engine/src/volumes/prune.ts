import type { CallOptions, Filters, UnusedVolumes } from '@wharf/core';
import { usersOf, type VolumeContext } from './context.js';
import { pruneFilter } from './filter.js';
import { isLocal } from './plugins.js';
import { discard } from './remove.js';
import { volumeSize } from './view.js';

/** Those that no container mounts: without names, unless all are asked for. */
export async function pruneVolumes(
  context: VolumeContext,
  options: CallOptions & { readonly filters?: Filters; readonly all?: boolean },
): Promise<UnusedVolumes> {
  const { signal } = options;
  const { test, all } = pruneFilter(options.filters);
  const removed: string[] = [];
  let reclaimed = 0;
  for (const { name } of context.records.all()) {
    await using _ = await context.locks.acquire(name, { signal });
    const record = context.records.find(name);
    if (record === undefined || !isLocal(record) || !test(record)) continue;
    if (!record.anonymous && !all && options.all !== true) continue;
    if (usersOf(context, name).length > 0 || context.held.has(name)) continue;
    reclaimed += Math.max(0, await volumeSize(context, record, { signal }));
    await discard(context, [record]);
    removed.push(name);
  }
  context.records.publish([
    {
      type: 'volume',
      action: 'prune',
      actorId: '',
      attributes: { reclaimed: String(reclaimed) },
    },
  ]);
  return { removed, reclaimed };
}
